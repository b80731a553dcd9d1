/** Level entries: what a detected cause adds to the log. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import type { LevelCause } from "../domain/containment.ts";
import type { History } from "../domain/history.ts";
import { AT_REST, type LevelState } from "../domain/level-state.ts";
import { detected } from "../domain/outcome.ts";

/** The level that was set for the site itself, or for the fleet. */
export function ownLevel(history: History, site: SiteId | null): LevelState {
  return site === null ? history.fleetLevel : (history.siteLevels.get(site) ?? AT_REST);
}

/** One entry where the cause is new since the level was normal; a repeated signal adds none. */
export function levelEntry(
  history: History,
  site: SiteId | null,
  { at, cause }: { readonly at: string; readonly cause: LevelCause },
): EntryOf<"level">[] {
  const change = detected(ownLevel(history, site), cause, at);
  return change === null ? [] : [{ at, by: null, ...change, kind: "level", site }];
}
