/**
 * The approval gates: have enough of the right people approved exactly this plan?
 *
 * Pure: everything is a fact passed in, the configuration that of the attested commit. Each gate
 * and each right that the plan needs is judged for itself; what concerns the whole proposal
 * (unattributable commits, unread facts, objections) stands in `problems` and holds all of it.
 * Source: docs/protocol.md, "A review counts iff"; keys: docs/policy.md.
 */
import type { Discounted } from "../contract/answer.ts";
import type { ChangeFacts, GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { type JudgedGate, judgeGates, type Objection } from "./approval-gates.ts";
import { type ApprovalProblem, knowsApprovals, problemsOf } from "./approval-problems.ts";
import { type Demand, discountedFor, type Scene } from "./candidates.ts";
import { type BrokenGlass, brokenGlass } from "./glass.ts";
import { changesOf, isStep } from "./planned.ts";
import { type Requirement, requirementsOf } from "./requirements.ts";
import { voicesOf } from "./reviews.ts";
import { type Standing, standingOf } from "./standing.ts";

export interface ApprovalsResult {
  readonly result: GateState;
  readonly reason: ApprovalsReason;
  readonly gates: readonly JudgedGate[];
  readonly problems: readonly ApprovalProblem[];
  /** Everyone whose review counts for some requirement. */
  readonly counted: readonly number[];
  readonly discounted: readonly Discounted[];
  readonly objections: readonly Objection[];
  readonly glass: readonly BrokenGlass[];
  /** Gates and rights whose empty role the owners fill: recorded as break-glass. */
  readonly ownersStandInFor: readonly string[];
  /** When the counted approvals were given and the glass was broken: Unix seconds. */
  readonly approvedAt: readonly number[];
  /** It did not pass, for a reason that reading again cannot change. */
  readonly isKnownWrong: boolean;
}
export type ApprovalsReason = ApprovalProblem["reason"] | JudgedGate["reason"] | "nothing_to_do";

/** What is judged: an open proposal's head, or the head that was merged, and when. */
export interface Subject {
  readonly head: string | null;
  readonly mergedAt: number | null;
}

export function subjectOf({ merge, proposal }: Pick<Facts, "merge" | "proposal">): Subject {
  if (merge !== null) return { head: merge.head, mergedAt: merge.at };
  return { head: proposal?.head ?? null, mergedAt: null };
}

/** Judges the approvals of the proposal, or those of the merge where the facts tell of one. */
export function judgeApprovals(config: FleetConfig, facts: Facts): ApprovalsResult {
  const changes = changesOf(facts);
  if (changes?.length === 0 && typeof facts.plan?.digest === "string") return nothingToDo;
  return judge(config, facts, changes ?? []);
}

const nothingToDo: ApprovalsResult = {
  result: "passed",
  reason: "nothing_to_do",
  gates: [],
  problems: [],
  counted: [],
  discounted: [],
  objections: [],
  glass: [],
  ownersStandInFor: [],
  approvedAt: [],
  isKnownWrong: false,
};

function judge(
  config: FleetConfig,
  facts: Facts,
  changes: readonly ChangeFacts[],
): ApprovalsResult {
  const { head } = subjectOf(facts);
  const standing = standingOf(config, facts);
  const requirements = requirementsOf(config, changes);
  const demands = requirements.all.map((one) => demandOf(one, changes, standing));
  const scene = sceneOf({ config, facts, changes, standing });
  const { gates, objections } = judgeGates(demands, scene);
  const problems = problemsOf({ facts, head, requirements, standing });
  const counted = [...new Set(gates.flatMap((gate) => gate.counted))].toSorted((a, b) => a - b);
  const ownersStandInFor = demands
    .filter(({ bench }) => bench.ownersStandIn)
    .map(({ requirement }) => requirement.gate);
  return {
    ...worstOf([...problems, ...gates]),
    gates,
    problems,
    counted,
    discounted: discountedFor(demands.length === 0 ? [nobodys] : demands, scene),
    objections,
    glass: scene.glass,
    ownersStandInFor: [...new Set(ownersStandInFor)],
    approvedAt: momentsOf(counted, scene),
    isKnownWrong: isKnownWrong({ gates, problems, knowsAll: knowsApprovals(facts, head) }),
  };
}

/** Where nothing is asked nobody holds a role that is asked for. */
const nobodys: Demand = {
  requirement: {
    gate: "",
    origin: "gate",
    role: "",
    count: 1,
    distinct: true,
    maxAgeSeconds: null,
    keepsSamePlan: false,
  },
  bench: { reading: "ok", holders: new Set(), unreadTeams: [], ownersStandIn: false },
};

/** The owners stand in for an empty role only where the plan has no steps. */
function demandOf(
  requirement: Requirement,
  changes: readonly ChangeFacts[],
  standing: Standing,
): Demand {
  const policy = changes.some(({ kind }) => kind === "policy.change");
  const ownersStandIn = !changes.some(isStep) && (requirement.origin === "right" || policy);
  return { requirement, bench: standing.bench(requirement.role, { ownersStandIn }) };
}

function sceneOf(given: {
  readonly config: FleetConfig;
  readonly facts: Facts;
  readonly changes: readonly ChangeFacts[];
  readonly standing: Standing;
}): Scene {
  const { config, facts, changes, standing } = given;
  const { head, mergedAt } = subjectOf(facts);
  const { now } = facts;
  const digest = facts.plan?.digest ?? null;
  const ownersStandIn = !changes.some(isStep);
  return {
    standing,
    voices: voicesOf(facts.reviews ?? [], mergedAt),
    shown: facts.shown ?? [],
    current: { head, digest, config: facts.config?.digest ?? null },
    now,
    glass: brokenGlass(config, facts, standing, { digest, now, mergedAt, ownersStandIn }),
  };
}

const severity: Readonly<Record<GateState, number>> = { passed: 0, waiting: 1, blocked: 2 };

/** The first of the worst. A plan with changes always has something that was judged. */
function worstOf(
  judged: readonly { readonly result: GateState; readonly reason: ApprovalsReason }[],
): { readonly result: GateState; readonly reason: ApprovalsReason } {
  const { result, reason } = judged.reduce((worst, one) =>
    severity[one.result] > severity[worst.result] ? one : worst,
  );
  return { result, reason };
}

function momentsOf(counted: readonly number[], { voices, glass }: Scene): number[] {
  const given = voices.flatMap(({ id, newest }) =>
    id !== null && newest !== undefined && counted.includes(id) ? [newest.submittedAt] : [],
  );
  return [...given, ...glass.map(({ at }) => at)];
}

/** What is blocked is known, but reviews that were not read may still lift an objection. */
function isKnownWrong(given: {
  readonly gates: readonly JudgedGate[];
  readonly problems: readonly ApprovalProblem[];
  readonly knowsAll: boolean;
}): boolean {
  const { gates, problems, knowsAll } = given;
  if (problems.some(({ result }) => result === "blocked")) return true;
  return gates.some(
    ({ result, reason, isCertainlyShort }) =>
      (result === "blocked" && (knowsAll || reason === "team_forbidden")) ||
      (isCertainlyShort && knowsAll),
  );
}
