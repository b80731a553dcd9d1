/** Brings tables up to date, once even where several processes start at the same time. */
import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { CountersignError } from "../errors.ts";

/**
 * Runs what has not run yet, in order, each in a transaction where the database can.
 * @param name of the set: it keeps its own account of what has run
 * @throws CountersignError `store_unusable` where one fails, or a later version was here
 */
export async function migrate<T>(
  db: Kysely<T>,
  name: string,
  steps: readonly ((db: Kysely<T>) => Promise<void>)[],
): Promise<void> {
  const numbered = steps.map((up, index) => [String(index + 1).padStart(4, "0"), { up }] as const);
  const migrator = new Migrator({
    db,
    migrationTableName: `${name}_migration`,
    migrationLockTableName: `${name}_migration_lock`,
    provider: { getMigrations: async () => Object.fromEntries(numbered) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  throw new CountersignError("store_unusable", `The database's ${name} tables are not usable.`, {
    hint: "Start the newest version of Countersign that used this database; its cause is in the log.",
    cause: error,
  });
}
