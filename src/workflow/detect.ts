/**
 * What is detected tightens a level at once. The issue that tells people is a job of its own:
 * GitHub may be away, a hold may not wait for it.
 */
import type { SiteId } from "../contract/ids.ts";
import type { LevelCause } from "../domain/containment.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry } from "./levels.ts";
import type { Job } from "./store-port.ts";

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
