/**
 * Open proposals that touch the same sites. Neither waits for the other: whichever merges first,
 * the rest are planned anew. People should know before they approve.
 */
import type { Plan } from "../contract/planned-change.ts";
import type { Fleet } from "./fleet.ts";

export interface Neighbour {
  readonly number: number;
  /** Sites that both touch, sorted. */
  readonly sites: readonly string[];
}

/** Remembers what this proposal touches, and tells which others touch it too. */
export function neighboursOf(fleet: Fleet, number: number, { changes }: Plan): Neighbour[] {
  const own = new Set<string>(changes.flatMap(({ site }) => site ?? []));
  fleet.touched.set(number, own);
  return [...fleet.touched]
    .filter(([other]) => other !== number)
    .map(([other, sites]) => ({ number: other, sites: [...own.intersection(sites)].toSorted() }))
    .filter(({ sites }) => sites.length > 0)
    .toSorted((a, b) => a.number - b.number);
}
