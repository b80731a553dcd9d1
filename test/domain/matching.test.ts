import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignSeats } from "../../src/domain/matching.ts";

const seatLists = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 7 }), {
  maxLength: 7,
});

/** By trying everything: how many seats can be filled at most. */
function mostSeats(seats: readonly number[][], taken: readonly number[] = []): number {
  const [first, ...rest] = seats;
  if (first === undefined) return 0;
  const free = first.filter((person) => !taken.includes(person));
  const filled = free.map((person) => 1 + mostSeats(rest, [...taken, person]));
  return Math.max(mostSeats(rest, taken), ...filled);
}
const assign = (seats: number[][]) => assignSeats(seats.map((people) => new Set(people)));

describe("assignSeats", () => {
  it("moves a person on when that fills one seat more", () => {
    expect(assign([[1, 2], [1]])).toEqual([2, 1]);
    expect(assign([[1, 2], [1, 3], [1]])).toEqual([2, 3, 1]);
  });

  it("leaves a seat empty rather than use a person twice", () => {
    expect(assign([[1], [1], []])).toEqual([1, null, null]);
  });

  it("fills as many seats as can be filled", () => {
    fc.assert(
      fc.property(seatLists, (seats) => {
        const filled = assign(seats).filter((person) => person !== null);
        expect(filled).toHaveLength(mostSeats(seats));
      }),
    );
  });

  it("uses every person once, and only for seats they may fill", () => {
    fc.assert(
      fc.property(seatLists, (seats) => {
        const people = assign(seats);
        const filled = people.filter((person) => person !== null);
        expect(new Set(filled).size).toBe(filled.length);
        for (const [seat, person] of people.entries()) {
          if (person !== null) expect(seats[seat]).toContain(person);
        }
      }),
    );
  });

  it("does not depend on the order in which people are listed", () => {
    fc.assert(
      fc.property(seatLists, (seats) => {
        expect(assign(seats.map((people) => people.toReversed()))).toEqual(assign(seats));
      }),
    );
  });

  it("never loses a filled seat when a person more may fill one", () => {
    fc.assert(
      fc.property(seatLists, fc.nat(6), fc.integer({ min: 1, max: 9 }), (seats, at, person) => {
        const count = (list: number[][]) => assign(list).filter((one) => one !== null).length;
        const more = seats.map((people, index) => (index === at ? [...people, person] : people));
        expect(count(more)).toBeGreaterThanOrEqual(count(seats));
      }),
    );
  });
});
