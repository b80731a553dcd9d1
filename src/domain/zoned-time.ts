/**
 * Wall clocks of sites: when is `2026-11-25` in Europe/Berlin, and what does the clock say there?
 *
 * Instants are Unix seconds. A zone that the runtime does not know gives NaN, which no comparison
 * lets through. A time that daylight saving skips is moved on by the gap; one that happens twice
 * is given with both instants.
 */
import { isInstant } from "../contract/time-words.ts";

export interface WallClock {
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly minuteOfDay: number;
}

export interface Instants {
  readonly first: number;
  readonly last: number;
}

/** The instants at which the zone's clock shows the time; a date is 00:00. */
export function instantsOf(time: string, zone: string): Instants {
  if (isInstant(time)) return once(Date.parse(time) / 1000);
  const wanted = Date.parse(`${time.length === 10 ? `${time}T00:00` : time}Z`) / 1000;
  const before = offsetSeconds(zone, wanted - 86_400);
  const after = offsetSeconds(zone, wanted + 86_400);
  const both = [wanted - before, wanted - after];
  const shown = both.filter((instant) => instant + offsetSeconds(zone, instant) === wanted);
  if (shown.length === 0) return once(wanted - before);
  return { first: Math.min(...shown), last: Math.max(...shown) };
}

/** What the zone's clock shows at the instant; `null` where the zone is unknown. */
export function wallClock(instant: number, zone: string): WallClock | null {
  const local = instant + offsetSeconds(zone, instant);
  if (Number.isNaN(local)) return null;
  const day = Math.floor(local / 86_400);
  // 1 January 1970 was a Thursday.
  return {
    weekday: (((day + 4) % 7) + 7) % 7,
    minuteOfDay: Math.floor((local - day * 86_400) / 60),
  };
}

function once(instant: number): Instants {
  return { first: instant, last: instant };
}

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** How far the zone's clock is ahead of UTC at the instant. */
function offsetSeconds(zone: string, instant: number): number {
  const format = formatOf(zone);
  if (format === null || !Number.isFinite(instant)) return Number.NaN;
  const parts = format.formatToParts(instant * 1000);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const [year, month, day] = [part("year"), part("month"), part("day")];
  const shown = Date.UTC(year, month - 1, day, part("hour"), part("minute"), part("second"));
  return shown / 1000 - Math.floor(instant);
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = newFormat(zone);
  formats.set(zone, format);
  return format;
}

function newFormat(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return null;
  }
}
