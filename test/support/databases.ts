/** Both databases as one suite of tests uses them: opened empty, on a clock that the test moves. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { TestClock } from "pg-boss";
import type { Database } from "../../src/store/database.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { type Cluster, startPostgres } from "./postgres.ts";

export interface Opened extends Database {
  now(): number;
  /** Lets time pass, and what the queue does by itself happen. */
  wait(seconds: number): Promise<void>;
  /** The process ends and another one opens the same database. */
  reopen(): Promise<Opened>;
  close(): Promise<void>;
}
export interface Kind {
  start(): Promise<void>;
  open(): Promise<Opened>;
  stop(): Promise<void>;
}

function sqlite(): Kind {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-store-"));
  let count = 0;
  let seconds = Math.floor(Date.now() / 1000);
  const clock = { now: () => seconds };
  async function open(file: string): Promise<Opened> {
    const database = await openSqlite(file, clock);
    const close = () => database.store.close();
    return {
      ...database,
      now: () => seconds,
      wait: async (passed) => void (seconds += passed),
      reopen: () => close().then(() => open(file)),
      close,
    };
  }
  return {
    start: async () => {},
    open: () => open(path.join(folder, "data", `${(count += 1)}.sqlite`)),
    stop: async () => rmSync(folder, { recursive: true }),
  };
}

/** Opened once and emptied for each test: pg-boss takes a second to start. */
function postgres(): Kind {
  let cluster: Cluster;
  let url = "";
  let database: Opened | null = null;
  async function open(): Promise<Opened> {
    const clock = new TestClock(Math.floor(Date.now() / 1000) * 1000);
    const faults: Error[] = [];
    const onError = (error: Error) => void faults.push(error);
    const opened = await openPostgres(url, { clock, onError });
    database = {
      ...opened,
      now: () => clock.now() / 1000,
      async wait(seconds) {
        // A jump, and at its end a while in which the upkeep runs as it does every two seconds.
        const awake = Math.min(seconds, 4);
        await clock.setTime(clock.now() + (seconds - awake) * 1000);
        await clock.tick(awake * 1000);
        if (faults[0] !== undefined) throw faults[0];
      },
      async reopen() {
        await opened.store.close();
        return open();
      },
      close: async () => {},
    };
    return database;
  }
  return {
    async start() {
      cluster = await startPostgres();
      url = await cluster.database("contract");
      await open();
    },
    async open() {
      await emptyTables(url);
      return database ?? open();
    },
    async stop() {
      await database?.store.close();
      await cluster.stop();
    },
  };
}

async function emptyTables(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where tablename not like '%migration%'
      and (schemaname = 'public' or (schemaname = 'countersign_queue' and tablename like 'job%'))`,
  );
  await client.query(`truncate ${rows.map(({ name }) => name).join(", ")}`);
  await client.end();
}

export const databases: readonly (readonly [string, () => Kind])[] = [
  ["SQLite", sqlite],
  ["PostgreSQL", postgres],
];
