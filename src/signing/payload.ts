/**
 * The token profile's inner layer: a payload that every JSON parser reads alike and that
 * serialises back to the same bytes. Source: docs/protocol.md, "Tokens".
 */
import type { Json, JsonObject } from "./canonical.ts";

/** Any printable ASCII but the backslash, so that no string has a second spelling. */
const PLAIN_TEXT = /^[ -[\]-~]*$/u;
/** PHP turns such keys into integers, and would then sort and serialise them differently. */
const INTEGER_LIKE = /^-?[0-9]+$/u;
const MAX_DEPTH = 3;

/** The payload's object, or `undefined` where it leaves the profile. */
export function parsePayload(bytes: Buffer): JsonObject | undefined {
  const text = bytes.toString("latin1");
  if (!PLAIN_TEXT.test(text)) return undefined;
  const value = parseExactly(text);
  return isPlainObject(value) && isProfiled(value, 1) ? value : undefined;
}

/** Parsing and serialising again must give the same bytes: no duplicates, no white space. */
function parseExactly(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `depth` is that of `value` itself, where it is a list or an object. */
function isProfiled(value: Json, depth: number): boolean {
  if (typeof value === "string") return true;
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0;
  if (typeof value === "boolean" || value === null || depth > MAX_DEPTH) return false;
  if (isList(value)) return value.every((item) => isProfiled(item, depth + 1));
  return (
    areSortedNames(Object.keys(value)) &&
    Object.values(value).every((item) => isProfiled(item, depth + 1))
  );
}

function areSortedNames(names: readonly string[]): boolean {
  if (names.length === 0) return false;
  return names.every((name, index) => {
    const before = names[index - 1];
    return !INTEGER_LIKE.test(name) && (before === undefined || before < name);
  });
}

export function isPlainObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
