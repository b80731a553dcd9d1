/**
 * Is every touched site as ready as the policy demands, by the levels that the facts give?
 *
 * Signed evidence is judged in readiness.ts; this is for facts that tell levels outright. An item
 * that is missing, weaker than demanded or too old waits, one that failed blocks. A token cannot
 * be judged without its key: it waits.
 */
import type { ChangeFacts, GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import {
  type FleetConfig,
  READINESS_ITEMS,
  type Readiness,
  type ReadinessDemand,
} from "../contract/fleet-config.ts";
import type { LevelFacts, SiteLevels } from "../contract/facts-range.ts";
import { ownValue } from "./own-value.ts";
import { isStep, sitesOf } from "./planned.ts";
import { selectsAny } from "./selection.ts";

/** `null` where the policy demands nothing of the touched sites. */
export function judgeLevels(
  config: FleetConfig,
  { readiness, now }: Pick<Facts, "readiness" | "now">,
  changes: readonly ChangeFacts[],
): GateState | null {
  const steps = changes.filter(isStep);
  const results = sitesOf(steps).flatMap((site) => {
    const own = steps.filter((step) => step.site === site);
    const demands = config.readiness.filter(({ when }) => selectsAny(when, own) !== false);
    const given = ownValue(readiness ?? {}, site) ?? null;
    return demands.flatMap((demand) => judgeDemand(demand, given, now));
  });
  if (results.length === 0) return null;
  if (results.includes("blocked")) return "blocked";
  return results.includes("waiting") ? "waiting" : "passed";
}

function judgeDemand(demand: Readiness, given: SiteLevels | null, now: number): GateState[] {
  return READINESS_ITEMS.flatMap((name) => {
    const wanted = demand[name];
    if (wanted === undefined) return [];
    if (given === null || typeof given === "string") return ["waiting"];
    return [judgeItem(wanted, ownValue(given, name) ?? null, now)];
  });
}

const strength = { proved: 3, declared: 2, unknown: 1 } as const;

function judgeItem(wanted: ReadinessDemand, found: LevelFacts | null, now: number): GateState {
  if (found === null) return "waiting";
  const { level, at } = found;
  if (level === "failed") return "blocked";
  const isStrong = strength[level] >= strength[wanted.level];
  const isFresh = wanted.maxAge === undefined || (at !== null && now - at <= wanted.maxAge);
  return isStrong && isFresh ? "passed" : "waiting";
}
