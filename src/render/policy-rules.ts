/** The rules of a policy review as a tree: what was found, what is wanted, for which changes. */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { ClauseResult, ClauseTrace } from "../domain/policy-clauses.ts";
import { severityOf, stateOfGroup } from "../domain/policy-findings.ts";
import type { PolicyReview, RuleReview, TraceGroup } from "../domain/policy.ts";
import { code, counted, folded, listed, mark, plain } from "./markdown.ts";

const shownGroups = 5;
const shownSites = 5;
const maxCharacters = 40_000;

const clauseMark: Readonly<Record<ClauseResult, string>> = {
  passed: "✅",
  failed: "❌",
  unknown: "⏳",
  not_applicable: "➖",
};

/** Rules that hold the plan or warn, in full; the others folded. Cut by whole rules. */
export function ruleTree({ rules }: PolicyReview): string {
  const open = rules.filter(isOpen).toSorted((a, b) => weight(a) - weight(b));
  const quiet = rules.filter((review) => !isOpen(review));
  const shown = fitting(open.map(openRule));
  const missing = open.length - shown.length;
  const rest = missing > 0 ? `\n- …and ${counted(missing, "more rule")}` : "";
  return [
    `${shown.join("\n")}${rest}`,
    quiet.length === 0
      ? ""
      : folded(quietHeadline(quiet), fitting(quiet.map(quietRule)).join("\n")),
  ]
    .filter(Boolean)
    .join("\n\n");
}

/** The rules that hold the plan, for a title. */
export function heldBy({ rules, result }: PolicyReview): string {
  const ids = rules.filter(({ state }) => state === result).map(({ rule }) => rule.id);
  const more = ids.length > 3 ? [...ids.slice(0, 3), `${ids.length - 3} more`] : ids;
  const canOverride = rules
    .filter(({ state }) => state !== "passed")
    .every(({ rule }) => rule.enforcement === "soft");
  const hint = canOverride ? "; an override would let it pass" : "";
  const names = listed(more);
  return `${result === "blocked" ? "Refused by" : "Facts are missing for"} ${names}${hint}`;
}

/** What to paste where overrides alone would let the plan pass; empty where they would not. */
export function overrideSteps({ rules }: PolicyReview): string[] {
  const held = rules.filter(({ state }) => state !== "passed").map(({ rule }) => rule);
  if (held.some(({ enforcement }) => enforcement !== "soft")) return [];
  const who = "a comment by somebody with the right *override*, for this plan alone";
  return held
    .slice(0, shownGroups)
    .map(({ id }) => `Or ${code(`/countersign override ${id} <reason>`)}: ${who}.`);
}

/** How many advisory rules warn. */
export function warningCount({ rules }: PolicyReview): number {
  return rules.filter((review) => isOpen(review) && review.state === "passed").length;
}

