/**
 * Names that cross a boundary. Each is branded, so that a string becomes one only by its schema.
 * Formats: docs/protocol.md, "Formats".
 */
import { z } from "zod";

/** A site's name in the control repository, without prefix: `acme-shop`. */
export const SiteId = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u, "1 to 63 of a-z, 0-9 and inner hyphens")
  .brand<"SiteId">();
export type SiteId = z.infer<typeof SiteId>;

/** SHA-256 as `sha256:` and 64 lower-case hex digits. */
export const Digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/u, "sha256: and 64 lower-case hex digits")
  .brand<"Digest">();
export type Digest = z.infer<typeof Digest>;

/** A full Git commit id. */
export const CommitSha = z
  .string()
  .regex(/^[0-9a-f]{40}$/u, "40 lower-case hex digits")
  .brand<"CommitSha">();
export type CommitSha = z.infer<typeof CommitSha>;

/** The `sub` of an action: 26 characters of RFC 4648 base32, lower case. */
export const ActionId = z
  .string()
  .regex(/^[a-z2-7]{26}$/u, "26 characters of lower-case base32")
  .brand<"ActionId">();
export type ActionId = z.infer<typeof ActionId>;

/** First 22 characters of a key's RFC 7638 thumbprint. */
export const Kid = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/u, "22 characters of base64url")
  .brand<"Kid">();
export type Kid = z.infer<typeof Kid>;

/** 32 bytes, base64url without padding, spare bits zero: the `x` of an Ed25519 public key. */
export const Bytes32 = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/u, "32 bytes in base64url without padding")
  .brand<"Bytes32">();
export type Bytes32 = z.infer<typeof Bytes32>;

/** GitHub's numeric id of a repository, a person or a team. */
export const NumericId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

/** A plugin's or theme's folder name, as WordPress.org allows it. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9_-]{0,98}[a-z0-9])?$/u, "1 to 100 of a-z, 0-9, inner - and _")
  .brand<"Slug">();
export type Slug = z.infer<typeof Slug>;

/** A software version: 1 to 20 of `0-9` and `.`, beginning and ending with a digit. */
export const Version = z
  .string()
  .max(20)
  .regex(/^[0-9]+(\.[0-9]+)*$/u, "digits and single dots, at most 20 characters")
  .brand<"Version">();
export type Version = z.infer<typeof Version>;

/** A moment as RFC 3339 in UTC with whole seconds: `2026-11-24T20:00:00Z`. */
export const Instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u, "RFC 3339 in UTC with whole seconds");
export type Instant = z.infer<typeof Instant>;
