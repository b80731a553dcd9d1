/**
 * The App is killed by SIGKILL hundreds of times, at every failpoint and at any moment, while people
 * go on proposing, approving and merging. `KILLS` sets how often, `SEED` repeats a run.
 * `CRASH_POSTGRES=1` does it on PostgreSQL too, as `npm run test:full` does.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILPOINTS } from "../../src/failpoint.ts";
import { startPostgres } from "../support/postgres.ts";
import { bundleApp } from "./bundle.ts";
import { Lane } from "./lane.ts";
import { randomFrom } from "./random.ts";
import { reckon } from "./reckoning.ts";

const [SQLITE, POSTGRES] = ["SQLite", "PostgreSQL"] as const;
const onPostgres = process.env["CRASH_POSTGRES"] === "1";
const asked = Number(process.env["KILLS"] ?? 200);
/** A life on PostgreSQL begins with a second of pg-boss. */
const killsOn = (kind: string) => (kind === SQLITE ? asked : Math.min(asked, 200));
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const lanes = 2;

let folder: string;
let app: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-crash-"));
  app = await bundleApp(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where the lanes of one run keep what they have to keep. */
async function databasesOn(kind: string) {
  if (kind === SQLITE) {
    const database = async (number: number) => path.join(folder, `${number}.sqlite`);
    return { database, stop: async () => {} };
  }
  const cluster = await startPostgres();
  return {
    database: (number: number) => cluster.database(`lane${number}`),
    stop: () => cluster.stop(),
  };
}

interface Run {
  readonly kills: number;
  /** On PostgreSQL a life gets less far: there, which failpoints were not reached is only told. */
  readonly isEverywhere: boolean;
  readonly database: (number: number) => Promise<string>;
  /** Failpoints at which any of its lanes was killed. */
  readonly reached: Set<string>;
}

async function runLane(
  number: number,
  { kills, isEverywhere, database, reached }: Run,
): Promise<Lane> {
  const lane = await Lane.open({
    app,
    reached,
    answersInLog: number === 1,
    repo: 4711 + number,
    folder: mkdtempSync(path.join(folder, "lane-")),
    database: await database(number),
    random: randomFrom(seed + number),
  });
  await lane.killUntil(Math.ceil(kills / lanes), isEverywhere ? Object.keys(FAILPOINTS) : []);
  await lane.finish();
  return lane;
}

describe("an App that is killed again and again", () => {
  it.each([SQLITE, ...(onPostgres ? [POSTGRES] : [])])(
    `loses nothing, doubles nothing and records everything on %s (seed ${seed})`,
    async (kind) => {
      const started = Date.now();
      const { database, stop } = await databasesOn(kind);
      const kills = killsOn(kind);
      const isEverywhere = kind === SQLITE;
      const run: Run = { kills, isEverywhere, database, reached: new Set() };
      const done = await Promise.all(
        Array.from({ length: lanes }, (_, number) => runLane(number, run)),
      );
      const sum = done.reduce((all, lane) => all + lane.killed, 0);
      const found = done.map(reckon);
      const seconds = Math.round((Date.now() - started) / 1000);
      const [changes, actions] = (["changes", "actions"] as const).map((what) =>
        found.reduce((all, one) => all + one[what], 0),
      );
      console.log(
        `crash on ${kind}: ${sum} kills in ${seconds} s, ${changes} changes, ${actions} actions, seed ${seed}`,
      );
      for (const { lost, doubled, unrecorded, log } of found) {
        expect({ lost, doubled, unrecorded }).toEqual({ lost: [], doubled: [], unrecorded: [] });
        expect(log).toMatchObject({ ok: true, bad: [] });
      }
      expect(sum).toBeGreaterThanOrEqual(kills);
      const missed = Object.keys(FAILPOINTS).filter((name) => !run.reached.has(name));
      console.log(`not killed at: ${missed.join(", ") || "none"}`);
      expect(isEverywhere ? missed : []).toEqual([]);
      expect(actions).toBeGreaterThan(isEverywhere ? 10 : 0);
      for (const lane of done) await lane.close();
      await stop();
    },
    // Every failpoint takes its kill, however few are asked for.
    Math.max(asked, 120) * 12_000,
  );
});
