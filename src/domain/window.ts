/**
 * Maintenance windows in each site's own zone: open while `from ≤ now < until` on the named days.
 * One that passes midnight belongs to the day on which it began. In an unknown zone none is open.
 */
import type { Rollout, Weekday } from "../contract/fleet-config.ts";
import { type WallClock, wallClock } from "./zoned-time.ts";

type Window = NonNullable<Rollout["window"]>;

const weekdays: readonly Weekday[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const minute = 60;
const hour = 3600;
const day = 24 * hour;

/** Whether actions may start at a site now, Unix seconds; without a window always. */
export function isWindowOpen(
  window: Window | undefined,
  timezone: string | null,
  now: number,
): boolean {
  if (window === undefined) return true;
  const clock = wallClock(now, timezone ?? "");
  if (clock === null) return false;
  const [from, until] = [minutesOf(window.from), minutesOf(window.until)];
  const { minuteOfDay } = clock;
  if (from < until) {
    return minuteOfDay >= from && minuteOfDay < until && isOnDay(window.days, clock, 0);
  }
  return minuteOfDay >= from
    ? isOnDay(window.days, clock, 0)
    : minuteOfDay < until && isOnDay(window.days, clock, -1);
}

/**
 * When a window that is shut opens: a moment at which it is open, and at most an hour after it
 * opened where clocks change that night. `null` in an unknown zone, and where it opens on none of the
 * next eight days.
 */
export function nextOpening(window: Window, timezone: string | null, now: number): number | null {
  const clock = wallClock(now, timezone ?? "");
  if (clock === null) return null;
  const ahead = (minutesOf(window.from) - clock.minuteOfDay) * minute - (now % minute);
  for (let days = -1; days <= 8; days += 1) {
    const moment = now + ahead + days * day;
    // The zone's clock may be an hour ahead by then, or behind.
    for (const candidate of [moment - hour, moment, moment + hour]) {
      if (candidate > now && isWindowOpen(window, timezone, candidate)) return candidate;
    }
  }
  return null;
}

function isOnDay(days: readonly Weekday[], clock: WallClock, shift: 0 | -1): boolean {
  const name = weekdays[(clock.weekday + shift + 7) % 7];
  return name !== undefined && days.includes(name);
}

function minutesOf(time: string): number {
  const [hours = "", minutes = ""] = time.split(":");
  return Number(hours) * 60 + Number(minutes);
}
