import { describe, expect, it } from "vitest";
import { ReviewFacts } from "../../src/contract/facts-review.ts";
import { reviewsSpoken } from "../../src/domain/reviews.ts";
import { at, ids, review } from "../support/facts-builder.ts";

const seconds = (time: string) => Math.floor(Date.parse(time) / 1000);
const spoken = (reviews: ReturnType<typeof review>[], mergedAt: string | null = null) =>
  reviewsSpoken(
    reviews.map((one) => ReviewFacts.parse(one)),
    mergedAt === null ? null : seconds(mergedAt),
  );

describe("reviewsSpoken", () => {
  it("names of each person the newest decisive review, and of a deleted account, too", () => {
    const older = review("ana", { submittedAt: at(100) });
    const newer = review("ana", { submittedAt: at(200), state: "CHANGES_REQUESTED" });
    const comment = review("ben", { state: "COMMENTED" });
    const ghost = review(null);
    expect(spoken([newer, older, comment, ghost])).toEqual(
      new Map([
        [ids.ana, newer.id],
        [null, ghost.id],
      ]),
    );
  });
  it("names the late approval of whoever said nothing in time", () => {
    const inTime = review("ana", { submittedAt: at(100) });
    const late = [review("ana", { submittedAt: at(400) }), review("ben", { submittedAt: at(400) })];
    expect(spoken([inTime, ...late], at(300))).toEqual(
      new Map([
        [ids.ana, inTime.id],
        [ids.ben, late[1]?.id],
      ]),
    );
  });
});
