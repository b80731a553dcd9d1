/** How people write time in configuration. Zones are IANA names; a day is 24 hours. */
import { z } from "zod";

/** A length of time in whole seconds. */
export const Seconds = z.int().min(0).brand<"Seconds">();
export type Seconds = z.infer<typeof Seconds>;

const SECONDS_PER: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90s`, `60m`, `24h`, `7d`; `undefined` where the text is none of these. */
export function parseDuration(text: string): Seconds | undefined {
  const [, digits, unit] = /^([0-9]{1,6})([smhd])$/u.exec(text) ?? [];
  const factor = SECONDS_PER[unit ?? ""];
  if (digits === undefined || factor === undefined) return undefined;
  return Seconds.parse(Number(digits) * factor);
}

/** A duration as text, at least a second and at most `max` seconds; parsed to seconds. */
export function duration(limit: { readonly max: string }) {
  const most = parseDuration(limit.max) ?? 0;
  return z
    .string()
    .regex(/^[0-9]{1,6}[smhd]$/u, `a duration such as 90s, 60m, 24h or 7d`)
    .transform((text, context) => {
      const seconds = parseDuration(text);
      if (seconds !== undefined && seconds >= 1 && seconds <= most) return seconds;
      context.addIssue({ code: "custom", message: `a duration from 1s to ${limit.max}` });
      return z.NEVER;
    });
}

const knownZones = new Set<string>(["UTC"]);

/** Whether the runtime's zone data knows the IANA name; offsets such as `+01:00` are no names. */
export function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/u.test(name)) return false;
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    return false;
  }
  knownZones.add(name);
  return true;
}

export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, "an IANA time zone such as Europe/Berlin")
  .brand<"TimeZone">();
export type TimeZone = z.infer<typeof TimeZone>;

/**
 * A wall-clock moment (`2026-11-25`, which is 00:00, or `2026-11-25T22:00`), to be read in a zone,
 * or an instant when it ends with `Z` or an offset.
 */
export const LocalTime = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/u,
    "a date (2026-11-25) or a date and time (2026-11-25T22:00)",
  )
  .refine(isCalendarTime, "no such day or time of day")
  .brand<"LocalTime">();
export type LocalTime = z.infer<typeof LocalTime>;

/** Whether the moment stands for itself, without a zone. */
export function isInstant(time: string): boolean {
  return /T.*(Z|[+-]\d\d:\d\d)$/u.test(time);
}

/** Whether `from` lies before `until`; both in one zone, or both instants. */
export function isBefore(from: string, until: string): boolean {
  return secondsOf(from) < secondsOf(until);
}

/** `HH:MM` on a 24-hour clock. */
export const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/u, "a time of day such as 02:00, in quotes");
export type TimeOfDay = z.infer<typeof TimeOfDay>;

function isCalendarTime(time: string): boolean {
  const [year, month, day] = numbersOf(time.slice(0, 10), "-");
  const [hour, minute, second] = numbersOf(time.slice(11, 19).replace(/[Z+-].*$/u, ""), ":");
  const [offsetHour, offsetMinute] = offsetOf(time);
  return (
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysIn(year, month) &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    Math.abs(offsetHour) <= 14 &&
    offsetMinute < 60
  );
}

function daysIn(year: number, month: number): number {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function numbersOf(text: string, separator: string): [number, number, number] {
  const [a = "0", b = "0", c = "0"] = text.split(separator);
  return [Number(a), Number(b), Number(c)];
}

function offsetOf(time: string): [number, number] {
  const [, sign, hours = "0", minutes = "0"] = /([+-])(\d\d):(\d\d)$/u.exec(time.slice(10)) ?? [];
  return [Number(hours) * (sign === "-" ? -1 : 1), Number(minutes)];
}

/** Seconds since 1970 of the wall clock, minus the offset where there is one. */
function secondsOf(time: string): number {
  const [year, month, day] = numbersOf(time.slice(0, 10), "-");
  const [hour, minute, second] = numbersOf(time.slice(11, 19).replace(/[Z+-].*$/u, ""), ":");
  const [offsetHour, offsetMinute] = offsetOf(time);
  const offset = offsetHour * 3600 + (offsetHour < 0 ? -1 : 1) * offsetMinute * 60;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset;
}
