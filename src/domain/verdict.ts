/**
 * The verdict on a proposal: all gate results for one plan digest, and the worst of them.
 *
 * Closed, or into another branch: no proposal of ours. A plan without changes passes as nothing to
 * do, whatever reviews and commits say. Nothing judged is never passed.
 */
import type { GateAnswer } from "../contract/answer.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { JudgedGate } from "./approval-gates.ts";
import { type ApprovalsResult, judgeApprovals } from "./approval.ts";
import {
  type Check,
  checkMergeGroup,
  checkPolicy,
  checkProposal,
  checkRollback,
  type PolicyCheck,
  type RollbackCheck,
} from "./checks.ts";
import type { ConfigurationReading } from "./configuration.ts";
import { changesOf } from "./planned.ts";

export interface Verdict {
  readonly result: GateState;
  /** Why, in the words of the first gate with that result; `null` where all passed. */
  readonly reason: string | null;
  readonly gates: readonly GateAnswer[];
  /** `null` where there was no policy to judge by, or nothing to judge. */
  readonly judged: Judged | null;
}

export interface Judged {
  readonly approvals: ApprovalsResult;
  readonly policy: PolicyCheck;
  readonly rollback: RollbackCheck;
}

/** The verdict on an open proposal. */
export function judgeVerdict(reading: ConfigurationReading, facts: Facts): Verdict {
  const proposal = checkProposal(facts);
  if (proposal.result === "blocked") return verdictOf([gate("proposal", proposal)], null);
  const own = proposal.result === "passed" ? [] : [gate("proposal", proposal)];
  if (reading.kind === "absent") {
    return verdictOf([...own, gate("configuration", reading)], null);
  }
  const judged = judgeChecks(reading.config, facts);
  const { mergeGroup, plan } = facts;
  const queue = mergeGroup === null ? null : gate("merge-group", checkMergeGroup(mergeGroup, plan));
  return verdictOf([...own, ...gatesOf(judged), ...(queue === null ? [] : [queue])], judged);
}

/** Approvals, policy and rollback of a proposal or of a merge. */
export function judgeChecks(
  config: Extract<ConfigurationReading, { kind: "read" }>["config"],
  facts: Facts,
): Judged {
  const approvals = judgeApprovals(config, facts);
  const changes = changesOf(facts) ?? [];
  if (approvals.reason === "nothing_to_do") {
    const nothing: Check = { result: "passed", reason: null };
    return {
      approvals,
      policy: { ...nothing, waits: [], proposedErrors: [], withoutWaits: nothing, review: null },
      rollback: { ...nothing, points: [] },
    };
  }
  return {
    approvals,
    policy: checkPolicy(config, facts, changes),
    rollback: checkRollback(config, facts, changes),
  };
}

/** The gates as people see them: each approval gate, then the three checks. */
export function gatesOf({ approvals, policy, rollback }: Judged): GateAnswer[] {
  const { result, reason, counted, discounted } = approvals;
  const missing = approvals.gates.reduce((sum, one) => sum + one.missing, 0);
  return [
    ...approvals.gates.map(approvalGate),
    {
      name: "countersign/approvals",
      result,
      reason,
      missing,
      counted,
      discounted,
      requirements: [],
    },
    gate("countersign/policy", policy),
    gate("countersign/rollback", rollback),
  ];
}

function approvalGate(judged: JudgedGate): GateAnswer {
  const { name, result, reason, missing, counted, discounted, seats } = judged;
  const requirements = seats.map(({ demand, filledBy, missing: open, able }) => ({
    role: demand.requirement.role,
    count: demand.requirement.count,
    filledBy,
    missing: open,
    able,
  }));
  return { name, result, reason, missing, counted, discounted, requirements };
}

export function gate(
  name: string,
  { result, reason }: { readonly result: GateState; readonly reason: string | null },
): GateAnswer {
  return { name, result, reason, missing: 0, counted: [], discounted: [], requirements: [] };
}

export function verdictOf(gates: readonly GateAnswer[], judged: Judged | null): Verdict {
  const find = (result: GateState) => gates.find((one) => one.result === result);
  const worst = find("blocked") ?? find("waiting");
  if (worst !== undefined) return { result: worst.result, reason: worst.reason, gates, judged };
  return { result: gates.length > 0 ? "passed" : "blocked", reason: null, gates, judged };
}
