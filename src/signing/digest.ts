/** Digests: `sha256:` and 64 lower-case hex digits, over exact bytes. */
import { createHash } from "node:crypto";
import { Digest } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { canonicalText, type Json } from "./canonical.ts";

/**
 * The digest of a text's UTF-8 bytes.
 * @throws CountersignError `not_canonical` for lone surrogates: they have no UTF-8, and replacing
 * them would give two texts one digest.
 */
export function digestOfText(text: string): Digest {
  if (text.isWellFormed()) return digestOfBytes(Buffer.from(text, "utf8"));
  throw new CountersignError("not_canonical", "A text with lone surrogates has no digest.", {
    hint: "The text is not valid Unicode; it was damaged before it came here.",
  });
}

export function digestOfBytes(bytes: Uint8Array): Digest {
  return asDigest(sha256(bytes));
}

/** The digest of a value's RFC 8785 text. */
export function digestOfJson(value: Json): Digest {
  return digestOfText(canonicalText(value));
}

/** A SHA-256 hash, already computed, in the form that claims and entries use. */
export function asDigest(hash: Buffer): Digest {
  return Digest.parse(`sha256:${hash.toString("hex")}`);
}

/** The 32 bytes that a digest names. */
export function hashOf(digest: Digest): Buffer {
  return Buffer.from(digest.slice("sha256:".length), "hex");
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Where there is nothing to name; also the RFC 6962 root of an empty tree. */
export const EMPTY_DIGEST: Digest = digestOfText("");
