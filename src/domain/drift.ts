/**
 * Does a site run what it is to have? Each difference between its signed inventory and its desired
 * state at the attested commit. Somebody changed it at the site: people decide what becomes of it.
 *
 * What desired state does not name is unmanaged: counted, never planned. A newer patch of a core
 * that may update itself is no drift. Options are looked at where the inventory tells them.
 */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import { CONNECTOR_SLUG, DesiredSoftware } from "../contract/desired-state.ts";
import { type SiteId, Version } from "../contract/ids.ts";
import type { Inventory } from "../contract/inventory.ts";
import { DesiredOptions } from "../contract/options.ts";
import { Target } from "../contract/plan.ts";
import type { SiteFileEdit } from "../contract/site-file-edit.ts";
import type { DesiredEntry, EntryMap } from "./effective-state.ts";
import { ownValue } from "./own-value.ts";
import { coreStep } from "./version.ts";

export interface Difference {
  readonly target: Target;
  /**
   * `<version>`, `<version> <state>`, `absent`, or `other`: another value of an option, or what
   * desired state cannot say.
   */
  readonly live: string;
  readonly wanted: string;
  /** What makes the site's file say what is live; `null` where no file can say it. */
  readonly edit: SiteFileEdit | null;
  /** When it was changed there last and by which WordPress user (0: nobody), if the site knows. */
  readonly touched: Touch | null;
}
/** Unix seconds, and the number of an account of the site. */
export interface Touch {
  readonly at: number;
  readonly by: number;
}
export interface Drift {
  readonly differences: readonly Difference[];
  /** How many plugins and themes are there that nobody desires. */
  readonly unmanaged: number;
  /** Those of them that desired state could name. */
  readonly others: readonly Target[];
}

export function driftOf(entries: EntryMap, inventory: Inventory): Drift {
  const all: DesiredEntry[] = [...entries.values()];
  const named = new Set<string>(all.map(({ target }) => target));
  const there = [
    ...inventory.plugins
      .filter(({ slug }) => slug !== CONNECTOR_SLUG)
      .map(({ slug }) => `plugins/${slug}`),
    ...inventory.themes.map(({ slug }) => `themes/${slug}`),
  ];
  const unmanaged = there.filter((target) => !named.has(target));
  return {
    differences: all.flatMap((entry) =>
      differenceOf(entry, inventory).map((one) => ({ ...one, touched: touchOf(one, inventory) })),
    ),
    unmanaged: unmanaged.length,
    others: unmanaged.flatMap((target) => Target.safeParse(target).data ?? []),
  };
}

/** A time that does not fit a log line is no time. */
function touchOf({ target }: Found, { touched = [] }: Inventory): Touch | null {
  const found = touched.findLast((one) => one.target === target);
  return found === undefined || found.at > latestSeconds ? null : { at: found.at, by: found.by };
}
/** The end of the year 9999. */
const latestSeconds = 253_402_300_799;

type Found = Omit<Difference, "touched">;

function differenceOf(entry: DesiredEntry, inventory: Inventory): Found[] {
  switch (entry.kind) {
    case "options":
      return optionDifference(entry, inventory);
    case "core":
      return coreDifference(entry, inventory.core.version);
    case "connector":
      return connectorDifference(entry, inventory);
    case "plugins":
    case "themes":
      return softwareDifference(entry, inventory[entry.kind]);
  }
}

/** What its value is stands in the file that would adopt it: a line of the log holds no text. */
function optionDifference(
  { target, name, value }: Extract<DesiredEntry, { kind: "options" }>,
  { options }: Inventory,
): Found[] {
  if (options === undefined) return [];
  const live = ownValue(options, name);
  if (live === value) return [];
  const wanted = "value";
  if (live === undefined) return [{ target, live: "absent", wanted, edit: null }];
  const isValid = DesiredOptions.safeParse({ [name]: live }).success;
  const edit = isValid ? { path: ["desired", "options", name], value: live } : null;
  return [{ target, live: "other", wanted, edit }];
}

function coreDifference(
  { target, version: wanted, autoPatch }: Extract<DesiredEntry, { kind: "core" }>,
  told: string,
): Found[] {
  const version = Version.safeParse(told).data;
  if (version === wanted) return [];
  if (version === undefined) return [{ target, live: "other", wanted, edit: null }];
  const { direction, size } = coreStep(wanted, version);
  if (autoPatch && direction === "up" && size === "patch") return [];
  const value = { version, ...(autoPatch ? { autoPatch } : {}) };
  return [{ target, live: version, wanted, edit: { path: ["desired", "core"], value } }];
}

/** A connector that is not there says nothing: what speaks is told by each message. */
function connectorDifference(
  { target, version: wanted }: Extract<DesiredEntry, { kind: "connector" }>,
  { plugins }: Inventory,
): Found[] {
  const told = plugins.find(({ slug }) => slug === CONNECTOR_SLUG)?.version;
  const version = Version.safeParse(told).data;
  if (version === undefined || version === wanted) return [];
  const edit = { path: ["desired", "connector"], value: { version } };
  return [{ target, live: version, wanted, edit }];
}

function softwareDifference(
  { target, kind, slug, software }: Extract<DesiredEntry, { kind: "plugins" | "themes" }>,
  items: readonly (Inventory["themes"][number] & { readonly file?: string })[],
): Found[] {
  // A plugin of one file has no folder that could be exchanged: it is not what is desired.
  const item = items.find((one) => one.slug === slug && (one.file ?? "/").includes("/"));
  const read = DesiredSoftware.safeParse(
    item === undefined ? { state: "absent" } : { version: item.version, state: item.state },
  );
  const [live, wanted] = [read.success ? wordsOf(read.data) : "other", wordsOf(software)];
  if (live === wanted) return [];
  const path = ["desired", kind, slug];
  return [{ target, live, wanted, edit: read.success ? { path, value: { ...read.data } } : null }];
}

const wordsOf = (software: DesiredSoftware): string =>
  software.state === "absent" ? "absent" : `${software.version} ${software.state}`;

/**
 * What each site drifted by and what nobody desires there, as the log has it; none where a later
 * line says that there is neither.
 */
export function recordedDrift(entries: Iterable<AuditEntry>): Map<SiteId, EntryOf<"drift">> {
  const found = new Map<SiteId, EntryOf<"drift">>();
  for (const entry of entries) {
    if (entry.kind !== "drift") continue;
    if (entry.count + entry.unmanaged === 0) found.delete(entry.site);
    else found.set(entry.site, entry);
  }
  return found;
}
