/**
 * Was this range of the default branch authorised?
 *
 * The decision is made once, on facts read again after the merge. Only GitHub's merge of a pull
 * request whose approved digest is the range's authorises; a range that plans nothing is attested.
 * What is known to be wrong is unattested at once; what could not be read, or a gate that was
 * still waiting, gets 60 minutes. Source: docs/protocol.md, "Ranges" and "At merge".
 */
import type { Level } from "../contract/audit-entry.ts";
import type { MergeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import { bootstrapRange } from "./bootstrap.ts";
import type { ConfigurationReading } from "./configuration.ts";
import { isStep, sitesOf } from "./planned.ts";
import { planOfRange, type RangePlan } from "./range-plan.ts";
import { levelAfter, type Scope, scopeOf } from "./range-scope.ts";
import { authoriseSites, type RangeSites, signableNow } from "./range-sites.ts";
import { type Judged, judgeChecks } from "./verdict.ts";

/** How long facts that cannot be read, or waiting gates, may keep a range open. */
const PATIENCE_SECONDS = 60 * 60;

/** `ignored`: a merge into another branch is no event of ours. */
export type RangeKind = "authorised" | "attested" | "waiting" | "unattested" | "ignored";

export interface RangeResult {
  readonly kind: RangeKind;
  /** Closed snake_case words; the first is the one that is shown. */
  readonly reasons: readonly string[];
  readonly sites: RangeSites;
  /** Sites whose action may be signed now. */
  readonly issued: readonly string[];
  /** What the decision newly holds: sites, the fleet, or nothing (an empty list). */
  readonly held: Scope;
  /** The highest level of the touched sites afterwards; `null` where it could not be read. */
  readonly level: Level | null;
  readonly judged: Judged | null;
}

interface Decision {
  readonly kind: RangeKind;
  readonly reasons: readonly string[];
  readonly judged?: Judged;
  /** Waits for a person rather than for GitHub: no time runs. */
  readonly isPatient?: boolean;
}

/** Decides about the range that `facts.merge` tells of. */
export function judgeRange(
  reading: ConfigurationReading,
  facts: Facts,
  merge: MergeFacts,
): RangeResult {
  const plan = planOfRange(facts, merge);
  const first = decide(reading, facts, merge, plan);
  const decision = isOverdue(first, facts, merge)
    ? { ...first, kind: "unattested" as const, reasons: [...first.reasons, "too_late"] }
    : first;
  const isAttested = decision.kind === "authorised" || decision.kind === "attested";
  const isNew = merge.decided === null && decision.kind === "unattested";
  const held = isNew ? heldBy(reading, merge, plan) : [];
  const level = levelAfter(facts, { touched: touchedBy(merge, plan), held, isAttested });
  const { sites, issued } = actionsOf({ reading, facts, merge, plan, decision });
  return {
    kind: decision.kind,
    reasons: decision.reasons,
    sites,
    issued,
    held,
    level,
    judged: decision.judged ?? null,
  };
}

function decide(
  reading: ConfigurationReading,
  facts: Facts,
  merge: MergeFacts,
  plan: RangePlan,
): Decision {
  if (merge.decided !== null) return { kind: merge.decided, reasons: ["decided"] };
  const { proposal, repository } = facts;
  if (proposal !== null && proposal.base !== null && proposal.base !== repository.defaultBranch) {
    return { kind: "ignored", reasons: ["not_a_proposal"] };
  }
  if (merge.kind === null) return waits("merge_unread");
  if (merge.kind === "force_push") return unattested("force_push");
  const bootstrap = bootstrapRange(facts);
  if (bootstrap !== null) return decideBootstrap(bootstrap);
  if (reading.kind === "absent") {
    return reading.result === "blocked" ? unattested(reading.reason) : waits(reading.reason);
  }
  if (plan.kind === "unknown") return waits("plan_unknown");
  if (plan.kind === "failed") return unattested("plan_failed");
  if (plan.kind === "shown" && plan.isEmpty)
    return { kind: "attested", reasons: ["nothing_to_do"] };
  if (merge.kind === "push") return unattested("direct_push");
  return decideMerge(reading, facts, merge, plan);
}

function decideBootstrap(bootstrap: NonNullable<ReturnType<typeof bootstrapRange>>): Decision {
  switch (bootstrap.kind) {
    case "taken":
      return { kind: "attested", reasons: ["bootstrapped"] };
    case "not_yet":
      return { ...waits(bootstrap.reason), isPatient: true };
    case "unread":
      return waits(bootstrap.reason);
    case "refused":
      return unattested(bootstrap.reason);
  }
}

/** Gates are judged on the head that was merged, with the approvals given in time. */
function decideMerge(
  reading: Extract<ConfigurationReading, { kind: "read" }>,
  facts: Facts,
  merge: MergeFacts,
  plan: RangePlan,
): Decision {
  if (facts.proposal === null || facts.proposal.base === null) return waits("proposal_unread");
  if (merge.head === null || merge.at === null) return waits("merge_unread");
  if (plan.kind === "other") return unattested("other_plan");
  const judged = judgeChecks(reading.config, facts);
  const checks = [judged.approvals, judged.policy.withoutWaits, judged.rollback];
  if (checks.every(({ result }) => result === "passed")) {
    return { kind: "authorised", reasons: ["approved"], judged };
  }
  const reasons = checks.flatMap(({ result, reason }) =>
    result !== "passed" && reason !== null ? [reason] : [],
  );
  const isWrong =
    judged.approvals.isKnownWrong || checks.slice(1).some(({ result }) => result === "blocked");
  return { kind: isWrong ? "unattested" : "waiting", reasons, judged };
}

/** The sixtieth minute is inside. */
function isOverdue(decision: Decision, { now }: Facts, { at }: MergeFacts): boolean {
  if (decision.kind !== "waiting" || decision.isPatient === true) return false;
  return at !== null && now - at > PATIENCE_SECONDS;
}

/** A plan or policy that is still unknown holds the fleet, and so does a force-push. */
function heldBy(reading: ConfigurationReading, merge: MergeFacts, plan: RangePlan): Scope {
  if (merge.kind === "force_push" || merge.kind === null) return "fleet";
  if (reading.kind === "absent" || plan.kind === "unknown" || plan.kind === "failed")
    return "fleet";
  const whole = plan.kind === "shown" ? { changes: plan.changes, config: null } : null;
  return scopeOf(merge.range ?? whole, reading.text);
}

function touchedBy(merge: MergeFacts, plan: RangePlan): string[] {
  const whole = plan.kind === "shown" ? plan.changes : [];
  return sitesOf([...whole, ...(merge.range?.changes ?? [])]);
}

/** A decision on record is not taken again: whatever it authorised may be signed. */
function actionsOf(given: {
  readonly reading: ConfigurationReading;
  readonly facts: Facts;
  readonly merge: MergeFacts;
  readonly plan: RangePlan;
  readonly decision: Decision;
}): { readonly sites: RangeSites; readonly issued: readonly string[] } {
  const { reading, facts, plan, decision } = given;
  const none = { sites: { authorised: [], withheld: [] }, issued: [] };
  if (decision.kind !== "authorised" || plan.kind !== "shown") return none;
  if (reading.kind === "absent") return none;
  const { changes } = plan;
  const approvedAt = decision.judged?.approvals.approvedAt ?? "on_record";
  const sites = authoriseSites(facts, changes, approvedAt);
  const levelOf = (site: string) =>
    levelAfter(facts, { touched: [site], held: [], isAttested: true });
  const steps = changes.filter(isStep);
  const issued = signableNow(
    { config: reading.config, facts, changes: steps, levelOf },
    sites.authorised,
  );
  return { sites, issued };
}

function waits(reason: string): Decision {
  return { kind: "waiting", reasons: [reason] };
}

function unattested(reason: string): Decision {
  return { kind: "unattested", reasons: [reason] };
}
