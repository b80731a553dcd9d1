/**
 * Which approvals does this plan need?
 *
 * Every (gate, role, count) is a requirement of its own, and so is a right that the plan needs. A
 * gate asks when one planned change meets all its conditions; a change that no gate asks about
 * blocks the plan. Gates and rights add to each other, never lower. Keys: docs/policy.md.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { FleetConfig, Gate, RightName } from "../contract/fleet-config.ts";
import { isStep } from "./planned.ts";
import { anyOf, selects, selectsAny } from "./selection.ts";

export interface Requirement {
  /** The gate's name, or `rights.<name>`. */
  readonly gate: string;
  readonly origin: "gate" | "right";
  readonly role: string;
  readonly count: number;
  /** Whether its people may fill no other seat of the plan. */
  readonly distinct: boolean;
  readonly maxAgeSeconds: number | null;
  readonly keepsSamePlan: boolean;
}

export interface Requirements {
  readonly all: readonly Requirement[];
  readonly uncovered: readonly ChangeFacts[];
  /** Rights that a plan with steps needs and that the configuration gives to nobody. */
  readonly missingRights: readonly RightName[];
  /** Gates of which nobody knows whether they ask, because a change could not be read. */
  readonly undecided: readonly string[];
}

export function requirementsOf(config: FleetConfig, changes: readonly ChangeFacts[]): Requirements {
  const asked = config.gates.map((gate) => ({ gate, asks: selectsAny(gate.when, changes) }));
  const rights = neededRights(changes);
  return {
    all: [
      ...asked.flatMap(({ gate, asks }) => (asks === true ? requirementsOfGate(gate) : [])),
      ...rights.map((name) => requirementOfRight(config, name)),
    ],
    uncovered: changes.filter(
      (change) => anyOf(config.gates.map(({ when }) => selects(when, change))) === false,
    ),
    missingRights: changes.some(isStep)
      ? rights.filter((name) => config.rights[name] === undefined)
      : [],
    undecided: asked.flatMap(({ gate, asks }) => (asks === null ? [gate.name] : [])),
  };
}

function requirementsOfGate(gate: Gate): Requirement[] {
  return gate.require.map(({ role, count }) => ({
    gate: gate.name,
    origin: "gate",
    role,
    count,
    distinct: gate.distinct,
    maxAgeSeconds: gate.maxAge ?? null,
    keepsSamePlan: gate.keep === "same-plan",
  }));
}

type PlanRight = "change-policy" | "pair";

function neededRights(changes: readonly ChangeFacts[]): PlanRight[] {
  const policy = changes.some(({ kind }) => kind === "policy.change");
  const pairing = changes.some(({ kind, url }) => kind === "connector.pair" || url);
  return [...(policy ? (["change-policy"] as const) : []), ...(pairing ? (["pair"] as const) : [])];
}

/** A missing right is a role of nobody's: where the plan has no steps the owners stand in for it. */
function requirementOfRight(config: FleetConfig, name: PlanRight): Requirement {
  const gate = `rights.${name}`;
  const { role, count } = config.rights[name] ?? { role: gate, count: 1 };
  return {
    gate,
    origin: "right",
    role,
    count,
    distinct: true,
    maxAgeSeconds: null,
    keepsSamePlan: false,
  };
}
