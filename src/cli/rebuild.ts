/** `countersign rebuild`: a lost database comes back from git and the sites. */
import { type RebuildReport, rebuildAll } from "../server/rebuild.ts";
import { readSettings } from "../server/settings.ts";

/** @returns the exit code: 1 where a fleet could not be rebuilt */
export async function rebuildDatabase(env: NodeJS.ProcessEnv): Promise<0 | 1> {
  const settings = { ...readSettings(env), logLevel: "error" } as const;
  const report = await rebuildAll(settings, (line) => console.error(line));
  console.log(describeRebuild(report));
  return report.failed.length === 0 ? 0 : 1;
}

const words: Readonly<Record<string, string>> = {
  settled: "had an end, and it is on record now",
  running: "still at it: asked again when the server runs",
  not_seen: "never began: goes on when the server runs",
  unreachable: "could not be reached: asked again when the server runs",
  unpaired: "has no pairing at the attested commit",
};

export function describeRebuild({ fleets, entries, sites, failed }: RebuildReport): string {
  const asked = Object.entries(sites).map(
    ([said, count]) => `  ${count} ${count === 1 ? "site" : "sites"}: ${words[said] ?? said}`,
  );
  const open = asked.length === 0 ? ["  No action was open."] : asked;
  return [
    `${fleets - failed.length} of ${fleets} fleets rebuilt, ${entries} log entries.`,
    ...open,
    ...failed.map((line) => `  Not rebuilt: ${line}`),
  ].join("\n");
}
