import { describe, expect, it } from "vitest";
import { ChangeFacts } from "../../src/contract/facts-range.ts";
import { freezesOf, isInWindow } from "../../src/domain/freeze.ts";
import { instantsOf, wallClock } from "../../src/domain/zoned-time.ts";
import { change, config, POLICY } from "../support/facts-builder.ts";

const seconds = (time: string) => Date.parse(time) / 1000;
const parsed = (over = {}) => ChangeFacts.parse(change(over));

describe("a time in a zone", () => {
  it.each<[string, string, string]>([
    ["2026-11-25", "Europe/Berlin", "2026-11-24T23:00:00Z"],
    ["2026-07-25T10:30", "Europe/Berlin", "2026-07-25T08:30:00Z"],
    ["2026-07-25T10:30:15", "America/New_York", "2026-07-25T14:30:15Z"],
    ["2026-07-25T10:30Z", "America/New_York", "2026-07-25T10:30:00Z"],
    ["2026-07-25T10:30+02:00", "UTC", "2026-07-25T08:30:00Z"],
    ["2026-11-25", "Pacific/Kiritimati", "2026-11-24T10:00:00Z"],
    // Lebanon's midnight does not exist on the day its clocks go forward.
    ["2026-03-29", "Asia/Beirut", "2026-03-28T22:00:00Z"],
    ["2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"],
  ])("%s in %s is %s", (time, zone, instant) => {
    expect(instantsOf(time, zone)).toEqual({ first: seconds(instant), last: seconds(instant) });
  });

  it("that happens twice has both instants", () => {
    expect(instantsOf("2026-10-25T02:30", "Europe/Berlin")).toEqual({
      first: seconds("2026-10-25T00:30:00Z"),
      last: seconds("2026-10-25T01:30:00Z"),
    });
  });

  it("in an unknown zone is no number", () => {
    expect(instantsOf("2026-11-25", "Nowhere/Else").first).toBeNaN();
    expect(wallClock(0, "Nowhere/Else")).toBeNull();
    expect(wallClock(Number.NaN, "UTC")).toBeNull();
  });

  it("is shown by the wall clock with its weekday", () => {
    expect(wallClock(seconds("2026-11-24T23:30:00Z"), "Europe/Berlin")).toEqual({
      weekday: 3,
      minuteOfDay: 30,
    });
    expect(wallClock(-86_400 * 5, "UTC")).toEqual({ weekday: 6, minuteOfDay: 0 });
  });
});

describe("a freeze", () => {
  const freezes = (text: string) =>
    config(`${POLICY}freezes:\n  - { name: f, ${text}, reason: r, owner: carol }\n`);
  const isFrozen = (text: string, time: string, over = {}) =>
    freezesOf(freezes(text), parsed(over), seconds(time)).length > 0;
  const berlin = "from: 2026-11-25, until: 2026-12-01, zone: Europe/Berlin";

  it.each<[string, boolean]>([
    ["2026-11-24T22:59:59Z", false],
    ["2026-11-24T23:00:00Z", true],
    ["2026-11-30T22:59:59Z", true],
    ["2026-11-30T23:00:00Z", false],
  ])("holds while from ≤ now < until, a date being 00:00 in its zone: %s %s", (time, frozen) => {
    expect(isFrozen(berlin, time)).toBe(frozen);
  });

  it("without a zone follows each site's own", () => {
    const own = "from: 2026-11-25, until: 2026-12-01";
    expect(isFrozen(own, "2026-11-24T23:00:00Z")).toBe(true);
    expect(isFrozen(own, "2026-11-24T23:00:00Z", { timezone: "UTC" })).toBe(false);
    expect(isFrozen(own, "2026-11-25T00:00:00Z", { timezone: "UTC" })).toBe(true);
  });

  it.each([null, "Nowhere/Else"])("in a zone that cannot be computed (%s) is on", (timezone) => {
    expect(
      isFrozen("from: 2020-01-01, until: 2020-01-02", "2026-11-25T00:00:00Z", { timezone }),
    ).toBe(true);
  });

  it("across daylight saving begins at the first and ends at the last of two equal times", () => {
    const night = "from: 2026-10-25T02:30, until: 2026-10-25T02:45, zone: Europe/Berlin";
    expect(isFrozen(night, "2026-10-25T00:29:59Z")).toBe(false);
    expect(isFrozen(night, "2026-10-25T00:30:00Z")).toBe(true);
    expect(isFrozen(night, "2026-10-25T01:44:59Z")).toBe(true);
    expect(isFrozen(night, "2026-10-25T01:45:00Z")).toBe(false);
  });

  it("holds only what it selects, and what may be selected where a fact is unread", () => {
    const staging = `${berlin}, when: { tier: staging }`;
    expect(isFrozen(staging, "2026-11-26T00:00:00Z")).toBe(false);
    expect(isFrozen(staging, "2026-11-26T00:00:00Z", { tier: "staging" })).toBe(true);
    expect(isFrozen(staging, "2026-11-26T00:00:00Z", { tier: null })).toBe(true);
  });

  it("lets through the kinds it allows, and changes without steps", () => {
    const some = `${berlin}, allow: [rollback, plugin.update]`;
    expect(isFrozen(some, "2026-11-26T00:00:00Z")).toBe(false);
    expect(isFrozen(some, "2026-11-26T00:00:00Z", { kind: "theme.update" })).toBe(true);
    expect(isFrozen(berlin, "2026-11-26T00:00:00Z", { kind: "policy.change" })).toBe(false);
  });

  it("holds when the time is no number", () => {
    expect(freezesOf(freezes(berlin), parsed(), Number.NaN)).toEqual(["f"]);
  });
});

describe("a window", () => {
  const window = (text: string) => config(`${POLICY}rollout: { window: { ${text} } }\n`).rollout;
  const isOpen = (text: string, time: string, over = {}) =>
    isInWindow(window(text), parsed(over), seconds(time));
  const tuesday = 'days: [tue], from: "02:00", until: "05:00"';

  it("is open without one", () => {
    expect(isInWindow(config().rollout, parsed(), 0)).toBe(true);
  });

  it.each<[string, boolean]>([
    ["2026-11-24T00:59:59Z", false],
    ["2026-11-24T01:00:00Z", true],
    ["2026-11-24T03:59:59Z", true],
    ["2026-11-24T04:00:00Z", false],
    ["2026-11-25T02:00:00Z", false],
  ])(
    "is open from its first to before its last minute, in the site's zone: %s %s",
    (time, open) => {
      expect(isOpen(tuesday, time)).toBe(open);
    },
  );

  it("past midnight belongs to the day on which it began", () => {
    const night = 'days: [tue], from: "22:00", until: "05:00"';
    const utc = { timezone: "UTC" };
    expect(isOpen(night, "2026-11-24T23:00:00Z", utc)).toBe(true);
    expect(isOpen(night, "2026-11-25T04:59:00Z", utc)).toBe(true);
    expect(isOpen(night, "2026-11-25T05:00:00Z", utc)).toBe(false);
    expect(isOpen(night, "2026-11-24T04:00:00Z", utc)).toBe(false);
    expect(isOpen('days: [sat], from: "22:00", until: "05:00"', "2026-11-22T01:00:00Z", utc)).toBe(
      true,
    );
  });

  it("in an unknown zone is shut", () => {
    expect(isOpen(tuesday, "2026-11-24T02:00:00Z", { timezone: null })).toBe(false);
  });
});
