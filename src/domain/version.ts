/**
 * Versions as WordPress compares them. They are not SemVer: `1.0` and `1.0.0` differ, and WordPress
 * itself counts `7.0` to `7.1` as a major step. Source: PHP's `version_compare`, for versions of
 * digits and dots; test/vectors/plan/version-compare.json holds PHP's own answers.
 */
import type { Version } from "../contract/ids.ts";
import type { StepSize } from "../contract/planned-change.ts";
import type { Direction } from "../contract/policy-rule.ts";

/** PHP reads each part as a 64-bit integer: larger ones are all the same. */
const LARGEST_PART = 2n ** 63n - 1n;
const SAFE_DIGITS = 15;

/** -1, 0 or 1, as `version_compare(a, b)` answers. */
export function compareVersions(a: Version, b: Version): -1 | 0 | 1 {
  if (a === b) return 0;
  const [left, right] = [a.split("."), b.split(".")];
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareParts(part, other);
    if (order !== 0) return order;
  }
  return right.length > left.length ? -1 : 0;
}

function compareParts(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [partValue(a), partValue(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function partValue(part: string): number | bigint {
  if (part.length <= SAFE_DIGITS) return Number(part);
  const value = BigInt(part);
  if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
  return value > LARGEST_PART ? LARGEST_PART : value;
}

/** Whether one is a later release of the other's branch: 7.1.3 of 7.1, as WordPress patches itself. */
export function isLaterPatch(version: Version, of: Version): boolean {
  const branch = (text: Version): string => text.split(".").slice(0, 2).join(".");
  return branch(version) === branch(of) && compareVersions(version, of) > 0;
}

export interface VersionStep {
  readonly direction: Direction;
  readonly size: StepSize;
  /** How many major versions lie between the two, in either direction. */
  readonly majors: number;
}

export const NO_STEP: VersionStep = { direction: "none", size: "none", majors: 0 };

/** The step between two versions of a plugin, a theme or the connector. */
export function packageStep(from: Version, to: Version): VersionStep {
  const direction = directionOf(from, to);
  if (direction === "same") return { direction, size: "none", majors: 0 };
  const [a, b] = [partsOf(from), partsOf(to)];
  if (a.first !== b.first) return { direction, size: "major", majors: distance(a.first, b.first) };
  return { direction, size: a.second === b.second ? "patch" : "minor", majors: 0 };
}

/** The step between two versions of WordPress: `7.0` to `7.1` is major, `7.1` to `7.1.1` a patch. */
export function coreStep(from: Version, to: Version): VersionStep {
  const direction = directionOf(from, to);
  if (direction === "same") return { direction, size: "none", majors: 0 };
  const [a, b] = [partsOf(from), partsOf(to)];
  const majors = distance(a.first * 10 + a.second, b.first * 10 + b.second);
  return { direction, size: majors === 0 ? "patch" : "major", majors };
}

function directionOf(from: Version, to: Version): "up" | "down" | "same" {
  const order = compareVersions(from, to);
  if (order === 0) return "same";
  return order < 0 ? "up" : "down";
}

function partsOf(version: Version): { first: number; second: number } {
  const [first = "0", second = "0"] = version.split(".");
  return { first: Number(first), second: Number(second) };
}

/** Capped, so that a year as a version does not overflow anything. */
function distance(a: number, b: number): number {
  return Math.min(Math.abs(a - b), 1_000_000);
}
