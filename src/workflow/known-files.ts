/** Are a site's files, and where it is, known again? Asked at the site itself, before anybody may release it. */
import type { SiteId } from "../contract/ids.ts";
import type { Inventory } from "../contract/inventory.ts";
import { isAtHome } from "../domain/site-home.ts";
import { ask } from "./ask.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { takeInventory } from "./inventories.ts";
import { changedTreesOf, inventoryIn } from "./known-trees.ts";
import { inventoryArg } from "./tell-managed.ts";

/**
 * The site, asked now, has the files that it had, or its file adopted those that it has. `null`
 * where it does not say.
 */
export async function areFilesKnown(fleet: Fleet, site: SiteId): Promise<boolean | null> {
  if ((await inventoryNow(fleet, site)) === null) return null;
  return (await changedTreesOf(fleet, site)).length === 0;
}

/** The site, asked now, says that it is where its file says. `null` where it does not say. */
export async function isWhereItsFileSays(fleet: Fleet, site: SiteId): Promise<boolean | null> {
  const told = await inventoryNow(fleet, site);
  const paired = await pairedSite(fleet, site);
  return told === null || paired === null ? null : isAtHome(told.home, paired.url);
}

/** What the site says it has, asked now, and kept; `null` where it does not say. */
export async function inventoryNow(fleet: Fleet, site: SiteId): Promise<Inventory | null> {
  const paired = await pairedSite(fleet, site);
  if (paired === null) return null;
  const arg = await inventoryQuestion(fleet, site);
  const answer = await ask(fleet, paired, { ask: "inventory", arg });
  if (answer.kind !== "evidence" || answer.claims.ans !== "inventory") return null;
  const told = inventoryIn(answer.detail);
  if (told === null) return null;
  await takeInventory(fleet, site, { digest: answer.claims.det, text: answer.detail, arg });
  return told;
}

/** The `arg` of an inventory question: what the attested commit tells the site. */
export async function inventoryQuestion(fleet: Fleet, site: SiteId): Promise<string> {
  const { attested } = fleet.log.history;
  return attested === null ? "[]" : inventoryArg(await fleet.forge.controlTree(attested), site);
}
