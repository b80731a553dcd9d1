/**
 * Two replicas share 1,000 jobs on one PostgreSQL. a job takes 100 ms, and a replica works on at
 * most four of one kind of one fleet at a time: what they take together is held against that ideal.
 * Prints one JSON object; exit code 1 where a job was lost or doubled, or the ratio is too low.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import pg from "pg";
import { openPostgres } from "../src/store/postgres.ts";
import { startPostgres } from "../test/support/postgres.ts";

const LIMITS = { leastRatio: 0.3 };
const [JOBS, FLEETS, JOB_MILLISECONDS, IN_LANE] = [1000, 2, 100, 4];
const program = path.resolve(import.meta.dirname, "../test/support/replica.ts");

const cluster = await startPostgres();
const url = await cluster.database("bench");
const { store } = await openPostgres(url, { onError: (error) => console.error(error) });
const diary = new pg.Client(url);
await diary.connect();
await diary.query(
  `create table diary (id serial, replica text, repo int, kind text, key text, attempt int,
    what text, at timestamptz default clock_timestamp())`,
);
// All in one transaction for each fleet: no replica sees the first one before the last.
const runAt = Math.floor(Date.now() / 1000) + 5;
const started = performance.now();
for (let repo = 1; repo <= FLEETS; repo += 1) {
  const keys = Array.from({ length: JOBS / FLEETS }, (_, index) => `site${index}`);
  const jobs = keys.map((key) => ({ kind: "deliver", key, runAt }) as const);
  await store.append(repo, 0, { lines: [], jobs });
}
const enqueuedPerSecond = Math.round(JOBS / ((performance.now() - started) / 1000));
const replicas = ["one", "two"].map((name) =>
  spawn(process.execPath, [program, url, name, String(JOB_MILLISECONDS), "no log"], {
    stdio: ["ignore", "pipe", "inherit"],
  }),
);
await Promise.all(replicas.map((replica) => once(replica.stdout, "data")));

async function count(what: string): Promise<{ all: number; subjects: number }> {
  const { rows } = await diary.query<{ all: number; subjects: number }>(
    `select count(*)::int as all, count(distinct (repo, key))::int as subjects
      from diary where what = $1`,
    [what],
  );
  return rows[0] ?? { all: 0, subjects: 0 };
}
const patience = Date.now() + 120_000;
while ((await count("end")).subjects < JOBS && Date.now() < patience) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
const { rows } = await diary.query<{ seconds: number }>(
  "select extract(epoch from max(at) - min(at))::float8 as seconds from diary",
);
const ends = await count("end");
const begins = await count("begin");
const { rows: shares } = await diary.query<{ replica: string; jobs: number }>(
  "select replica, count(*)::int as jobs from diary where what = 'end' group by 1 order by 1",
);
for (const replica of replicas) replica.kill("SIGTERM");
await Promise.all(replicas.map((replica) => once(replica, "exit")));
await diary.end();
await store.close();
await cluster.stop();

const seconds = rows[0]?.seconds ?? Number.NaN;
const idealSeconds = (JOBS * JOB_MILLISECONDS) / 1000 / (replicas.length * FLEETS * IN_LANE);
const ratio = idealSeconds / seconds;
const once1000 = ends.all === JOBS && begins.all === JOBS && ends.subjects === JOBS;
const ok = once1000 && ratio >= LIMITS.leastRatio;
console.log(
  JSON.stringify({
    jobs: JOBS,
    shares,
    done: ends,
    enqueuedPerSecond,
    seconds,
    jobsPerSecond: Math.round(JOBS / seconds),
    idealSeconds,
    ratio,
    limits: LIMITS,
    ok,
  }),
);
process.exitCode = ok ? 0 : 1;
