/**
 * What does the policy say of this plan? Every rule, every planned change, every clause, with what
 * was found and what is wanted.
 *
 * A rule fails where one clause fails for one change. `advisory` rules never hold a plan; a `soft`
 * one is passed by an override; where facts are missing the rule waits. A rule that chooses no
 * change does not apply, and is shown as such. Source: docs/policy.md.
 */
import type { ChangeFacts, GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { PolicyRule } from "../contract/policy-rule.ts";
import { overriddenRules } from "./overrides.ts";
import { rulesOf } from "./policy-builtin.ts";
import { clausesOf, type ClauseResult, type ClauseTrace } from "./policy-clauses.ts";
import { type PolicyFacts, policyFacts } from "./policy-facts.ts";
import { selects } from "./selection.ts";

export interface PolicyReview {
  readonly result: GateState;
  readonly rules: readonly RuleReview[];
}

export interface RuleReview {
  readonly rule: PolicyRule;
  readonly result: ClauseResult;
  /** What it does to the plan, after enforcement and override. */
  readonly state: GateState;
  /** Who overrode it for this plan; empty where nobody did. */
  readonly overriddenBy: readonly number[];
  /** Changes with the same findings, together. */
  readonly groups: readonly TraceGroup[];
}

export interface TraceGroup {
  readonly result: ClauseResult;
  /** The `unless` of the rule holds for these. */
  readonly isExempt: boolean;
  /** Whether the rule's `when` chooses these hangs on a fact that could not be read. */
  readonly isChosen: true | null;
  readonly unless: readonly ClauseTrace[];
  readonly assert: readonly ClauseTrace[];
  readonly changes: readonly ChangeFacts[];
}

/** Judges all rules in force. Built-in ones are asked only where the facts hold `ruleFacts`. */
export function reviewPolicy(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): PolicyReview {
  const prepared = policyFacts(config, facts);
  const overridden = new Map(overriddenRules(config, facts).map(({ rule, by }) => [rule, by]));
  const rules = judgedRules(config, facts).map((rule) => {
    const groups = groupsOf(rule, changes, prepared);
    const result = worst(groups.map((group) => group.result));
    const overriddenBy = overridden.get(rule.id) ?? [];
    return { rule, result, state: stateOf(rule, result, overriddenBy), overriddenBy, groups };
  });
  return { result: worstState(rules.map(({ state }) => state)), rules };
}

/** The rules that are judged for these facts. */
export function judgedRules(config: FleetConfig, { ruleFacts }: Pick<Facts, "ruleFacts">) {
  return ruleFacts === undefined ? config.rules : rulesOf(config);
}

function stateOf(
  { enforcement }: PolicyRule,
  result: ClauseResult,
  overriddenBy: readonly number[],
): GateState {
  const isHeld = result === "failed" || result === "unknown";
  if (!isHeld || enforcement === "advisory") return "passed";
  if (enforcement === "soft" && overriddenBy.length > 0) return "passed";
  return result === "failed" ? "blocked" : "waiting";
}

interface Chosen {
  readonly change: ChangeFacts;
  readonly isChosen: true | null;
  readonly unless: readonly ClauseTrace[];
  readonly isExempt: boolean;
}

interface Draft extends Omit<TraceGroup, "changes"> {
  readonly changes: ChangeFacts[];
}

/** In the order of their first change. */
function groupsOf(
  rule: PolicyRule,
  changes: readonly ChangeFacts[],
  facts: PolicyFacts,
): TraceGroup[] {
  const chosen = chosenBy(rule, changes, facts);
  const clauses = clausesOf(rule.assert, facts);
  const sites = siteCount(
    chosen.flatMap(({ change, isExempt }) => (isExempt ? [] : change)),
    facts,
  );
  const groups = new Map<string, Draft>();
  for (const { change, isChosen, unless, isExempt } of chosen) {
    const assert = isExempt ? [] : clauses.map((clause) => clause({ change, sites }));
    const key = keyOf(isChosen, unless, assert);
    const known = groups.get(key);
    if (known !== undefined) known.changes.push(change);
    else {
      const result = resultOf(isChosen, assert);
      groups.set(key, { result, isExempt, isChosen, unless, assert, changes: [change] });
    }
  }
  return [...groups.values()];
}

/** The changes that `when` chooses, or may choose, and whether `unless` lets them off. */
function chosenBy(
  { when, unless = {} }: PolicyRule,
  changes: readonly ChangeFacts[],
  facts: PolicyFacts,
): Chosen[] {
  const choice = Object.keys(when).length === 0 ? () => true : selects.bind(null, when);
  const mayBe = changes.flatMap((change) => {
    const isChosen = choice(change);
    return isChosen === false
      ? []
      : [{ change, isChosen: isChosen === null ? null : (true as const) }];
  });
  const clauses = clausesOf(unless, facts);
  if (clauses.length === 0) {
    return mayBe.map((one) => ({ ...one, unless: NO_TRACE, isExempt: false }));
  }
  const sites = siteCount(
    mayBe.map(({ change }) => change),
    facts,
  );
  return mayBe.map((one) => {
    const traces = clauses.map((clause) => clause({ change: one.change, sites }));
    return { ...one, unless: traces, isExempt: traces.every(({ result }) => result === "passed") };
  });
}

const NO_TRACE: readonly ClauseTrace[] = [];

function siteCount(changes: readonly ChangeFacts[], { isRecovery }: PolicyFacts): number {
  const sites = new Set<string>();
  for (const change of changes) {
    if (change.site !== null && !isRecovery(change)) sites.add(change.site);
  }
  return sites.size;
}

function keyOf(
  isChosen: true | null,
  unless: readonly ClauseTrace[],
  assert: readonly ClauseTrace[],
): string {
  let key = isChosen === null ? "?" : "";
  for (const { got } of unless) key += `${got}\n`;
  for (const { got } of assert) key += `${got}\n`;
  return key;
}

/** Where it is not known whether the rule applies, it does not pass on a guess, nor fail. */
function resultOf(isChosen: true | null, assert: readonly ClauseTrace[]): ClauseResult {
  const result = worst(assert.map((trace) => trace.result));
  return isChosen === null && result === "failed" ? "unknown" : result;
}

const ORDER: readonly ClauseResult[] = ["failed", "unknown", "passed"];

function worst(results: readonly ClauseResult[]): ClauseResult {
  return ORDER.find((result) => results.includes(result)) ?? "not_applicable";
}

function worstState(states: readonly GateState[]): GateState {
  if (states.includes("blocked")) return "blocked";
  return states.includes("waiting") ? "waiting" : "passed";
}
