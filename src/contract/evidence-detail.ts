/** The texts beside evidence and receipts, as a connector writes them. Untrusted until parsed. */
import { z } from "zod";
import { Digest } from "./ids.ts";
import { LiveState } from "./plan.ts";

export const EvidenceLevel = z.enum(["proved", "declared", "unknown", "failed"]);
export type EvidenceLevel = z.infer<typeof EvidenceLevel>;

/** One measured or declared fact about a site, with when it was measured. */
export const EvidenceItem = z.strictObject({
  id: z.string().max(40),
  level: EvidenceLevel,
  /** Unix seconds. */
  at: z.int().min(0),
  value: z.string().max(500),
});
export type EvidenceItem = z.infer<typeof EvidenceItem>;

/** What is used of the text beside a receipt; the rest is for people, at the site. */
export const ReceiptDetail = z.object({
  /** The database has other tables or columns than before; `null`: nobody looked. */
  schemaChanged: z.boolean().nullable().exactOptional(),
});

/** Beside evidence that answers `readiness`. */
export const ReadinessDetail = z.strictObject({
  version: z.literal(1),
  items: z.array(EvidenceItem).max(50),
  /** In the order of the plan's targets. */
  live: z.array(LiveState).max(500),
  /** Digest of the RFC 8785 text of `live`. */
  pre: Digest,
});
export type ReadinessDetail = z.infer<typeof ReadinessDetail>;
