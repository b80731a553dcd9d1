/**
 * SQLite through Kysely, on Node's own driver: one file, WAL, and synchronous=FULL, so that what
 * was committed survives a power cut.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely";
import { CountersignError } from "../errors.ts";
import { migrations, type Tables } from "./database.ts";
import { KyselyStore } from "./store.ts";

/**
 * Opens the file, making it and its folder where missing, and brings its tables up to date.
 * @throws CountersignError `store_unusable` when the file cannot be opened or is from a later version
 */
export async function openSqliteStore(file: string): Promise<KyselyStore> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: open(file) }) });
  await migrate(db);
  return new KyselyStore(db);
}

function open(file: string): SqliteDatabase {
  try {
    if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file, { timeout: 5000 });
    database.exec("pragma journal_mode = wal; pragma synchronous = full;");
    return asKyselyDatabase(database);
  } catch (cause) {
    throw new CountersignError("store_unusable", `The database file ${file} cannot be opened.`, {
      hint: "Check that its folder exists and is writable, or name another file.",
      cause,
    });
  }
}

/** What Kysely asks of a SQLite driver; `node:sqlite` takes parameters one by one. */
function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      const inputs = (parameters: readonly unknown[]) => parameters.map(asInput);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...inputs(parameters)),
        run: (parameters) => statement.run(...inputs(parameters)),
        iterate: (parameters) => statement.iterate(...inputs(parameters)),
      };
    },
  };
}

function asInput(value: unknown): SQLInputValue {
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value;
  if (value === null) return null;
  throw new TypeError(`A ${typeof value} is no SQLite value.`);
}

async function migrate(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("schema_version")
    .ifNotExists()
    .addColumn("version", "integer", (column) => column.notNull())
    .execute();
  const versions = db.withTables<{ schema_version: { version: number } }>();
  const row = await versions.selectFrom("schema_version").select("version").executeTakeFirst();
  const current = row?.version ?? 0;
  if (current > migrations.length) {
    throw new CountersignError(
      "store_unusable",
      `The database has schema ${current}, and this program knows ${migrations.length}.`,
      { hint: "Start the newer version of Countersign that last used this database." },
    );
  }
  for (const [index, step] of migrations.entries()) {
    if (index < current) continue;
    await db.transaction().execute(async (trx) => {
      await step(trx);
      const version = { version: index + 1 };
      const table = trx.withTables<{ schema_version: { version: number } }>();
      if (index === 0) await table.insertInto("schema_version").values(version).execute();
      else await table.updateTable("schema_version").set(version).execute();
    });
  }
}
