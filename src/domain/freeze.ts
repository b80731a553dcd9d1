/**
 * Is this step frozen now, or outside its site's window?
 *
 * A freeze holds while `from ≤ now < until`; a date is 00:00 in its zone, by default the site's.
 * Only planned steps wait for freezes and windows, and a recovery never does. What cannot be
 * computed (an unknown zone) waits.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { FleetConfig, Freeze, Rollout, Weekday } from "../contract/fleet-config.ts";
import { isStep } from "./planned.ts";
import { selects } from "./selection.ts";
import { instantsOf, type WallClock, wallClock } from "./zoned-time.ts";

/** The names of the freezes that hold the change; empty for a change without steps. */
export function freezesOf(config: FleetConfig, change: ChangeFacts, now: number): string[] {
  if (!isStep(change)) return [];
  return config.freezes
    .filter((freeze) => selects(freeze.when, change) !== false)
    .filter((freeze) => !isAllowed(freeze, change) && isOn(freeze, change, now))
    .map(({ name }) => name);
}

function isAllowed(freeze: Freeze, { kind }: ChangeFacts): boolean {
  return freeze.allow.some((exception) => exception === kind);
}

/** Written so that a boundary that could not be computed (NaN) is on. */
function isOn(freeze: Freeze, change: ChangeFacts, now: number): boolean {
  const zone = freeze.zone ?? change.timezone ?? "";
  const from = instantsOf(freeze.from, zone).first;
  const until = instantsOf(freeze.until, zone).last;
  return !(now < from) && !(now >= until);
}

const weekdays: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Whether actions may start on the change's site now; without a window always. */
export function isInWindow(rollout: Rollout, change: ChangeFacts, now: number): boolean {
  const { window } = rollout;
  if (window === undefined) return true;
  const clock = wallClock(now, change.timezone ?? "");
  if (clock === null) return false;
  const [from, until] = [minutesOf(window.from), minutesOf(window.until)];
  const minute = clock.minuteOfDay;
  if (from < until) return minute >= from && minute < until && isOnDay(window.days, clock, 0);
  // Past midnight the window belongs to the day on which it began.
  return minute >= from
    ? isOnDay(window.days, clock, 0)
    : minute < until && isOnDay(window.days, clock, -1);
}

function isOnDay(days: readonly Weekday[], clock: WallClock, shift: 0 | -1): boolean {
  const day = weekdays[(clock.weekday + shift + 7) % 7];
  return day !== undefined && days.includes(day);
}

function minutesOf(time: string): number {
  const [hours = "", minutes = ""] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}
