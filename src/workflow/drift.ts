/**
 * Drift: what sites say they have against what the attested commit wants. It goes on record when it
 * changes, and into one proposal per fleet and day. Nothing of it holds or writes to a site.
 */
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { CommitSha, SiteId } from "../contract/ids.ts";
import { editSiteFile, type SiteFileEdit } from "../contract/site-file-edit.ts";
import { type Drift, driftOf, recordedDrift } from "../domain/drift.ts";
import { fleetReaders, readBaselines, readSite, stateComposer } from "../domain/fleet-side.ts";
import { authorisationsOf } from "../domain/history.ts";
import { type DriftedSite, driftBody, driftTitle } from "../render/drift.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { inventoryIn } from "./known-trees.ts";
import { ownLevel } from "./levels.ts";
import type { InventoryText } from "./store-port.ts";

const branchPrefix = "countersign/drift-";
/** A line of the log stays short; the rest is counted. */
const mostOnRecord = 30;

interface Found {
  readonly site: SiteId;
  readonly inventory: InventoryText;
  readonly drift: Drift;
}

export async function tendDrift(fleet: Fleet): Promise<void> {
  const { attested } = fleet.log.history;
  if (attested === null) return;
  const tree = await fleet.forge.controlTree(attested);
  const found = await findDrift(fleet, tree);
  // What a proposal adopts is compared with this very inventory, also once there is a newer one.
  const toAdopt = found.filter((one) => isWorthAProposal(fleet, one));
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(() => {
    const known = recordedDrift(fleet.log.entries);
    const entries = found.flatMap((one): AuditEntry[] => {
      const entry = entryOf(one, at);
      return saysTheSame(known.get(one.site), entry) ? [] : [entry];
    });
    const texts = new Map(toAdopt.map(({ inventory: { digest, text } }) => [digest, text]));
    return entries.length + texts.size === 0 ? null : { entries, texts };
  });
  await fleet.log.flush();
  await propose(fleet, { attested, tree, found });
}

const areFilesChanged = ({ log }: Fleet, site: SiteId): boolean =>
  ownLevel(log.history, site).causes.includes("files_changed");

const isWorthAProposal = (fleet: Fleet, { site, drift }: Found): boolean =>
  drift.differences.length > 0 || areFilesChanged(fleet, site);

async function findDrift(fleet: Fleet, tree: Tree): Promise<readonly Found[]> {
  const found: Found[] = [];
  const readers = fleetReaders();
  const { baselines } = readBaselines(tree, readers);
  const compose = stateComposer();
  for (const site of fleet.log.history.pairings.keys()) {
    const inventory = await quietInventory(fleet, site);
    const told = inventory === null ? null : inventoryIn(inventory.text);
    const file = readSite(tree, site, readers);
    if (inventory === null || told === null || file?.kind !== "valid") continue;
    const { entries } = compose(site, file.value, baselines);
    found.push({ site, inventory, drift: driftOf(entries, told) });
  }
  return found;
}

/** The newest, told since the site's last action ended: while one is open, nothing is drift. */
async function quietInventory(fleet: Fleet, site: SiteId): Promise<InventoryText | null> {
  const { id: repo } = fleet.repository;
  const inventory = await fleet.store.inventory(repo, site);
  if (inventory === null) return null;
  const beat = await fleet.store.beat(repo, site);
  const seenAt = beat?.inv === inventory.digest ? Math.max(beat.at, inventory.at) : inventory.at;
  const isQuiet = authorisationsOf(fleet.log.history, site).every(
    ({ end }) => end !== null && Date.parse(end.at) / 1000 < seenAt,
  );
  return isQuiet ? inventory : null;
}

function entryOf({ site, inventory, drift }: Found, at: string): EntryOf<"drift"> {
  const { differences, unmanaged } = drift;
  return {
    at,
    count: differences.length,
    differences: differences.slice(0, mostOnRecord).map(({ target, live, wanted, touched }) => ({
      live,
      target,
      ...(touched === null ? {} : { touched: { at: instantOf(touched.at), user: touched.by } }),
      wanted,
    })),
    inv: inventory.digest,
    kind: "drift",
    others: drift.others.slice(0, mostOnRecord),
    site,
    unmanaged,
  };
}

/** A site that never drifted needs no line that says so. */
function saysTheSame(known: EntryOf<"drift"> | undefined, now: EntryOf<"drift">): boolean {
  if (known === undefined) return now.count + now.unmanaged === 0;
  const said = ({ count, differences, unmanaged, others = [] }: EntryOf<"drift">) =>
    JSON.stringify([count, differences, unmanaged, others]);
  return said(known) === said(now);
}

interface Proposing {
  readonly attested: CommitSha;
  readonly tree: Tree;
  readonly found: readonly Found[];
}

/** One a day, and none beside an open one: people may have taken lines out of that. */
async function propose(fleet: Fleet, { attested, tree, found }: Proposing): Promise<void> {
  const open = await fleet.forge.openPulls();
  if (open.some(({ headRef, fork }) => !fork && headRef.startsWith(branchPrefix))) return;
  // What is not settled yet may be about these very sites.
  const tip = await fleet.forge.branchTip(fleet.repository.defaultBranch);
  if (tip !== attested) return;
  const files = new Map<string, string>();
  const sites: DriftedSite[] = [];
  for (const { site, inventory, drift } of found) {
    const { differences, unmanaged } = drift;
    const filesChanged = areFilesChanged(fleet, site);
    if (differences.length === 0 && !filesChanged) continue;
    const edits = differences.flatMap(({ edit }) => edit ?? []);
    const text = adopted(tree, site, [...edits, adoptedLine(inventory)]);
    if (text === null || (edits.length === 0 && !filesChanged)) continue;
    files.set(pathOfSite(site), text);
    sites.push({ site, inventory: inventory.digest, differences, unmanaged, filesChanged });
  }
  if (files.size === 0) return;
  const branch = `${branchPrefix}${instantOf(fleet.clock.now()).slice(0, 10)}`;
  const title = driftTitle(sites);
  await fleet.forge.openPull({ branch, from: tip, files, title, body: driftBody(sites) });
}

const adoptedLine = ({ digest }: InventoryText): SiteFileEdit => ({
  path: ["adopted"],
  value: digest,
});

/** `null` where nothing changes, or what comes out could not be merged. */
function adopted(tree: Tree, site: SiteId, edits: readonly SiteFileEdit[]): string | null {
  const path = pathOfSite(site);
  const text = tree.get(path);
  if (typeof text !== "string") return null;
  const edited = editSiteFile(text, edits);
  if (edited === null || edited === text) return null;
  return siteFileOf(new Map([[path, edited]]), site) === null ? null : edited;
}
