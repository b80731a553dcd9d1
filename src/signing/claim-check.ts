/** Does a payload hold exactly the claims of a kind, each of its type? The table decides. */
import {
  CLAIM_TYPES,
  type ClaimsOf,
  type ClaimType,
  FORMATS,
  type Format,
  type FormatWord,
  type Kind,
  KINDS,
  type ScalarType,
} from "../contract/claims.ts";
import type { Json, JsonObject } from "./canonical.ts";
import type { CommonClaims } from "./envelope.ts";
import { isList, isPlainObject } from "./payload.ts";

export function isClaimsOf<K extends Kind>(
  kind: K,
  payload: JsonObject,
): payload is JsonObject & CommonClaims & ClaimsOf<K> {
  const names: readonly (keyof typeof CLAIM_TYPES)[] = KINDS[kind].claims;
  return (
    Object.keys(payload).length === names.length &&
    names.every((name) => hasMember(payload, name, CLAIM_TYPES[name]))
  );
}

function hasMember(object: JsonObject, name: string, type: ClaimType): boolean {
  const value = object[name];
  return value !== undefined && isOfType(value, type);
}

function isOfType(value: Json, type: ClaimType): boolean {
  if (typeof type === "string") return isOfFormat(value, type);
  if ("enum" in type) return typeof value === "string" && type.enum.includes(value);
  const { list, min, max } = type;
  if (!isList(value) || value.length < min || value.length > max) return false;
  return value.every((item) => isPlainObject(item) && hasExactly(item, list));
}

function hasExactly(object: JsonObject, members: Readonly<Record<string, ScalarType>>): boolean {
  const entries = Object.entries(members);
  return (
    Object.keys(object).length === entries.length &&
    entries.every(([name, type]) => hasMember(object, name, type))
  );
}

const PATTERNS = new Map<FormatWord, RegExp>();

function isOfFormat(value: Json, word: FormatWord): boolean {
  const format: Format = FORMATS[word];
  if ("min" in format) return typeof value === "number" && value >= format.min;
  return typeof value === "string" && patternOf(word, format.pattern).test(value);
}

function patternOf(word: FormatWord, pattern: string): RegExp {
  const known = PATTERNS.get(word) ?? new RegExp(`^(?:${pattern})$`, "u");
  PATTERNS.set(word, known);
  return known;
}
