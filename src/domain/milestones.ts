/**
 * How much of a large plan's outcomes do people see? GitHub takes only so many writes, so its
 * comment is not edited at every receipt: it shows the plan as the log had it at the newest of a few
 * moments. A pure function of the log: whoever asks again, after any restart, gets the same moment
 * and writes nothing. Source: docs/architecture.md, "What GitHub is told".
 */
import { type Authorisation, endedWell } from "./history.ts";
import { isIdle } from "./unfinished.ts";

export interface PlanMoments {
  /** How many of its sites are the canary's. */
  readonly canaries: number;
  /** Line of the newest `resume` of the plan. */
  readonly resumedAt: number | null;
  /** Line of the newest incident about one of its actions. */
  readonly incidentAt: number | null;
}

/**
 * The newest line of the log that people are told, of a plan's newest attempts: it was authorised
 * or resumed; its canary, a third, two thirds or all of its sites have an end; the first one ended
 * badly; nothing is on its way any more after that; an incident tells of it.
 */
export function toldUpTo(actions: readonly Authorisation[], moments: PlanMoments): number {
  const { canaries, resumedAt, incidentAt } = moments;
  const ends = actions.flatMap(({ end }) => end?.index ?? []).toSorted((a, b) => a - b);
  const counts = [canaries, ...[1 / 3, 2 / 3, 1].map((share) => Math.ceil(actions.length * share))];
  return [
    ...actions.map(({ seq }) => seq),
    resumedAt ?? 0,
    incidentAt ?? 0,
    ...counts.flatMap((count) => ends[count - 1] ?? []),
    ...stopsIn(actions, { ends, resumedAt: resumedAt ?? 0 }),
  ].reduce((one, other) => Math.max(one, other), 0);
}

/** The first bad end that no person has answered, and the last end once nothing runs after it. */
function stopsIn(
  actions: readonly Authorisation[],
  { ends, resumedAt }: { readonly ends: readonly number[]; readonly resumedAt: number },
): readonly number[] {
  const bad = actions.flatMap((one) =>
    one.end !== null && one.end.index > resumedAt && wentBadly(one) ? one.end.index : [],
  );
  if (bad.length === 0) return [];
  const isOnItsWay = actions.some(({ sentAt, end }) => sentAt !== null && end === null);
  return isOnItsWay ? [bad.reduce((one, other) => Math.min(one, other))] : ends.slice(-1);
}

/** As a rollout sees it: what a person took back had not gone well, and a refusal is bad news. */
export function wentBadly({ entry, end }: Pick<Authorisation, "entry" | "end">): boolean {
  if (end === null) return false;
  if (entry.mode === "rollback") return true;
  return !endedWell(end) && (!isIdle(end) || end.how.startsWith("refused:"));
}
