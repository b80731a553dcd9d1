/** Makes a lost database anew, for every fleet that the App can reach. */
import { CountersignError } from "../errors.ts";
import { listFleets } from "../github/installations.ts";
import { rebuild } from "../workflow/rebuild.ts";
import { openDoors } from "./doors.ts";
import type { Settings } from "./settings.ts";

export interface RebuildReport {
  readonly fleets: number;
  readonly entries: number;
  /** Sites by what they said of their open action. */
  readonly sites: Readonly<Record<string, number>>;
  /** Fleets that could not be rebuilt, and why. */
  readonly failed: readonly string[];
}

/**
 * @throws CountersignError `store_unusable` where the database is not empty, or its faults and
 * GitHub's
 */
export async function rebuildAll(
  settings: Settings,
  onProgress: (line: string) => void,
): Promise<RebuildReport> {
  const { store, probot, fleets } = await openDoors(settings);
  try {
    const known = await store.fleets();
    for (const { repo } of known) {
      if ((await store.lines(repo, 0)).length > 0) throw notEmpty(repo);
    }
    const app = await probot.auth();
    const found = await listFleets(app, (installation) => probot.auth(installation));
    onProgress(`The App is installed on ${found.length} repositories.`);
    for (const fleet of found) await store.keepFleet(fleet);
    const sites: Record<string, number> = {};
    const failed: string[] = [];
    let entries = 0;
    for (const { repo, owner, name } of found) {
      try {
        const fleet = await fleets.of(repo);
        onProgress(`${owner}/${name}: ${fleet.log.size} entries read back from the audit branch`);
        const rebuilt = await rebuild(fleet, (site, said) => {
          sites[said] = (sites[said] ?? 0) + 1;
          onProgress(`${owner}/${name}: ${site}: ${said}`);
        });
        entries += rebuilt.entries;
      } catch (error) {
        if (!(error instanceof CountersignError)) throw error;
        failed.push(`${owner}/${name}: ${error.message} (${error.code})`);
      }
    }
    return { fleets: found.length, entries, sites, failed };
  } finally {
    await store.close();
  }
}

function notEmpty(repo: number): CountersignError {
  return new CountersignError(
    "store_unusable",
    `The database holds the log of repository ${repo}: it was not lost.`,
    { hint: "Stop every process, move the database away, and name an empty one." },
  );
}
