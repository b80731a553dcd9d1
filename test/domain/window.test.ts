import { describe, expect, it } from "vitest";
import { isWindowOpen, nextOpening } from "../../src/domain/window.ts";
import { config, POLICY } from "../support/facts-builder.ts";

const seconds = (time: string) => Date.parse(time) / 1000;
const windowOf = (text: string) =>
  config(`${POLICY}rollout: { window: { ${text} } }\n`).rollout.window!;
const berlin = "Europe/Berlin";
const nights = windowOf('days: [tue], from: "22:00", until: "03:00"');
const sundays = windowOf('days: [sun], from: "02:00", until: "03:00"');

describe("a window", () => {
  it("is open on its days, and past midnight still belongs to the day on which it began", () => {
    const open = (time: string) => isWindowOpen(nights, berlin, seconds(time));
    expect(open("2026-11-24T21:00:00Z")).toBe(true);
    expect(open("2026-11-25T01:59:59Z")).toBe(true);
    expect(open("2026-11-25T02:00:00Z")).toBe(false);
    expect(open("2026-11-25T21:00:00Z")).toBe(false);
  });
  it("is open all the time where there is none, and never in an unknown zone", () => {
    expect(isWindowOpen(undefined, null, 0)).toBe(true);
    expect(isWindowOpen(nights, null, seconds("2026-11-24T21:00:00Z"))).toBe(false);
    expect(nextOpening(nights, "Nowhere/Else", 0)).toBeNull();
  });
  it.each<[string, string, string]>([
    ["later the same day", "2026-11-24T12:00:30Z", "2026-11-24T21:00:00Z"],
    ["a week after it shut", "2026-11-25T02:00:00Z", "2026-12-01T21:00:00Z"],
    ["when the clocks went back in between", "2026-10-24T12:00:00Z", "2026-10-27T21:00:00Z"],
    ["when the clocks went forward in between", "2026-03-28T12:00:00Z", "2026-03-31T20:00:00Z"],
  ])("opens %s: %s", (_name, now, opening) => {
    expect(nextOpening(nights, berlin, seconds(now))).toBe(seconds(opening));
    expect(isWindowOpen(nights, berlin, seconds(opening) - 1)).toBe(false);
  });
  it("opens twice in the night in which its hour happens twice, and not where it is skipped", () => {
    expect(isWindowOpen(sundays, berlin, seconds("2026-10-25T00:30:00Z"))).toBe(true);
    expect(isWindowOpen(sundays, berlin, seconds("2026-10-25T01:30:00Z"))).toBe(true);
    expect(nextOpening(sundays, berlin, seconds("2026-03-28T12:00:00Z"))).toBe(
      seconds("2026-04-05T00:00:00Z"),
    );
    expect(nextOpening(sundays, berlin, seconds("2026-03-22T12:00:00Z"))).toBeNull();
  });
});
