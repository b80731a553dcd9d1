/**
 * What is detected at one site tightens its level at once and opens an incident for people. The
 * issue is a job of its own: GitHub may be away, a hold may not wait for it.
 */
import { SiteId } from "../contract/ids.ts";
import { LEVEL_OF_CAUSE, type LevelCause } from "../domain/containment.ts";
import { troubleBody, troubleTitle } from "../render/trouble.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry, ownLevel } from "./levels.ts";
import type { Job } from "./store-port.ts";

/** On record with the job that tells people; a cause that is on record already adds nothing. */
export async function detect(fleet: Fleet, site: SiteId, cause: LevelCause): Promise<void> {
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const entries = levelEntry(history, site, { at, cause });
    return entries.length === 0 ? null : { entries, jobs: [incidentJob(fleet, site, cause)] };
  });
}

export const incidentJob = (fleet: Fleet, site: SiteId, cause: LevelCause): Job => ({
  kind: "incident",
  key: `${cause} ${site}`,
  runAt: fleet.clock.now(),
});

/** @param key `<cause> <site>`; one issue for each time that the cause began */
export async function reportTrouble(fleet: Fleet, key: string): Promise<void> {
  const [cause = "", name = ""] = key.split(" ");
  const { data: site } = SiteId.safeParse(name);
  if (site === undefined || !isCause(cause)) return;
  const { causes, level } = ownLevel(fleet.log.history, site);
  if (!causes.includes(cause)) return; // released in the meantime
  const began = fleet.log.entries.findLastIndex(
    (entry) => entry.kind === "level" && entry.site === site && entry.cause === cause,
  );
  const issue = await fleet.forge.openIssue({
    key: `${cause} ${site} ${began}`,
    title: troubleTitle(site, cause),
    body: troubleBody({ site, cause, level }),
  });
  const at = instantOf(fleet.clock.now());
  const about = { cause, issue, site, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.has(issue)
      ? null
      : { entries: [{ at, ...about, kind: "incident", phase: "contained" }] },
  );
  await fleet.log.flush();
}

const isCause = (cause: string): cause is LevelCause => Object.hasOwn(LEVEL_OF_CAUSE, cause);
