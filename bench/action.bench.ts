/**
 * How long does a run of the Action take from its start to the verdict on a proposal for one site,
 * beyond GitHub's latency? The built bundle as a child process, on the sandbox's GitHub, with a
 * simulated site. Own time is what passed while no request to GitHub was on its way: the program's
 * start, every read of the log, and the site's answer are in it. Of several runs the best counts, so
 * that a busy machine has no say. Prints one JSON object; exit code 1 where a limit is passed.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { mustEnd, startActionFleet } from "../test/support/action-fleet.ts";

const LIMITS = { ownSeconds: 2, requests: 60 };
const RUNS = 5;

interface Measured {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly apiSeconds: number;
  readonly requests: number;
}

const hook = pathToFileURL(path.join(import.meta.dirname, "own-time.ts")).href;
const fleet = await startActionFleet(["shop"]);
const number = await fleet.propose({ shop: "1.1" });
const measured: (Measured & { readonly ownSeconds: number; readonly ok: boolean })[] = [];
for (let run = 0; run < RUNS; run += 1) {
  await fleet.people.commit("update-agent", {
    branch: "bring-shop-1.1",
    files: { "notes.md": `${run}` },
    message: `push ${run}`,
  });
  const file = path.join(fleet.folder, "own-time.json");
  const { outputs } = mustEnd(
    await fleet.run({
      payload: { pull_request: { number } },
      env: {
        GITHUB_EVENT_NAME: "pull_request_target",
        NODE_OPTIONS: `--import ${hook}`,
        OWN_TIME_FILE: file,
      },
    }),
  );
  const one: Measured = JSON.parse(readFileSync(file, "utf8"));
  const isJudged =
    outputs["verdict"] === "waiting" && (await fleet.people.checks(number)).size === 3;
  measured.push({ ...one, ownSeconds: one.wallSeconds - one.apiSeconds, ok: isJudged });
}
await fleet.close();

const least = (name: "ownSeconds" | "cpuSeconds" | "requests") =>
  Math.min(...measured.map((one) => one[name]));
const best = {
  ownSeconds: least("ownSeconds"),
  cpuSeconds: least("cpuSeconds"),
  requests: least("requests"),
};
const ok =
  measured.every((one) => one.ok) &&
  best.ownSeconds < LIMITS.ownSeconds &&
  best.requests < LIMITS.requests;
console.log(JSON.stringify({ bench: "action", ok, limits: LIMITS, best, measured }));
process.exitCode = ok ? 0 : 1;
