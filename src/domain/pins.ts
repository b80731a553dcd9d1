/**
 * Pins: what a baseline gives one site, written into the site's own file. Target by target the
 * site file wins, so that a value can then be changed there for this site alone.
 */
import type { Tree } from "../contract/control-repository.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SiteFileEdit } from "../contract/site-file-edit.ts";
import type { DesiredEntry } from "./effective-state.ts";
import { fleetReaders, readBaselines, readSite, stateComposer } from "./fleet-side.ts";

/** The edits that pin those of the targets that the site has from a baseline, as it is in `tree`. */
export function pinEdits(tree: Tree, site: SiteId, targets: ReadonlySet<string>): SiteFileEdit[] {
  const readers = fleetReaders();
  const file = readSite(tree, site, readers);
  if (file?.kind !== "valid") return [];
  const { baselines } = readBaselines(tree, readers);
  const { entries } = stateComposer()(site, file.value, baselines);
  return [...entries.values()].flatMap((entry) =>
    entry.origin.file !== null && targets.has(entry.target) ? editsOf(entry) : [],
  );
}

function editsOf(entry: DesiredEntry): SiteFileEdit[] {
  const place = ["desired", ...entry.target.split("/")];
  switch (entry.kind) {
    case "plugins":
    case "themes":
      return [{ path: place, value: { ...entry.software } }];
    case "options":
      return [{ path: place, value: entry.value }];
    case "core":
      return [
        { path: [...place, "version"], value: entry.version },
        { path: [...place, "autoPatch"], value: entry.autoPatch },
      ];
    case "connector":
      return [{ path: [...place, "version"], value: entry.version }];
  }
}
