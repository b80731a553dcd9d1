/**
 * What a site says it has: kept, and its files held against what they were. Files that changed
 * under an unchanged version put the site on HOLD, and so does an address that is not that of its
 * file. docs/protocol.md, "Containment".
 */
import type { Digest, SiteId } from "../contract/ids.ts";
import { Globs } from "../contract/kept-trees.ts";
import { compareTrees, treesOf } from "../domain/changed-trees.ts";
import { isAtHome } from "../domain/site-home.ts";
import { canonicalText, parseCanonical } from "../signing/canonical.ts";
import { digestOfText } from "../signing/digest.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import { inventoryIn, keepTrees, keptTrees } from "./known-trees.ts";
import { ownLevel } from "./levels.ts";
import { detect } from "./detect.ts";

export interface ToldInventory {
  readonly digest: Digest;
  readonly text: string;
  /** The question that it answers; `null` where it came with a beat, by the globs told last. */
  readonly arg: string | null;
}

/** An inventory that is none is kept for people, and judged by nobody. */
export async function takeInventory(
  fleet: Fleet,
  site: SiteId,
  { digest, text, arg }: ToldInventory,
): Promise<void> {
  const { id: repo } = fleet.repository;
  await fleet.store.keepInventory(repo, site, { digest, text, at: fleet.clock.now() });
  const told = inventoryIn(text);
  if (told === null) return;
  const file = await fileOf(fleet, site);
  if (file !== null && !isAtHome(told.home, file.url)) await detect(fleet, site, "site_moved");
  const kept = await keptTrees(fleet, site);
  const epoch = fleet.log.history.pairings.get(site)?.epoch ?? 0;
  const globs =
    arg === null && kept !== null
      ? kept.globs
      : globsOf(arg ?? canonicalText(file?.volatile ?? []));
  const isHeld = ownLevel(fleet.log.history, site).causes.includes("files_changed");
  const isOther = kept === null || kept.epoch !== epoch;
  // Other globs make other digests of the same files; but none of that launders what was found.
  const isFirst = isOther || (kept.globs !== globs && !isHeld);
  const now = treesOf(told);
  if (isFirst || file?.adopted === digest) {
    await keepTrees(fleet, site, { epoch, globs, trees: now });
    return;
  }
  const { changed, known } = compareTrees(kept.trees, now);
  await keepTrees(fleet, site, { epoch, globs: isHeld ? kept.globs : globs, trees: [...known] });
  if (changed.length > 0) await detect(fleet, site, "files_changed");
}

/** Of the `volatile` globs alone: what else the question tells changes no digest of files. */
function globsOf(arg: string): Digest {
  const list = Globs.safeParse(parseCanonical(arg)).data ?? [];
  return digestOfText(canonicalText(list));
}

async function fileOf(fleet: Fleet, site: SiteId) {
  const { attested } = fleet.log.history;
  return attested === null ? null : siteFileOf(await fleet.forge.controlTree(attested), site);
}
