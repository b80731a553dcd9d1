/** Level entries: what a detected cause adds to the log. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import type { LevelCause } from "../domain/containment.ts";
import type { History } from "../domain/history.ts";
import { detected } from "../domain/outcome.ts";

/** One entry where the cause tightens the level of the site, or of the fleet; otherwise none. */
export function levelEntry(
  history: History,
  site: SiteId | null,
  { at, cause }: { readonly at: string; readonly cause: LevelCause },
): EntryOf<"level">[] {
  const own = site === null ? history.fleetLevel : history.siteLevels.get(site);
  const change = detected(own?.level ?? "normal", cause);
  return change === null ? [] : [{ at, by: null, ...change, kind: "level", site }];
}
