/** The job that tells people of what was detected at one site. */
import { SiteId } from "../contract/ids.ts";
import { LEVEL_OF_CAUSE, type LevelCause } from "../domain/containment.ts";
import { incidentAbout } from "../domain/incidents.ts";
import type { Fleet } from "./fleet.ts";
import { isToldHere, openOnce, showState } from "./level-incident.ts";
import { ownLevel } from "./levels.ts";

/** @param key `<cause> <site>`; the same issue that `tendIncidents` would open */
export async function reportTrouble(fleet: Fleet, key: string): Promise<void> {
  const [cause = "", name = ""] = key.split(" ");
  const { data: site } = SiteId.safeParse(name);
  if (site === undefined || !isCause(cause) || !isToldHere(cause)) return;
  // Released in the meantime: nobody has to look any more.
  if (!ownLevel(fleet.log.history, site).causes.includes(cause)) return;
  await openOnce(fleet, site, cause);
  const known = incidentAbout(fleet.log.entries, site, cause);
  if (known !== undefined) await showState(fleet, known);
  await fleet.log.flush();
}

const isCause = (cause: string): cause is LevelCause => Object.hasOwn(LEVEL_OF_CAUSE, cause);