/** A note for each line of the proposal that a rule holds or warns about. */
export function ruleAnnotations({ rules }: PolicyReview) {
  const levels = { error: "failure", warning: "warning", note: "notice" } as const;
  const notes = rules.filter(isOpen).flatMap((review) =>
    review.groups.filter(isFound).flatMap((group) => {
      const message = annotationText(review, group);
      const level = levels[severityOf(review, group)];
      return placesOf(group).map(({ file: path, ...place }) => ({
        path,
        ...place,
        level,
        message,
      }));
    }),
  );
  const order = ["failure", "warning", "notice"];
  return notes.toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

const isFound = ({ result }: TraceGroup): boolean => result === "failed" || result === "unknown";

function isOpen({ result }: RuleReview): boolean {
  return result === "failed" || result === "unknown";
}

function weight({ state }: RuleReview): number {
  return ["blocked", "waiting", "passed"].indexOf(state);
}

function openRule(review: RuleReview): string {
  const { rule, groups } = review;
  const found = groups.filter(isFound);
  const missing = found.length - shownGroups;
  return [
    `- ${ruleMark(review)} ${code(rule.id)} ${rule.enforcement}${overriddenText(review)}${messageText(review)}`,
    ...found.slice(0, shownGroups).map((group) => groupTree(review, group)),
    ...(missing > 0 ? [`  - …and ${counted(missing, "more finding")}`] : []),
  ].join("\n");
}

function ruleMark({ state, overriddenBy }: RuleReview): string {
  if (overriddenBy.length > 0) return "☑️";
  return state === "passed" ? "⚠️" : mark[state];
}

function overriddenText({ overriddenBy }: RuleReview): string {
  return overriddenBy.length === 0
    ? ""
    : `, overridden by ${counted(overriddenBy.length, "person", "people")}`;
}

function messageText({ rule }: RuleReview): string {
  return rule.message === undefined ? "" : `: ${plain(rule.message)}`;
}

function groupTree(review: RuleReview, group: TraceGroup): string {
  const { isChosen, unless, assert, changes } = group;
  const state = stateOfGroup(review, group);
  return [
    `  - ${state === "passed" ? "⚠️" : mark[state]} ${changesText(changes)}`,
    ...(isChosen === null ? ["    - ⏳ whether the rule applies is not known"] : []),
    ...unless.map((trace) => `    - unless ${clauseLine(trace)}`),
    ...assert.map((trace) => `    - ${clauseLine(trace)}`),
  ].join("\n");
}

function clauseLine({ clause, result, got, wanted }: ClauseTrace): string {
  return `${clauseMark[result]} ${code(clause)} got ${plain(got)}, wanted ${plain(wanted)}`;
}

/** The first change, and where else the same was found. */
function changesText(changes: readonly ChangeFacts[]): string {
  const what = new Set(changes.map(({ kind, target }) => `${kind} ${target ?? ""}`));
  const [first = ""] = what;
  const more = what.size > 1 ? ` and ${counted(what.size - 1, "more change")}` : "";
  const sites = [...new Set(changes.flatMap(({ site }) => site ?? []))];
  const named = sites.slice(0, shownSites).map(code);
  const rest = sites.length - named.length;
  const all = rest > 0 ? [...named, counted(rest, "more site")] : named;
  return `${code(first)}${more}${all.length === 0 ? "" : ` on ${listed(all)}`}`;
}

function quietHeadline(quiet: readonly RuleReview[]): string {
  const passed = quiet.filter(({ result }) => result === "passed").length;
  return `${counted(passed, "rule")} passed, ${quiet.length - passed} not applicable`;
}

function quietRule({ rule, result, groups }: RuleReview): string {
  const exempt = groups.filter(({ isExempt }) => isExempt).flatMap(({ changes }) => changes).length;
  const clauses = [...new Set(groups.flatMap(({ assert }) => assert.map(clauseLine)))];
  const words = result === "passed" ? "" : ": does not apply to this plan";
  const missing = clauses.length - shownGroups;
  return [
    `- ${clauseMark[result]} ${code(rule.id)}${words}${exempt > 0 ? ` (${counted(exempt, "change")} exempt)` : ""}`,
    ...clauses.slice(0, shownGroups).map((line) => `  - ${line}`),
    ...(missing > 0 ? [`  - …and ${counted(missing, "more finding")}`] : []),
  ].join("\n");
}

/** As many whole entries as there is room for. */
function fitting(entries: readonly string[]): string[] {
  let room = maxCharacters / 2;
  return entries.filter((entry) => (room -= entry.length + 1) >= 0);
}

/** Each line once. */
function placesOf({ changes }: TraceGroup) {
  const places = new Map(changes.flatMap(({ cause }) => (cause ? [[placeKey(cause), cause]] : [])));
  return places.values().toArray();
}

const placeKey = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

function annotationText({ rule, overriddenBy }: RuleReview, { assert }: TraceGroup): string {
  const found = assert.filter(({ result }) => result === "failed" || result === "unknown");
  return [
    `${rule.id} (${rule.enforcement}${overriddenBy.length > 0 ? ", overridden" : ""})${rule.message === undefined ? "" : `: ${rule.message}`}`,
    ...found.map(({ clause, got, wanted }) => `${clause}: got ${got}, wanted ${wanted}`),
  ].join("\n");
}
