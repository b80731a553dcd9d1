/** PostgreSQL through Kysely and `pg`: for several replicas, or where a database is run anyway. */
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { CountersignError } from "../errors.ts";
import { type Database, migrations, type Tables } from "./database.ts";
import { type BossOptions, enqueueInBoss, openBossQueue } from "./boss-queue.ts";
import { migrate } from "./migrate.ts";
import { KyselyStore } from "./store.ts";

/**
 * Connects, and brings the tables up to date, the queue's in a schema of their own.
 * @param url `postgres://…`; it holds a password and is never shown
 * @throws CountersignError `store_unusable` when it does not answer or is from a later version
 */
export async function openPostgres(url: string, options: BossOptions): Promise<Database> {
  const pool = new pg.Pool({ connectionString: url, max: 10, types: bigintAsNumber() });
  // A connection that dies while nobody uses it is replaced; without a listener it ends the process.
  pool.on("error", options.onError);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, "countersign", migrations);
    const { boss, queue } = await openBossQueue(url, db, options);
    const close = async () => {
      await boss.stop({ graceful: false, close: true });
      await db.destroy();
    };
    return { store: new KyselyStore(db, enqueueInBoss(boss), close), queue };
  } catch (cause) {
    await db.destroy();
    if (cause instanceof CountersignError) throw cause;
    throw new CountersignError("store_unusable", "The database at DATABASE_URL cannot be used.", {
      hint: "Check that PostgreSQL answers there, and that its user may create tables and a schema.",
      cause,
    });
  }
}

/** Sizes, times and numeric ids are far below 2^53: a `bigint` is a number here. */
function bigintAsNumber(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  return types;
}
