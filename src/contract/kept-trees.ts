/** What the control plane keeps of a site's files: a memory of its own making, read as strictly. */
import { z } from "zod";
import { Digest } from "./ids.ts";

export const KeptTrees = z.strictObject({
  /** Of the pairing: a site that was paired anew begins anew. */
  epoch: z.int(),
  /** Digest of the question that told the site its `volatile` globs. */
  globs: z.string(),
  trees: z.array(z.strictObject({ target: z.string(), version: z.string(), tree: Digest })),
});
export type KeptTrees = z.infer<typeof KeptTrees>;

/** The `volatile` globs in the `arg` of an inventory question, in either of its forms. */
export const Globs = z.union([
  z.array(z.string()),
  z.object({ volatile: z.array(z.string()) }).transform(({ volatile }) => volatile),
]);
