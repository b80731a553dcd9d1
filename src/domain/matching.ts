/**
 * Distinct people for the seats of a plan: a maximum matching, not first come.
 *
 * A person fills one seat at most. Seats are tried in their order and a filled seat stays filled,
 * so the answer is the same for the same seats and people, in whatever order people are listed.
 */

/** For each seat the person who fills it, or `null`. No other assignment fills more seats. */
export function assignSeats(seats: readonly ReadonlySet<number>[]): (number | null)[] {
  const fillers: (number | null)[] = seats.map(() => null);
  const seatOf = new Map<number, number>();
  const candidates = seats.map((people) => [...people].toSorted((a, b) => a - b));

  const fill = (seat: number, tried: Set<number>): boolean => {
    for (const person of candidates[seat] ?? []) {
      if (tried.has(person)) continue;
      tried.add(person);
      const taken = seatOf.get(person);
      if (taken !== undefined && !fill(taken, tried)) continue;
      seatOf.set(person, seat);
      fillers[seat] = person;
      return true;
    }
    return false;
  };
  for (const seat of seats.keys()) fill(seat, new Set());
  return fillers;
}
