/** Which database the settings name. */
import type { Database } from "../store/database.ts";
import { openPostgres } from "../store/postgres.ts";
import { openSqlite } from "../store/sqlite.ts";
import type { Clock } from "../workflow/ports.ts";
import type { DatabaseSettings } from "./settings.ts";

/** @throws CountersignError `store_unusable` */
export function openDatabase(
  { databaseUrl, databaseFile }: DatabaseSettings,
  { clock, onError }: { readonly clock: Clock; readonly onError: (error: Error) => void },
): Promise<Database> {
  return databaseUrl === null
    ? openSqlite(databaseFile, clock)
    : openPostgres(databaseUrl, { onError });
}
