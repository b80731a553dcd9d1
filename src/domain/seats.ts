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

/** @param peopleOf who may fill a demand. */
export function fillSeats(
  demands: readonly Demand[],
  peopleOf: (demand: Demand) => ReadonlySet<number>,
): Filled[] {
  const able = demands.map((demand) => ({ demand, people: peopleOf(demand) }));
  const seats = able.flatMap(({ demand, people }) => {
    const { distinct, count } = demand.requirement;
    return Array.from({ length: distinct ? count : 0 }, () => ({ demand, people }));
  });
  const fillers = assignSeats(seats.map(({ people }) => people));
  const seated = fillers.map((person, index) => ({ person, demand: seats[index]?.demand }));
  return able.map(({ demand, people }) => {
    const { distinct, count } = demand.requirement;
    const own = seated.flatMap((seat) =>
      seat.demand === demand && seat.person !== null ? [seat.person] : [],
    );
    const present = (distinct ? own : [...people]).toSorted((a, b) => a - b).slice(0, count);
    return { demand, filledBy: present, missing: count - present.length };
  });
}
