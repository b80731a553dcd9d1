/**
 * Tells a site what of its software desired state manages, so that WordPress's automatic updates
 * are off for it. It travels as the `arg` of an inventory query: docs/protocol.md, "Queries and
 * evidence", and decision 0011. Asked at a pairing, and when a settled range changed what it says.
 */
import type { Tree } from "../contract/control-repository.ts";
import type { CommitSha, SiteId } from "../contract/ids.ts";
import { type Managed, managedIn } from "../domain/managed.ts";
import { canonicalText } from "../signing/canonical.ts";
import { ask } from "./ask.ts";
import { isPulled } from "./contact.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, pairedSite } from "./fleet.ts";
import { takeInventory } from "./inventories.ts";
import type { Job } from "./store-port.ts";

/** A silent site is asked again so often, for so long after the branch's newest step. */
const again = { everySeconds: 300, forSeconds: 86_400 };

export const managedJob = (fleet: Fleet, site: SiteId, inSeconds = 0): Job => ({
  kind: "managed",
  key: site,
  runAt: fleet.clock.now() + inSeconds,
});

/** A commit's tree never changes, and a baseline stands in many sites. */
const known = new WeakMap<Tree, (site: SiteId) => Managed | null>();

function managedBy(tree: Tree, site: SiteId): Managed | null {
  const find = known.get(tree) ?? managedIn(tree);
  known.set(tree, find);
  return find(site);
}

/**
 * The `arg` of an inventory query. Where what is managed cannot be read it is the list of
 * `volatile` globs alone, which leaves what the site was told before.
 */
export function inventoryArg(tree: Tree, site: SiteId): string {
  const managed = managedBy(tree, site);
  return managed === null
    ? canonicalText(siteFileOf(tree, site)?.volatile ?? [])
    : canonicalText({ ...managed });
}

/** Whether core's own security releases stay on, by the state in force. */
export async function leavesPatches(fleet: Fleet, site: SiteId): Promise<boolean> {
  const { attested } = fleet.log.history;
  if (attested === null) return false;
  return managedBy(await fleet.forge.controlTree(attested), site)?.autoPatch ?? false;
}

/** The paired sites that have to be told something else after a step of the default branch. */
export async function toldAnew(
  fleet: Fleet,
  from: CommitSha,
  to: CommitSha,
): Promise<readonly SiteId[]> {
  const before = await fleet.forge.controlTree(from);
  const after = await fleet.forge.controlTree(to);
  const sites = [...fleet.log.history.pairings.keys()];
  return sites.filter((site) => inventoryArg(before, site) !== inventoryArg(after, site));
}

/** @returns when to try again; `null` where it was told, waits for its next beat, or is given up */
export async function tellManaged(fleet: Fleet, site: SiteId): Promise<Job | null> {
  const paired = await pairedSite(fleet, site);
  const { attested, ranges } = fleet.log.history;
  if (paired === null || attested === null) return null;
  const arg = inventoryArg(await fleet.forge.controlTree(attested), site);
  const answer = await ask(fleet, paired, { ask: "inventory", arg });
  if (answer.kind === "evidence" && answer.claims.ans === "inventory") {
    await takeInventory(fleet, site, { digest: answer.claims.det, text: answer.detail, arg });
    return null;
  }
  if (await isPulled(fleet, site)) return null; // the question waits for its next beat
  const since = Date.parse(ranges.at(-1)?.at ?? "") / 1000;
  const isPatient = fleet.clock.now() - since < again.forSeconds;
  return isPatient ? managedJob(fleet, site, again.everySeconds) : null;
}
