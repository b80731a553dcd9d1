/**
 * What a site is told about its desired state: which of its software is managed, and whether core's
 * own security releases stay on. The rest of desired state never leaves as such: plans do.
 */
import type { Target } from "../contract/plan.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { compareText } from "../contract/finding.ts";
import type { DesiredEntry, EntryMap } from "./effective-state.ts";

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
