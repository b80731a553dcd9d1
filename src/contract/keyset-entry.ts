/** Lines of the audit log about the control plane's keys. */
import { z } from "zod";
import { Instant, Kid, NumericId, SiteId } from "./ids.ts";

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
});
