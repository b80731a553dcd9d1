/**
 * The gates beside approvals: the proposal itself, policy, rollback readiness, the merge queue.
 *
 * Each answers with one result and one reason of a closed list. `passed` is said only where it was
 * established: a result that was not given although the configuration asks for one waits.
 */
import type { ChangeFacts, GateState, MergeGroupFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { Finding } from "../contract/finding.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { proposedErrors } from "./configuration.ts";
import { judgedRules, type PolicyReview, reviewPolicy } from "./policy.ts";
import { type PolicyWait, waitsOf } from "./policy-waits.ts";
import { judgeLevels, type LevelPoint } from "./readiness-levels.ts";

export type CheckReason =
  | "not_a_proposal"
  | "draft"
  | "merge_unread"
  | "facts_unread"
  | "policy_blocked"
  | "policy_waiting"
  | "policy_invalid"
  | "rules_not_judged"
  | "packages_differ"
  | "packages_unread"
  | "rollback_blocked"
  | "rollback_waiting"
  | "readiness_not_judged"
  | "queue_unapproved"
  | PolicyWait["reason"];

export interface Check {
  readonly result: GateState;
  readonly reason: CheckReason | null;
}

export interface PolicyCheck extends Check {
  readonly waits: readonly PolicyWait[];
  /** Errors of the policy that the proposal brings. */
  readonly proposedErrors: readonly Finding[];
  /** The result without freezes, levels and unfinished sites, which delay actions, not merges. */
  readonly withoutWaits: Check;
  /** The rules with their traces; `null` where their result was given, or there is no plan. */
  readonly review: PolicyReview | null;
}

export interface RollbackCheck extends Check {
  /** What the policy demands of each site, where the facts give levels instead of a result. */
  readonly points: readonly LevelPoint[];
}

const passed: Check = { result: "passed", reason: null };
const waiting = (reason: CheckReason): Check => ({ result: "waiting", reason });
const blocked = (reason: CheckReason): Check => ({ result: "blocked", reason });

/** Whether there is an open proposal to the default branch that asks to be judged. */
export function checkProposal({ proposal, repository }: Facts): Check {
  if (proposal === null) return blocked("not_a_proposal");
  const { base, state, draft } = proposal;
  if (base !== null && base !== repository.defaultBranch) return blocked("not_a_proposal");
  if (state === "closed") return blocked("not_a_proposal");
  if (state === "merged") return waiting("merge_unread");
  if (base === null || state === null || draft === null) return waiting("facts_unread");
  return draft ? waiting("draft") : passed;
}

export function checkPolicy(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): PolicyCheck {
  const errors = proposedErrors(facts);
  const review = reviewOf(config, facts, changes);
  const own = worse(checkRules(review), checkLocks(facts));
  const rules = errors.length > 0 ? blocked("policy_invalid") : own;
  const waits = waitsOf(config, facts, changes);
  const [first] = waits;
  const delayed = first === undefined || rules.result !== "passed" ? rules : waiting(first.reason);
  const judged = "rules" in review ? review : null;
  return { ...delayed, waits, proposedErrors: errors, withoutWaits: rules, review: judged };
}

/** Rules whose result is given are not the question; without a plan nothing can be judged. */
function reviewOf(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): PolicyReview | Check {
  const given = facts.checks === null ? null : facts.checks.policy;
  if (given === "passed") return passed;
  if (given !== undefined) {
    return given === "blocked" ? blocked("policy_blocked") : waiting("policy_waiting");
  }
  const isPlanned = facts.plan?.state === "ok" && facts.plan.changes !== null;
  if (isPlanned) return reviewPolicy(config, facts, changes);
  return judgedRules(config, facts).length === 0 ? passed : waiting("rules_not_judged");
}

function checkRules({ result, ...review }: PolicyReview | Check): Check {
  if ("reason" in review) return { result, reason: review.reason };
  if (result === "blocked") return blocked("policy_blocked");
  return result === "waiting" ? waiting("rules_not_judged") : passed;
}

/** Locks that were compared with their sources. Facts without that result do not ask about it. */
function checkLocks({ checks }: Facts): Check {
  const result = checks === null ? null : checks.packages;
  if (result === undefined || result === "passed") return passed;
  return result === "blocked" ? blocked("packages_differ") : waiting("packages_unread");
}

const RANK: Readonly<Record<GateState, number>> = { passed: 0, waiting: 1, blocked: 2 };

/** The first one where both are alike: it says more. */
function worse(one: Check, other: Check): Check {
  return RANK[other.result] > RANK[one.result] ? other : one;
}

export function checkRollback(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): RollbackCheck {
  const { checks } = facts;
  const given = checks === null ? null : checks.rollback;
  const points = given === undefined ? judgeLevels(config, facts, changes) : [];
  const states = given === undefined ? points.map(({ result }) => result) : [given ?? "waiting"];
  if (states.includes("blocked")) return { ...blocked("rollback_blocked"), points };
  if (!states.includes("waiting")) return { ...passed, points };
  const reason = given === undefined ? "readiness_not_judged" : "rollback_waiting";
  return { ...waiting(reason), points };
}

/** A merge group passes only if every proposal in it has its approved digest on top of the others. */
export function checkMergeGroup(mergeGroup: MergeGroupFacts, plan: Facts["plan"]): Check {
  const digest = plan?.digest ?? null;
  const own = { plan: mergeGroup.plan === "current" ? digest : mergeGroup.plan, approved: digest };
  const before = mergeGroup.before ?? [];
  // Until the own plan is known nobody can say that the queue built another one.
  const all = digest === null ? before : [own, ...before];
  const known = all.filter((one) => one.plan !== null);
  if (known.some((one) => one.plan !== one.approved)) return blocked("queue_unapproved");
  const isRead = digest !== null && mergeGroup.before !== null && known.length === all.length;
  return isRead ? passed : waiting("facts_unread");
}
