/** `countersign queue`: what waits, what runs, and the dead letters with their last error. */
import { existsSync } from "node:fs";
import { CountersignError } from "../errors.ts";
import { openDatabase } from "../server/database.ts";
import { readDatabaseSettings } from "../server/settings.ts";
import type { DeadLetter, QueueDepth } from "../workflow/queue-port.ts";

export interface QueueReport extends QueueDepth {
  readonly letters: readonly DeadLetter[];
}

/** @throws CountersignError `store_unusable` or `config_missing` */
export async function readQueue(env: NodeJS.ProcessEnv): Promise<QueueReport> {
  const clock = { now: () => Math.floor(Date.now() / 1000) };
  const onError = (error: Error) => console.error(error.message);
  const settings = readDatabaseSettings(env);
  if (settings.databaseUrl === null && !existsSync(settings.databaseFile)) {
    throw noDatabase(settings.databaseFile);
  }
  const { store, queue } = await openDatabase(settings, { clock, onError });
  try {
    return { ...(await queue.depth()), letters: await queue.dead() };
  } finally {
    await store.close();
  }
}

/** Opening would make an empty one, and an empty queue would look fine. */
function noDatabase(file: string): CountersignError {
  return new CountersignError("store_unusable", `There is no database at ${file}.`, {
    hint: "Run it where the server runs, with its DATABASE_URL or COUNTERSIGN_DATABASE.",
  });
}

/** What a person reads; one line for each dead letter. */
export function describeQueue({
  waiting,
  running,
  dead,
  oldestDueAt,
  letters,
}: QueueReport): string {
  const since = oldestDueAt === null ? "" : `, the oldest due since ${instant(oldestDueAt)}`;
  const head = `${waiting} waiting${since}; ${running} running; ${dead} dead`;
  const lines = letters.map(
    ({ repo, kind, key, attempts, failedAt, error }) =>
      `  ${instant(failedAt)} repository ${repo}: ${kind} ${key} failed ${attempts} times: ${oneLine(error)}`,
  );
  const hint =
    "A dead letter runs again when something asks for it anew: the sweep, or a re-check.";
  return [head, ...lines, ...(lines.length === 0 ? [] : [hint])].join("\n");
}

const instant = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19) + "Z";
/** An error quotes what others wrote: it may move no cursor and begin no line of its own. */
const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, 300);
