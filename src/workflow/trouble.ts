/**
 * What is detected tightens a level at once and opens an incident for people. The issue is a job of
 * its own: GitHub may be away, a hold may not wait for it.
 */
import { SiteId } from "../contract/ids.ts";
import { LEVEL_OF_CAUSE, type LevelCause } from "../domain/containment.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry, ownLevel } from "./levels.ts";
import type { Job } from "./store-port.ts";
import { isToldHere, openOnce } from "./level-incident.ts";

/**
 * On record with the job that tells people; a cause that is on record already adds nothing.
 * @param site `null` for the fleet
 */
export async function detect(fleet: Fleet, site: SiteId | null, cause: LevelCause): Promise<void> {
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const entries = levelEntry(history, site, { at, cause });
    return entries.length === 0 ? null : { entries, jobs: [incidentJob(fleet, site, cause)] };
  });
}

export function incidentJob(fleet: Fleet, site: SiteId | null, cause: LevelCause): Job {
  const runAt = fleet.clock.now();
  if (site === null) return { kind: "report", key: "incidents", runAt };
  return { kind: "incident", key: `${cause} ${site}`, runAt };
}

/** @param key `<cause> <site>`; the same issue that `tendIncidents` would open */
export async function reportTrouble(fleet: Fleet, key: string): Promise<void> {
  const [cause = "", name = ""] = key.split(" ");
  const { data: site } = SiteId.safeParse(name);
  if (site === undefined || !isCause(cause) || !isToldHere(cause)) return;
  // Released in the meantime: nobody has to look any more.
  if (!ownLevel(fleet.log.history, site).causes.includes(cause)) return;
  await openOnce(fleet, site, cause);
  await fleet.log.flush();
}

const isCause = (cause: string): cause is LevelCause => Object.hasOwn(LEVEL_OF_CAUSE, cause);
