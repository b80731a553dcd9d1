/**
 * What a site says it has: kept, and its files held against what they were. Files that changed
 * under an unchanged version put the site on HOLD. docs/protocol.md, "Containment".
 */
import type { Digest, SiteId } from "../contract/ids.ts";
import { compareTrees, treesOf } from "../domain/changed-trees.ts";
import { canonicalText, parseCanonical } from "../signing/canonical.ts";
import { digestOfText } from "../signing/digest.ts";
import { ask } from "./ask.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { changedTreesOf, inventoryIn, keepTrees, keptTrees } from "./known-trees.ts";
import { ownLevel } from "./levels.ts";
import { inventoryArg } from "./tell-managed.ts";
import { detect } from "./trouble.ts";

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
  const kept = await keptTrees(fleet, site);
  const epoch = fleet.log.history.pairings.get(site)?.epoch ?? 0;
  const globs =
    arg === null && kept !== null
      ? kept.globs
      : globsOf(arg ?? (await inventoryQuestion(fleet, site)));
  const isHeld = ownLevel(fleet.log.history, site).causes.includes("files_changed");
  const isOther = kept === null || kept.epoch !== epoch;
  // Other globs make other digests of the same files; but none of that launders what was found.
  const isFirst = isOther || (kept.globs !== globs && !isHeld);
  const now = treesOf(told);
  if (isFirst || (await isAdopted(fleet, site, digest))) {
    await keepTrees(fleet, site, { epoch, globs, trees: now });
    return;
  }
  const { changed, known } = compareTrees(kept.trees, now);
  await keepTrees(fleet, site, { epoch, globs: isHeld ? kept.globs : globs, trees: [...known] });
  if (changed.length > 0) await detect(fleet, site, "files_changed");
}

/**
 * The site, asked now, has the files that it had, or its file adopted those that it has. `null`
 * where it does not say.
 */
export async function areFilesKnown(fleet: Fleet, site: SiteId): Promise<boolean | null> {
  const paired = await pairedSite(fleet, site);
  if (paired === null) return null;
  const arg = await inventoryQuestion(fleet, site);
  const answer = await ask(fleet, paired, { ask: "inventory", arg });
  if (answer.kind !== "evidence" || answer.claims.ans !== "inventory") return null;
  if (inventoryIn(answer.detail) === null) return null;
  await takeInventory(fleet, site, { digest: answer.claims.det, text: answer.detail, arg });
  return (await changedTreesOf(fleet, site)).length === 0;
}

/** The `arg` of an inventory question: what the attested commit tells the site. */
export async function inventoryQuestion(fleet: Fleet, site: SiteId): Promise<string> {
  const { attested } = fleet.log.history;
  return attested === null ? "[]" : inventoryArg(await fleet.forge.controlTree(attested), site);
}

/** Of the `volatile` globs alone: what else the question tells changes no digest of files. */
function globsOf(arg: string): Digest {
  const told = parseCanonical(arg);
  const isList = told === undefined || told === null || Array.isArray(told);
  const globs = isList || typeof told !== "object" ? told : told["volatile"];
  return digestOfText(canonicalText(globs ?? []));
}

async function isAdopted(fleet: Fleet, site: SiteId, digest: Digest): Promise<boolean> {
  return (await fileOf(fleet, site))?.adopted === digest;
}

async function fileOf(fleet: Fleet, site: SiteId) {
  const { attested } = fleet.log.history;
  return attested === null ? null : siteFileOf(await fleet.forge.controlTree(attested), site);
}
