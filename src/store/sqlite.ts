/**
 * SQLite through Kysely, on Node's own driver: one file in WAL mode. What the store has confirmed
 * survives a power cut: `group-commit.ts`.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import { CountersignError } from "../errors.ts";
import { remembered } from "../signing/remembered.ts";
import type { Clock } from "../workflow/ports.ts";
import type { Store } from "../workflow/store-port.ts";
import { type Database, migrations, type Tables } from "./database.ts";
import { migrate } from "./migrate.ts";
import { durable, groupCommit, writeAheadLog } from "./group-commit.ts";
import { type Enqueue, KyselyStore } from "./store.ts";
import {
  enqueueInTable,
  openTableQueue,
  queueMigrations,
  type QueueTables,
} from "./table-queue.ts";

/**
 * Opens the file, making it and its folder where missing, and brings its tables up to date.
 * @throws CountersignError `store_unusable` when the file cannot be opened or is from a later version
 */
export async function openSqlite(file: string, clock: Clock): Promise<Database> {
  const database = open(file);
  const dialect = new SqliteDialect({ database: asKyselyDatabase(database) });
  const db = new Kysely<Tables>({ dialect });
  const queueDb = db.$extendTables<QueueTables>();
  await migrate(db, "countersign", migrations);
  await migrate(queueDb, "queue", queueMigrations);
  // One process works on a file: what another one held, it holds no more.
  await db.deleteFrom("leases").execute();
  const disk = writeAheadLog(file);
  database.exec("pragma synchronous = normal");
  const enqueue: Enqueue = (trx, repo, job) =>
    enqueueInTable(trx.$extendTables<QueueTables>(), repo, job);
  const synced = groupCommit(disk);
  const store = new KyselyStore(db, enqueue, async () => {
    await synced();
    disk.close();
    await db.destroy();
  });
  return { store: durable(store, synced), queue: openTableQueue(queueDb, clock) };
}

/** The store alone, for what works no queue off. */
export async function openSqliteStore(file: string): Promise<Store> {
  return (await openSqlite(file, { now: () => Math.floor(Date.now() / 1000) })).store;
}

function open(file: string): DatabaseSync {
  try {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file, { timeout: 5000 });
    database.exec("pragma journal_mode = wal; pragma synchronous = full;");
    return database;
  } catch (cause) {
    throw new CountersignError("store_unusable", `The database file ${file} cannot be opened.`, {
      hint: "Check that its folder exists and is writable, or name another file.",
      cause,
    });
  }
}

/**
 * What Kysely asks of a SQLite driver; `node:sqlite` takes parameters one by one. Statements are
 * kept by their text: preparing one costs more than running it.
 */
function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  const inputs = (parameters: readonly unknown[]) => parameters.map(asInput);
  const prepare = remembered(256, (sql: string): SqliteStatement => {
    const statement = database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...inputs(parameters)),
      run: (parameters) => statement.run(...inputs(parameters)),
      iterate: (parameters) => statement.iterate(...inputs(parameters)),
    };
  });
  return { close: () => database.close(), prepare };
}

function asInput(value: unknown): SQLInputValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value;
  if (value === null) return null;
  throw new TypeError(`A ${typeof value} is no SQLite value.`);
}
