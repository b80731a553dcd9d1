/**
 * The rules that every fleet has, each with a switch in `builtin:` of countersign.yml. A rule of
 * `rules:` with the same id replaces the built-in one. What each asserts: domain/policy-builtin.ts.
 */
import { z } from "zod";
import { Digest } from "./ids.ts";
import { Enforcement } from "./policy-rule.ts";

export const BuiltinId = z.enum([
  "release-age",
  "package-locked",
  "package-matches-source",
  "source-allowed",
  "package-size",
  "no-downgrade",
  "one-major",
  "blast-radius",
  "known-bad",
  "vulnerable",
  "requirements",
  "no-secrets",
  "by-machine",
  "no-fork",
  "staging-first",
]);
export type BuiltinId = z.infer<typeof BuiltinId>;

export const Switch = z.enum([...Enforcement.options, "off"]);
export type Switch = z.infer<typeof Switch>;

/** `builtin:` of countersign.yml: another enforcement, or `off`. */
export const Builtin = z.partialRecord(BuiltinId, Switch);
export type Builtin = z.infer<typeof Builtin>;

/** Bytes that failed somewhere and that people looked into: `cleared:` of countersign.yml. */
export const ClearedPackage = z.strictObject({
  sha256: Digest,
  reason: z.string().min(1).max(500),
});
export type ClearedPackage = z.infer<typeof ClearedPackage>;
