/**
 * Distinct people for the seats of a plan: a maximum matching, not first come.
 *
 * A person fills one seat at most. Seats are tried in their order and a filled seat stays filled,
 * so the answer is the same for the same seats and people, in whatever order people are listed.
 */

/** For each seat the person who fills it, or `null`. No other assignment fills more seats. */
export function assignSeats(seats: readonly ReadonlySet<number>[]): (number | null)[] {
  const all = seats.map((people): Seat => ({
    candidates: [...people].toSorted((a, b) => a - b),
    filler: null,
  }));
  const seatOf = new Map<number, Seat>();

  const fill = (seat: Seat, tried: Set<number>): boolean => {
    for (const person of seat.candidates) {
      if (tried.has(person)) continue;
      tried.add(person);
      const taken = seatOf.get(person);
      if (taken !== undefined && !fill(taken, tried)) continue;
      seatOf.set(person, seat);
      seat.filler = person;
      return true;
    }
    return false;
  };
  for (const seat of all) fill(seat, new Set());
  return all.map(({ filler }) => filler);
}

interface Seat {
  readonly candidates: readonly number[];
  filler: number | null;
}
