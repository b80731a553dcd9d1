/** What is kept of each site's files: a memory that the next inventory is held against. */
import type { SiteId } from "../contract/ids.ts";
import { Inventory } from "../contract/inventory.ts";
import { KeptTrees } from "../contract/kept-trees.ts";
import { type ChangedTree, compareTrees, treesOf } from "../domain/changed-trees.ts";
import { canonicalText, parseCanonical } from "../signing/canonical.ts";
import type { Fleet } from "./fleet.ts";

/** What of the newest inventory is not as it was. */
export async function changedTreesOf(fleet: Fleet, site: SiteId): Promise<readonly ChangedTree[]> {
  const kept = await keptTrees(fleet, site);
  const newest = await fleet.store.inventory(fleet.repository.id, site);
  const told = newest === null ? null : inventoryIn(newest.text);
  return kept === null || told === null ? [] : compareTrees(kept.trees, treesOf(told)).changed;
}

/** `null` where it is no inventory. */
export function inventoryIn(text: string): Inventory | null {
  return Inventory.safeParse(parseCanonical(text)).data ?? null;
}

export async function keptTrees(fleet: Fleet, site: SiteId): Promise<KeptTrees | null> {
  const text = await fleet.store.trees(fleet.repository.id, site);
  return text === null ? null : (KeptTrees.safeParse(parseCanonical(text)).data ?? null);
}

export function keepTrees(fleet: Fleet, site: SiteId, kept: KeptTrees): Promise<void> {
  return fleet.store.keepTrees(fleet.repository.id, site, canonicalText(kept));
}
