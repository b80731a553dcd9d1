/**
 * RFC 8785 (JSON Canonicalization Scheme): one text per JSON value, so that a digest of the text
 * is a digest of the value.
 */
import canonicalize from "canonicalize";
import { CountersignError } from "../errors.ts";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * The RFC 8785 text of a value.
 * @throws CountersignError `not_canonical` for what has none: NaN, infinities, lone surrogates.
 */
export function canonicalText(value: Json): string {
  const text = serialise(value);
  if (text !== undefined) return text;
  throw new CountersignError("not_canonical", "A value has no RFC 8785 text.", {
    hint: "Only finite numbers, well-formed strings, lists and objects can be signed.",
  });
}

/** The value of an RFC 8785 text; `undefined` where the text is anything else. */
export function parseCanonical(text: string): Json | undefined {
  const value = parseJson(text);
  return value !== undefined && serialise(value) === text ? value : undefined;
}

function serialise(value: Json): string | undefined {
  try {
    return canonicalize(value);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
