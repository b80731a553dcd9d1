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
import type { Assertion, PolicyRule } from "../contract/policy-rule.ts";
import { overriddenRules } from "./overrides.ts";
import { rulesOf } from "./policy-builtin.ts";
import { clausesOf, type ClauseResult, type ClauseTrace } from "./policy-clauses.ts";
import { type PolicyFacts, policyFacts } from "./policy-facts.ts";
import { type Traced, traceGrouping } from "./policy-grouping.ts";
import { type ClauseReader, clauseReader } from "./policy-readings.ts";
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

export interface TraceGroup extends Traced {
  readonly result: ClauseResult;
  readonly changes: readonly ChangeFacts[];
}

/** Judges all rules in force. Built-in ones are asked only where the facts hold `ruleFacts`. */
export function reviewPolicy(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): PolicyReview {
  const prepared = prepare(config, facts);
  const overridden = new Map(overriddenRules(config, facts).map(({ rule, by }) => [rule, by]));
  const rules = judgedRules(config, facts).map((rule) => {
    const groups = groupsOf(rule, changes, prepared);
    const result = worst(groups.map((group) => group.result));
    const overriddenBy = overridden.get(rule.id) ?? [];
    return { rule, result, state: stateOf(rule, result, overriddenBy), overriddenBy, groups };
  });
  return { result: worstState(rules.map(({ state }) => state)), rules };
}

/** What all rules of one review share. */
interface Prepared {
  readonly facts: PolicyFacts;
  readonly read: ClauseReader;
}

function prepare(config: FleetConfig, given: Facts): Prepared {
  const facts = policyFacts(config, given);
  return { facts, read: clauseReader(facts) };
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

/** In the order of their first change. */
function groupsOf(
  rule: PolicyRule,
  changes: readonly ChangeFacts[],
  given: Prepared,
): TraceGroup[] {
  const chosen = chosenBy(rule, changes, given);
  const clauses = clausesOf(rule.assert, given);
  const touched = chosen.filter(({ isExempt }) => !isExempt);
  const sites = siteCount(rule.assert, touched, given.facts);
  const grouping = traceGrouping();
  for (const { change, isChosen, unless, isExempt } of chosen) {
    const subject = { change, sites };
    const assert = isExempt ? NO_TRACE : clauses.map((clause) => clause(subject));
    grouping.add({ isChosen, isExempt, unless, assert }, change);
  }
  return grouping.groups.map((group) => ({ ...group, result: resultOf(group) }));
}

/** The changes that `when` chooses, or may choose, and whether `unless` lets them off. */
function chosenBy(
  { when, unless = {} }: PolicyRule,
  changes: readonly ChangeFacts[],
  given: Prepared,
): Chosen[] {
  const takesAll = Object.keys(when).length === 0;
  const chosen: Chosen[] = [];
  for (const change of changes) {
    const isChosen = takesAll || selects(when, change);
    if (isChosen !== false) chosen.push({ change, isChosen, unless: NO_TRACE, isExempt: false });
  }
  const clauses = clausesOf(unless, given);
  if (clauses.length === 0) return chosen;
  const sites = siteCount(unless, chosen, given.facts);
  return chosen.map(({ change, isChosen }) => {
    const traces = clauses.map((clause) => clause({ change, sites }));
    const isExempt = traces.every(({ result }) => result === "passed");
    return { change, isChosen, unless: traces, isExempt };
  });
}

const NO_TRACE: readonly ClauseTrace[] = [];

/** Counted only for an assertion that asks. */
function siteCount(
  assertion: Assertion,
  chosen: readonly Chosen[],
  { isRecovery }: PolicyFacts,
): number {
  if (assertion["plan.sites"] === undefined) return 0;
  const touched = chosen.filter(({ change }) => !isRecovery(change));
  return new Set(touched.flatMap(({ change }) => change.site ?? [])).size;
}

/** Where it is not known whether the rule applies, it does not pass on a guess, nor fail. */
function resultOf({ isChosen, assert }: Traced): ClauseResult {
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
