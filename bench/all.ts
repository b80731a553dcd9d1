/**
 * Runs every benchmark of this folder, one after the other, each in a process of its own. Each
 * prints one JSON object; the exit code is 1 where one of them passed its limit or broke.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".bench.ts"));
const failed = files.toSorted().filter((name) => {
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}`], {
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) console.error(`Over its limit, or broken: ${failed.join(", ")}`);
process.exitCode = files.length === 0 || failed.length > 0 ? 1 : 0;
