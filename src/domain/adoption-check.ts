/**
 * Does a file adopt what the site has?
 *
 * Adoption has no steps: nothing would show that it is not so. Every value that the file gains or
 * changes beside its new `adopted` line has to stand in the signed inventory of that digest.
 */
import type { Inventory } from "../contract/inventory.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { adopts } from "./control-changes.ts";
import { type Difference, driftOf } from "./drift.ts";
import { type DesiredEntry, entriesOf, sameValue } from "./effective-state.ts";

/** What the proposal takes for live: empty where it adopts nothing. */
export function adoptedEntries(before: SiteFile | null, after: SiteFile): DesiredEntry[] {
  if (!adopts(before, after)) return [];
  const known = new Map(
    before === null ? [] : entriesOf(before.desired, null).map((one) => [one.target, one]),
  );
  return entriesOf(after.desired, null).filter((entry) => {
    const was = known.get(entry.target);
    return was === undefined || !sameValue(was, entry);
  });
}

/** The adopted values that the inventory does not bear out. */
export function unborneEntries(
  entries: readonly DesiredEntry[],
  inventory: Inventory,
): readonly Pick<Difference, "target" | "live">[] {
  const untold = inventory.options === undefined ? entries.filter(isOption) : [];
  const { differences } = driftOf(new Map(entries.map((one) => [one.target, one])), inventory);
  return [...differences, ...untold.map(({ target }) => ({ target, live: "not told" }))];
}

const isOption = ({ kind }: DesiredEntry): boolean => kind === "options";
