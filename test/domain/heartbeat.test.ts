import { describe, expect, it } from "vitest";
import { heartbeatItem, intervalOf, isLate } from "../../src/domain/heartbeat.ts";

const now = 1_760_000_000;
const beat = { at: now, every: 300, answeredAt: 0, missedAt: null };

describe("isLate", () => {
  it("gives two intervals and a minute, to the second", () => {
    expect(isLate({ at: now - 660, every: 300 }, now)).toBe(false);
    expect(isLate({ at: now - 661, every: 300 }, now)).toBe(true);
  });
  it("takes a time that is no number for late", () => {
    expect(isLate({ at: NaN, every: 300 }, now)).toBe(true);
  });
  it.each([
    [0, 60],
    [59, 60],
    [3600, 3600],
    [1e9, 3600],
  ])("reads %i s between beats as %i", (every, seconds) => {
    expect(intervalOf({ every })).toBe(seconds);
  });
});

describe("heartbeatItem", () => {
  it("is proved as of the newest sign of life", () => {
    expect(heartbeatItem(beat, now)).toMatchObject({ level: "proved", at: now, value: "" });
    const asked = { ...beat, at: now - 9000, answeredAt: now - 5 };
    expect(heartbeatItem(asked, now)).toMatchObject({
      level: "proved",
      at: now - 5,
      value: "late, but it answers",
    });
  });
  it("fails only once a question got no answer", () => {
    const late = { ...beat, at: now - 9000 };
    expect(heartbeatItem(late, now).level).toBe("proved");
    expect(heartbeatItem({ ...late, missedAt: now - 1 }, now)).toMatchObject({
      level: "failed",
      at: now - 1,
      value: `silent since ${new Date((now - 9000) * 1000).toISOString()}`,
    });
  });
  it("is proved again by what came after that", () => {
    expect(heartbeatItem({ ...beat, missedAt: now - 1 }, now).level).toBe("proved");
  });
  it("is unknown of a site that never sent one", () => {
    expect(heartbeatItem(null, now)).toMatchObject({ level: "unknown", at: now });
  });
});
