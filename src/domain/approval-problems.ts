/** What holds the whole proposal, whoever approves: unread facts, and commits without an owner. */
import type { Facts } from "../contract/facts.ts";
import type { Requirements } from "./requirements.ts";
import { undatedReviews } from "./reviews.ts";
import type { Standing } from "./standing.ts";

/** How far a review may be dated ahead of our clock, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 30;

export type ApprovalProblem =
  | { readonly result: "waiting"; readonly reason: Wait; readonly evidence: readonly string[] }
  | { readonly result: "blocked"; readonly reason: Block; readonly evidence: readonly string[] };
type Wait = "plan_unknown" | "facts_unread" | "clock_ahead";
type Block =
  | "plan_failed"
  | "unattributable_commit"
  | "unknown_pusher"
  | "uncovered_change"
  | "right_missing";

interface Proposal {
  readonly facts: Facts;
  readonly head: string | null;
  readonly requirements: Requirements;
  readonly standing: Standing;
}

/** All problems, in the order in which they are shown. */
export function problemsOf({ facts, head, requirements, standing }: Proposal): ApprovalProblem[] {
  const { contributors } = standing;
  const changes = requirements.uncovered.map(({ kind, site }) => `${kind} ${site ?? ""}`.trim());
  return [
    ...planProblems(facts),
    ...wait("facts_unread", unreadFacts(facts, head)),
    ...wait("facts_unread", contributors.unread),
    ...wait("facts_unread", requirements.undecided),
    ...wait("clock_ahead", reviewsAhead(facts)),
    ...block("unattributable_commit", contributors.unattributable),
    ...block("unknown_pusher", contributors.unknownPusher),
    ...block("uncovered_change", changes),
    ...block("right_missing", requirements.missingRights),
  ];
}

/** Whether everything was read that could still bring an approval. */
export function knowsApprovals(facts: Facts, head: string | null): boolean {
  return planProblems(facts).length === 0 && unreadFacts(facts, head).length === 0;
}

function planProblems({ plan }: Facts): ApprovalProblem[] {
  if (plan?.state === "failed") return [{ result: "blocked", reason: "plan_failed", evidence: [] }];
  const known = plan?.state === "ok" && plan.digest !== null && plan.changes !== null;
  return known ? [] : [{ result: "waiting", reason: "plan_unknown", evidence: [] }];
}

function unreadFacts(facts: Facts, head: string | null): string[] {
  const { people, reviews, reviewsComplete, shown } = facts;
  const undated = undatedReviews(reviews ?? []).length > 0;
  return [
    ...(head === null ? ["head"] : []),
    ...(people === null ? ["people"] : []),
    ...(reviews === null || reviewsComplete !== true || undated ? ["reviews"] : []),
    ...(shown === null ? ["shown plans"] : []),
  ];
}

function reviewsAhead({ reviews, now }: Facts): string[] {
  const latest = now + CLOCK_TOLERANCE_SECONDS;
  return (reviews ?? [])
    .filter(({ submittedAt }) => submittedAt !== null && !(submittedAt <= latest))
    .map(({ id }) => `review ${id}`);
}

function wait(reason: Wait, evidence: readonly string[]): ApprovalProblem[] {
  return evidence.length === 0 ? [] : [{ result: "waiting", reason, evidence }];
}

function block(reason: Block, evidence: readonly string[]): ApprovalProblem[] {
  return evidence.length === 0 ? [] : [{ result: "blocked", reason, evidence }];
}
