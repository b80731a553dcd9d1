/** A rule in words, for people who ask what their policy says. */
import type { ChangeSelector } from "../contract/selector.ts";
import type { PolicyRule } from "../contract/policy-rule.ts";
import { clauseWords } from "./policy-clauses.ts";

/** What it is about, what it lets off, what it asks, and why. */
export function ruleWords(rule: Omit<PolicyRule, "enforcement">): string[] {
  return [
    `for ${selectorWords(rule.when)}`,
    ...(rule.unless === undefined ? [] : [`unless ${clauseWords(rule.unless).join(" and ")}`]),
    ...clauseWords(rule.assert).map((words) => `asks ${words}`),
    ...(rule.message === undefined ? [] : [`because: ${rule.message}`]),
  ];
}

function selectorWords({ labels, ...when }: ChangeSelector): string {
  const words = Object.entries(when).map(([word, values]) => `${word} ${values.join(" or ")}`);
  const named = Object.entries(labels ?? {}).map(
    ([name, values]) => `label ${name} ${values.join(" or ")}`,
  );
  return [...words, ...named].join(", ") || "every change";
}
