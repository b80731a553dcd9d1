/**
 * What a site is told about its desired state: which of its software is managed, and whether core's
 * own security releases stay on. The rest of desired state never leaves as such: plans do.
 */
import type { Tree } from "../contract/control-repository.ts";
import { compareText } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import type { Target } from "../contract/plan.ts";
import type { SiteFile } from "../contract/site-file.ts";
import type { DesiredEntry, EntryMap } from "./effective-state.ts";
import { fleetReaders, readBaselines, readSite, stateComposer } from "./fleet-side.ts";

/** The `arg` of an inventory query, as RFC 8785 text: docs/protocol.md, "Queries and evidence". */
export interface Managed {
  readonly autoPatch: boolean;
  /** Sorted: core, the connector, plugins and themes, also those that are to be absent. */
  readonly managed: readonly Target[];
  readonly volatile: SiteFile["volatile"];
}

/** Options have no updates of their own, so they are not named. */
export function managedOf(entries: EntryMap, { volatile }: Pick<SiteFile, "volatile">): Managed {
  const all: DesiredEntry[] = [...entries.values()];
  const managed = all
    .filter(({ kind }) => kind !== "options")
    .map(({ target }) => target)
    .toSorted(compareText);
  return { autoPatch: all.some((one) => one.kind === "core" && one.autoPatch), managed, volatile };
}

/**
 * The same for the sites of a tree. `null` where the site's file, or any baseline, cannot be read:
 * less than what is managed is never said.
 */
export function managedIn(tree: Tree): (site: SiteId) => Managed | null {
  const readers = fleetReaders();
  const { baselines, findings } = readBaselines(tree, readers);
  const compose = stateComposer();
  return (site) => {
    const reading = readSite(tree, site, readers);
    if (reading?.kind !== "valid" || findings.length > 0) return null;
    return managedOf(compose(site, reading.value, baselines).entries, reading.value);
  };
}
