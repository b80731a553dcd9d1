/**
 * Is every touched site as ready as the policy demands, by the levels that the facts give?
 *
 * Signed evidence is judged in readiness.ts; this is for facts that tell levels outright. An item
 * that is missing, weaker than demanded or too old waits, one that failed blocks, and each says so.
 */
import type { ChangeFacts, GateState } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import {
  type FleetConfig,
  READINESS_ITEMS,
  type Readiness,
  type ReadinessDemand,
  type ReadinessItem,
} from "../contract/fleet-config.ts";
import type { LevelFacts, SiteLevels } from "../contract/facts-range.ts";
import { durationWords } from "./duration-words.ts";
import { ownValue } from "./own-value.ts";
import { isStep, sitesOf } from "./planned.ts";
import { selectsAny } from "./selection.ts";

/** One demanded item of one site. */
export interface LevelPoint {
  readonly site: string;
  readonly item: ReadinessItem;
  readonly result: GateState;
  readonly got: string;
  readonly wanted: string;
}

/** Every demanded item of every touched site; empty where the policy demands nothing of them. */
export function judgeLevels(
  config: FleetConfig,
  { readiness, now }: Pick<Facts, "readiness" | "now">,
  changes: readonly ChangeFacts[],
): LevelPoint[] {
  const steps = changes.filter(isStep);
  return sitesOf(steps).flatMap((site) => {
    const own = steps.filter((step) => step.site === site);
    const demands = config.readiness.filter(({ when }) => selectsAny(when, own) !== false);
    const given = ownValue(readiness ?? {}, site) ?? null;
    return demands.flatMap((demand) => judgeDemand(demand, { site, given, now }));
  });
}

interface Site {
  readonly site: string;
  readonly given: SiteLevels | null;
  readonly now: number;
}

function judgeDemand(demand: Readiness, { site, given, now }: Site): LevelPoint[] {
  return READINESS_ITEMS.flatMap((item) => {
    const wanted = demand[item];
    if (wanted === undefined) return [];
    // A token cannot be judged without its key.
    const levels = given === null || typeof given === "string" ? {} : given;
    const judged = judgeItem(wanted, ownValue(levels, item) ?? null, now);
    return [{ site, item, wanted: wantedWords(wanted), ...judged }];
  });
}

const strength = { proved: 3, declared: 2, unknown: 1 } as const;

function judgeItem(
  wanted: ReadinessDemand,
  found: LevelFacts | null,
  now: number,
): Pick<LevelPoint, "result" | "got"> {
  if (found === null) return { result: "waiting", got: "not known" };
  const { level, at } = found;
  if (level === "failed") return { result: "blocked", got: level };
  const isStrong = strength[level] >= strength[wanted.level];
  const age = at === null ? Number.NaN : now - at;
  const isFresh = wanted.maxAge === undefined || (age >= -60 && age <= wanted.maxAge);
  return {
    result: isStrong && isFresh ? "passed" : "waiting",
    got: `${level}${ageWords(at, now)}`,
  };
}

const ageWords = (at: number | null, now: number): string =>
  at === null ? "" : `, ${durationWords(Math.max(0, now - at))} old`;

function wantedWords({ level, maxAge }: ReadinessDemand): string {
  return maxAge === undefined ? level : `${level}, at most ${durationWords(maxAge)} old`;
}
