/** The proposal that makes the branch say what sites run, for those that did not end well alone. */
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import type { SiteId } from "../contract/ids.ts";
import { editSiteFile } from "../contract/site-file-edit.ts";
import type { Authorisation } from "../domain/history.ts";
import { inverseEdits } from "../domain/inverse-edits.ts";
import { pinEdits } from "../domain/pins.ts";
import { revertBody, revertTitle } from "../render/incident.ts";
import { siteFileOf } from "./control-files.ts";
import type { Fleet } from "./fleet.ts";
import { sitePlanText } from "./planning.ts";

/**
 * Opens it, or finds the open one that says the same. Its branch is named after the first of the
 * actions, so that an earlier try is found too. `null` where no proposal can express the way back
 * of any of them.
 */
export async function openWayBack(
  fleet: Fleet,
  pr: number,
  actions: readonly Authorisation[],
  why: "revert" | "abandon" | "rollback" = "revert",
): Promise<number | null> {
  const [first] = actions;
  const from = await fleet.forge.branchTip(fleet.repository.defaultBranch);
  if (from === null || first === undefined) return null;
  const tip = await fleet.forge.controlTree(from);
  const files = new Map<string, string>();
  const sites: SiteId[] = [];
  for (const { entry } of actions) {
    const text = await textBack(fleet, tip, entry);
    if (text === null) continue;
    files.set(pathOfSite(entry.site), text);
    sites.push(entry.site);
  }
  if (files.size === 0) return null;
  const known = await sameProposal(fleet, pr, files);
  if (known !== null) return known;
  const branch = `countersign/${why}-${pr}-${first.entry.sub.slice(0, 8)}`;
  const title = revertTitle(pr, sites);
  return fleet.forge.openPull({ branch, from, files, title, body: revertBody(pr, sites) });
}

/** An open proposal whose files are these; its name is only where to look. */
async function sameProposal(
  { forge }: Fleet,
  pr: number,
  files: ReadonlyMap<string, string>,
): Promise<number | null> {
  for (const { headRef, head, number } of await forge.openPulls()) {
    const [, about] = /^countersign\/(?:revert|abandon|rollback)-(\d+)-/u.exec(headRef) ?? [];
    if (about !== String(pr)) continue;
    const tree = await forge.controlTree(head);
    if ([...files].every(([path, text]) => tree.get(path) === text)) return number;
  }
  return null;
}

/** The site's file with the inverse of the action's steps; what a baseline gave is pinned first. */
async function textBack(
  fleet: Fleet,
  tip: Tree,
  { plan: digest, site }: Authorisation["entry"],
): Promise<string | null> {
  const plan = await sitePlanText(fleet, digest);
  const text = tip.get(pathOfSite(site));
  const edits = plan === null ? null : inverseEdits(plan.steps);
  if (plan === null || edits === null || typeof text !== "string") return null;
  const targets = new Set<string>(plan.steps.map(({ target }) => target));
  const edited = editSiteFile(text, [...pinEdits(tip, site, targets), ...edits]);
  // Half an entry is no proposal: the file has to be one that could be merged.
  if (edited === null || siteFileOf(new Map([[pathOfSite(site), edited]]), site) === null) {
    return null;
  }
  return edited === text ? null : edited;
}
