/** What a review of the policy says, as findings: for answers, and for the lines of the proposal. */
import type { FindingAnswer } from "../contract/answer.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { FindingSeverity } from "../contract/finding.ts";
import type { ClauseTrace } from "./policy-clauses.ts";
import type { PolicyReview, RuleReview, TraceGroup } from "./policy.ts";

/** One finding for each rule and each group of changes with the same traces. */
export function reviewFindings({ rules }: PolicyReview): FindingAnswer[] {
  return rules.flatMap((review) => {
    if (review.groups.length === 0) return [answer(review, null)];
    return review.groups.map((group) => answer(review, group));
  });
}

function answer(review: RuleReview, group: TraceGroup | null): FindingAnswer {
  const cause = group?.changes.find((change) => change.cause !== undefined)?.cause;
  return {
    rule: review.rule.id,
    severity: severityOf(review, group),
    result: stateOfGroup(review, group),
    file: cause?.file ?? null,
    line: cause?.line ?? null,
    trace: group === null ? ["no change is concerned"] : traceLines(group),
  };
}

/** What these changes do to the plan, by themselves. */
export function stateOfGroup({ state }: RuleReview, group: TraceGroup | null): GateState {
  if (!isHeld(group) || state === "passed") return "passed";
  return group?.result === "failed" ? "blocked" : "waiting";
}

const isHeld = (group: TraceGroup | null): boolean =>
  group?.result === "failed" || group?.result === "unknown";

/** `error` where it holds the plan, `warning` where only advice was not taken. */
export function severityOf(review: RuleReview, group: TraceGroup | null): FindingSeverity {
  if (!isHeld(group) || review.overriddenBy.length > 0) return "note";
  return stateOfGroup(review, group) === "blocked" ? "error" : "warning";
}

function traceLines({ isExempt, unless, assert }: TraceGroup): string[] {
  return [
    ...unless.map((trace) => `unless ${traceText(trace)}`),
    ...(isExempt ? ["exempt"] : assert.map(traceText)),
  ];
}

/** `package.ageDays: got 1, wanted >= 3: failed`. */
export function traceText({ clause, got, wanted, result }: ClauseTrace): string {
  return `${clause}: got ${got}, wanted ${wanted}: ${result}`;
}
