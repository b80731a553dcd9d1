/** Lines of the audit log about the control plane's keys. */
import { z } from "zod";
import { Bytes32, Digest, Instant, Kid, NumericId, SiteId } from "./ids.ts";

/** Keys that are the same for every site, from one recovery to the next. */
export interface Generation {
  readonly gen: number;
  readonly log: Bytes32;
  readonly recovery: Bytes32;
}

/**
 * The recovery key ended a generation: from this line on the next one's log key signs the head.
 * `size` and `root` are the last head that the generation before may have signed.
 */
export const GenerationEntry = z.strictObject({
  at: Instant,
  gen: z.int().min(2),
  kind: z.literal("generation"),
  log: Bytes32,
  recovery: Bytes32,
  root: Digest,
  size: z.int().min(1),
  /** One of its key-sets: it names these keys, signed by the recovery key of the one before. */
  token: z.string().max(8192),
});

/**
 * The control plane's keys for one site changed: ordered by a person, then in force since the site
 * greeted under them. The keys themselves derive from the seed, or stand in the key-set that left.
 */
export const KeysetEntry = z.strictObject({
  at: Instant,
  by: NumericId.nullable(),
  epoch: z.int().min(1),
  gen: z.int().min(1),
  /** Of the new action key. */
  kid: Kid,
  kind: z.literal("keyset"),
  kver: z.int().min(1),
  phase: z.enum(["ordered", "in_force"]),
  site: SiteId,
  /** Of a new generation: the recovery key's own, since nobody else can make it again. */
  token: z.string().max(8192).exactOptional(),
});
