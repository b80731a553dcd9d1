/**
 * Is the glass of a gate broken?
 *
 * Broken glass stands in for the approvals of one named gate and one plan digest. It is never one
 * person's, is good while `now < at + for`, and lifts no objection, freeze, level or failed check.
 */
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { agreed, type Agreement } from "./agreed.ts";
import type { Standing } from "./standing.ts";

export interface BrokenGlass {
  readonly gate: string;
  readonly by: readonly number[];
  /** When the last of them said so: Unix seconds. */
  readonly at: number;
}

/** The plan, the time, and whether the owners may stand in for an empty role: it has no steps. */
export interface GlassQuestion extends Pick<Agreement, "digest" | "now" | "mergedAt"> {
  readonly ownersStandIn: boolean;
}

/** The gates whose glass is broken for this plan now. */
export function brokenGlass(
  config: FleetConfig,
  facts: Pick<Facts, "breakGlass">,
  standing: Standing,
  question: GlassQuestion,
): BrokenGlass[] {
  const right = config.rights["break-glass"];
  if (right === undefined) return [];
  const gates = new Set(config.gates.map(({ name }) => name));
  const words = (facts.breakGlass ?? [])
    .filter(({ gate }) => gates.has(gate))
    .map((glass) => ({ ...glass, about: glass.gate }));
  return agreed(words, {
    ...question,
    standing,
    bench: standing.bench(right.role, question),
    needed: Math.max(2, right.count),
    goodForSeconds: right.for,
  }).map(({ about, by, at }) => ({ gate: about, by, at }));
}
