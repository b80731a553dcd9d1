/**
 * Who fills the seats of a plan, and could they be filled at all?
 *
 * Requirements of distinct people share one maximum matching; a gate with `distinct: false` uses
 * no seats and is judged for itself. A gate whose glass is broken needs none.
 */
import type { Demand } from "./candidates.ts";
import { assignSeats } from "./matching.ts";

export interface Filled {
  readonly demand: Demand;
  readonly filledBy: readonly number[];
  readonly missing: number;
}

/** @param people who may fill each demand, in the demands' order. */
export function fillSeats(
  demands: readonly Demand[],
  people: readonly ReadonlySet<number>[],
): Filled[] {
  const seats = demands.flatMap(({ requirement }, index) =>
    requirement.distinct ? Array.from({ length: requirement.count }, () => index) : [],
  );
  const fillers = assignSeats(seats.map((index) => people[index] ?? new Set()));
  return demands.map((demand, index) => {
    const { distinct, count } = demand.requirement;
    const filledBy = distinct
      ? fillers.filter((person, seat) => person !== null && seats[seat] === index)
      : [...(people[index] ?? [])].toSorted((a, b) => a - b).slice(0, count);
    const present = filledBy.flatMap((person) => person ?? []).toSorted((a, b) => a - b);
    return { demand, filledBy: present, missing: count - present.length };
  });
}
