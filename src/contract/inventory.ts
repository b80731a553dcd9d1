/** What a site says it has: the text beside its evidence, before anything of it is believed. */
import { z } from "zod";

const Item = z.object({
  slug: z.string(),
  version: z.string().nullable(),
  state: z.string(),
  /** Digest of its files; `unknown` where a link is among them, `null` where it has no folder. */
  tree: z.string().nullable().exactOptional(),
});

/** Further members are of later versions, and are passed over. */
export const Inventory = z.object({
  version: z.literal(1),
  home: z.string(),
  core: z.object({ version: z.string() }),
  plugins: z.array(Item.extend({ file: z.string() })).max(2000),
  themes: z.array(Item).max(500),
  /** Values of options that desired state may name; older connectors tell none. */
  options: z.record(z.string().max(64), z.union([z.string().max(2000), z.int()])).exactOptional(),
  /** Who changed what there last, by the number of the WordPress user, 0 for nobody: a hint. */
  touched: z
    .array(z.object({ target: z.string(), at: z.int().min(0), by: z.int().min(0) }))
    .max(200)
    .exactOptional(),
});
export type Inventory = z.infer<typeof Inventory>;
