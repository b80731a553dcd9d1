/**
 * What is detected tightens a level at once. The issue that tells people is a job of its own:
 * GitHub may be away, a hold may not wait for it.
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";
import type { LevelCause } from "../domain/containment.ts";
import { incidentAbout, isSeenAgain } from "../domain/incidents.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry } from "./levels.ts";
import type { Job } from "./store-port.ts";

/**
 * On record with the job that tells people. A cause that is on record already adds a line to its
 * incident once an hour at most: no flood, and nobody takes a signal that goes on for one that ended.
 * @param site `null` for the fleet
 */
export async function detect(fleet: Fleet, site: SiteId | null, cause: LevelCause): Promise<void> {
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const level = levelEntry(history, site, { at, cause });
    const entries = level.length > 0 ? level : seenAgain(fleet, site, { at, cause });
    return entries.length === 0 ? null : { entries, jobs: [incidentJob(fleet, site, cause)] };
  });
}

function seenAgain(
  { log }: Fleet,
  site: SiteId | null,
  { at, cause }: { readonly at: string; readonly cause: LevelCause },
): EntryOf<"incident">[] {
  const known = incidentAbout(log.entries, site, cause);
  if (known === undefined || !isSeenAgain(known, at)) return [];
  const { issue, phase } = known;
  return [{ at, cause, issue, kind: "incident", phase, site, sub: null }];
}

export function incidentJob(fleet: Fleet, site: SiteId | null, cause: LevelCause): Job {
  const runAt = fleet.clock.now();
  if (site === null) return { kind: "report", key: "incidents", runAt };
  return { kind: "incident", key: `${cause} ${site}`, runAt };
}
