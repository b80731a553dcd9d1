/** Two replicas as real processes on one real PostgreSQL; one of them is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgres } from "../../src/store/postgres.ts";
import type { Database } from "../../src/store/database.ts";
import { type Cluster, startPostgres } from "../support/postgres.ts";

const program = path.resolve(import.meta.dirname, "../support/replica.ts");
const fleets = [1, 2, 3, 4, 5];
let cluster: Cluster;
let url: string;
let database: Database;
let diary: pg.Client;
const replicas = new Map<string, ChildProcess>();

beforeAll(async () => {
  cluster = await startPostgres();
  url = await cluster.database("replicas");
  database = await openPostgres(url, { onError: () => {} });
  diary = new pg.Client(url);
  await diary.connect();
  await diary.query(
    `create table diary (id serial, replica text, repo int, kind text, key text, attempt int,
      what text, at timestamptz default clock_timestamp())`,
  );
}, 60_000);
afterAll(async () => {
  for (const child of replicas.values()) child.kill("SIGKILL");
  await diary.end();
  await database.store.close();
  await cluster.stop();
});

async function startReplica(name: string): Promise<void> {
  const child = spawn(process.execPath, [program, url, name, "30"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  replicas.set(name, child);
  await once(child.stdout, "data");
}
interface Noted {
  readonly replica: string;
  readonly subject: string;
  readonly what: string;
  readonly at: Date;
}
async function noted(): Promise<Noted[]> {
  const { rows } = await diary.query<Noted>(
    `select replica, repo || ' ' || key as subject, what, at from diary order by id`,
  );
  return rows;
}
async function until(what: string, seconds: number, is: () => Promise<boolean>): Promise<number> {
  const start = Date.now();
  while (Date.now() - start < seconds * 1000) {
    if (await is()) return (Date.now() - start) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not happen within ${seconds} s`);
}

it("share the work without doubling, in order for each subject, with one log", async () => {
  await Promise.all([startReplica("one"), startReplica("two")]);
  const keys = Array.from({ length: 20 }, (_, index) => `site${index}`);
  const runAt = Math.floor(Date.now() / 1000);
  for (const repo of fleets) {
    await database.store.append(repo, 0, {
      lines: [],
      jobs: keys.map((key) => ({ kind: "deliver", key, runAt })),
    });
  }
  const ends = async () => (await noted()).filter(({ what }) => what === "end");
  await until("all work", 60, async () => (await ends()).length >= 100);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const done = await ends();
  expect(new Set(done.map(({ subject }) => subject)).size).toBe(100);
  expect(done).toHaveLength(100);
  const shares = ["one", "two"].map((name) => done.filter((one) => one.replica === name).length);
  expect(Math.min(...shares)).toBeGreaterThan(10);
  for (const repo of fleets) {
    const lines = await database.store.lines(repo, 0);
    expect(new Set(lines.map((line) => /"cause":"(\w+)"/u.exec(line)?.[1])).size).toBe(20);
    expect(lines).toHaveLength(20);
  }
}, 90_000);

it("move a killed one's work on within 30 seconds", async () => {
  const runAt = Math.floor(Date.now() / 1000);
  const long = ["long1", "long2", "long3"];
  for (const key of long) await database.store.enqueue(7, { kind: "deliver", key, runAt });
  const begun = async () => (await noted()).filter(({ subject }) => subject.startsWith("7 "));
  await until("they begin", 20, async () => (await begun()).length === 3);
  const [first] = await begun();
  const killed = first?.replica ?? "";
  const held = (await begun()).filter(({ replica }) => replica === killed);
  replicas.get(killed)?.kill("SIGKILL");
  const took = await until("its work moves on", 30, async () => {
    const ended = (await begun()).filter(({ what }) => what === "end");
    return held.every(({ subject }) => ended.some((end) => end.subject === subject));
  });
  const others = (await begun()).filter(({ what }) => what === "end");
  expect(others.every(({ replica }) => replica !== killed)).toBe(true);
  expect(new Set(others.map(({ subject }) => subject)).size).toBe(others.length);
  console.log(`a killed replica's ${held.length} jobs were done by the other one after ${took} s`);
}, 60_000);
