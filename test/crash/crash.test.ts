/**
 * The App is killed by SIGKILL hundreds of times, at every failpoint and at any moment, while people
 * go on proposing, approving and merging. `KILLS` sets how often, `SEED` repeats a run.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILPOINTS } from "../../src/failpoint.ts";
import { bundleApp } from "./bundle.ts";
import { Lane } from "./lane.ts";
import { randomFrom } from "./random.ts";
import { reckon } from "./reckoning.ts";

const kills = Number(process.env["KILLS"] ?? 200);
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const lanes = 2;
const reached = new Set<string>();

let folder: string;
let app: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-crash-"));
  app = await bundleApp(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function runLane(number: number): Promise<Lane> {
  const lane = await Lane.open({
    app,
    reached,
    answersInLog: number === 1,
    repo: 4711 + number,
    folder,
    database: path.join(folder, `${number}.sqlite`),
    random: randomFrom(seed + number),
  });
  await lane.killUntil(Math.ceil(kills / lanes));
  await lane.finish();
  return lane;
}

describe("an App that is killed again and again", () => {
  it(
    `loses nothing, doubles nothing and records everything (seed ${seed})`,
    async () => {
      const started = Date.now();
      const done = await Promise.all(Array.from({ length: lanes }, (_, number) => runLane(number)));
      const sum = done.reduce((all, lane) => all + lane.killed, 0);
      const found = done.map(reckon);
      const seconds = Math.round((Date.now() - started) / 1000);
      const [changes, actions] = (["changes", "actions"] as const).map((what) =>
        found.reduce((all, one) => all + one[what], 0),
      );
      console.log(
        `crash: ${sum} kills in ${seconds} s, ${changes} changes, ${actions} actions, seed ${seed}`,
      );
      for (const { lost, doubled, unrecorded, log } of found) {
        expect({ lost, doubled, unrecorded }).toEqual({ lost: [], doubled: [], unrecorded: [] });
        expect(log).toMatchObject({ ok: true, bad: [] });
      }
      expect(sum).toBeGreaterThanOrEqual(kills);
      for (const name of Object.keys(FAILPOINTS)) expect(reached).toContain(name);
      expect(actions).toBeGreaterThan(10);
      for (const lane of done) await lane.close();
    },
    kills * 6000,
  );
});
