/**
 * Each gate for itself: who counts, who fills its seats, what is missing, and can it be filled?
 *
 * A role whose team is hidden blocks and one that GitHub failed to list waits, even where the
 * readable part would be enough. An objection stands until its author lifts it or loses the role.
 */
import type { Discounted } from "../contract/answer.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { Actor } from "../contract/facts-review.ts";
import { countedFor, type Demand, discountedFor, potentialFor, type Scene } from "./candidates.ts";
import { type Filled, fillSeats } from "./seats.ts";

export type GateReason =
  | "approved"
  | "glass_broken"
  | "changes_requested"
  | "team_forbidden"
  | "team_unreachable"
  | "too_few_holders"
  | "missing_approvals";

export interface JudgedGate {
  readonly name: string;
  readonly result: GateState;
  readonly reason: GateReason;
  readonly missing: number;
  readonly counted: readonly number[];
  readonly discounted: readonly Discounted[];
  readonly seats: readonly Seats[];
  /** Seats stay empty however the unread roles turn out. */
  readonly isCertainlyShort: boolean;
}

/** One requirement with its people; `able` says how many could fill it now. */
export interface Seats extends Filled {
  readonly able: number;
}

/** A standing request for changes by somebody who may object. */
export interface Objection {
  readonly id: number;
  readonly review: number;
}

export interface JudgedGates {
  readonly gates: readonly JudgedGate[];
  readonly objections: readonly Objection[];
}

export function judgeGates(demands: readonly Demand[], scene: Scene): JudgedGates {
  const broken = new Set(scene.glass.map(({ gate }) => gate));
  const open = demands.filter(({ requirement }) => !broken.has(requirement.gate));
  const readable = open.filter(({ bench }) => bench.reading === "ok");
  const count = (demand: Demand) => countedFor(demand, scene);
  const filled = fillSeats(open, count);
  const atBest = fillSeats(readable, (demand) => potentialFor(demand, scene));
  const certain = fillSeats(readable, count);
  const byGate = Map.groupBy(demands, ({ requirement }) => requirement.gate);
  const gates = [...byGate].map(([name, asked]) =>
    judgeGate({
      name,
      asked,
      broken: broken.has(name),
      seats: filled
        .filter(of(asked))
        .map((seat) => ({ ...seat, able: potentialFor(seat.demand, scene).size })),
      hopeless: atBest.filter(of(asked)).some(isShort),
      isCertainlyShort: certain.filter(of(asked)).some(isShort),
      scene,
    }),
  );
  return { gates, objections: objectionsTo(demands, scene) };
}

interface GateCase {
  readonly name: string;
  readonly asked: readonly Demand[];
  readonly broken: boolean;
  readonly seats: readonly Seats[];
  readonly hopeless: boolean;
  readonly isCertainlyShort: boolean;
  readonly scene: Scene;
}

function judgeGate({ name, asked, scene, seats, ...gate }: GateCase): JudgedGate {
  const missing = seats.reduce((sum, seat) => sum + seat.missing, 0);
  const counted = new Set(asked.flatMap((demand) => [...countedFor(demand, scene)]));
  const reason = reasonOf({ asked, scene, missing, broken: gate.broken, hopeless: gate.hopeless });
  return {
    name,
    result: results[reason],
    reason,
    missing,
    counted: [...counted].toSorted((a, b) => a - b),
    discounted: discountedFor(asked, scene),
    seats,
    isCertainlyShort: gate.isCertainlyShort,
  };
}

function reasonOf(gate: {
  readonly asked: readonly Demand[];
  readonly scene: Scene;
  readonly missing: number;
  readonly broken: boolean;
  readonly hopeless: boolean;
}): GateReason {
  const readings = new Set(gate.asked.map(({ bench }) => bench.reading));
  if (objectionsTo(gate.asked, gate.scene).length > 0) return "changes_requested";
  if (readings.has("forbidden")) return "team_forbidden";
  if (gate.hopeless) return "too_few_holders";
  if (readings.has("unreachable")) return "team_unreachable";
  if (gate.broken) return "glass_broken";
  return gate.missing > 0 ? "missing_approvals" : "approved";
}

const results: Readonly<Record<GateReason, GateState>> = {
  approved: "passed",
  glass_broken: "passed",
  missing_approvals: "waiting",
  team_unreachable: "waiting",
  changes_requested: "blocked",
  team_forbidden: "blocked",
  too_few_holders: "blocked",
};

/** Eligible is every person, contributor or not, who holds a role that is asked for. */
function objectionsTo(demands: readonly Demand[], { voices, standing }: Scene): Objection[] {
  return voices.flatMap(({ id, objection }) => {
    if (id === null || objection === undefined) return [];
    if (isMachine(id, objection.user, standing)) return [];
    const holds = demands.some(({ bench }) => bench.holders.has(id));
    return holds ? [{ id, review: objection.id }] : [];
  });
}

/** Whoever is unknown is what GitHub calls them: an objection is not lost with its author's facts. */
function isMachine(id: number, user: Actor | null, { people }: Scene["standing"]): boolean {
  const type = (people.get(id) ?? user)?.type;
  return people.isAgent(id) || type !== "User";
}

function of(demands: readonly Demand[]): (filled: Filled) => boolean {
  return ({ demand }) => demands.includes(demand);
}

function isShort({ missing }: Filled): boolean {
  return missing > 0;
}
