/**
 * Some entries of an audit log with what proves them elsewhere, in one file: `countersign audit
 * bundle`. Source: docs/audit.md, "A bundle".
 */
import { z } from "zod";
import { Bytes32, Digest, NumericId } from "./ids.ts";
import { HashPath } from "./log-proof.ts";

export const BundledEntry = z.strictObject({
  /** From the head that a receipt countersigned to the checkpoint; absent for other entries. */
  consistency: HashPath.exactOptional(),
  inclusion: HashPath,
  index: z.int().min(0),
  /** Without its newline. */
  line: z.string(),
});
export type BundledEntry = z.infer<typeof BundledEntry>;

export const LogBundle = z.strictObject({
  checkpoint: z.string(),
  /** In the log's order, the bootstrap first. */
  entries: z.array(BundledEntry).min(1),
  /** The key that the bootstrap names: to be held against `countersign.yml`. */
  log: Bytes32,
  repo: NumericId,
  /** Plans that the entries name, by the digest of their exact text. */
  texts: z.record(Digest, z.string()),
  version: z.literal(1),
});
export type LogBundle = z.infer<typeof LogBundle>;
