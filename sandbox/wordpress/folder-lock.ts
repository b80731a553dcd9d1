/**
 * One process at a time does a piece of set-up. The lock is SQLite's own lock on an empty
 * database: the operating system lets go of it when its holder dies, however it dies.
 */
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { SandboxError } from "./sandbox-error.ts";

const PATIENCE_MS = 10 * 60_000;
const RETRY_MS = 200;

/**
 * Runs `work` while holding the lock, and releases it whatever happens.
 *
 * @throws SandboxError when another process keeps the lock for ten minutes
 */
export async function withLock<T>(lockFile: string, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(lockFile), { recursive: true });
  const lock = await acquire(lockFile);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function acquire(lockFile: string): Promise<DatabaseSync> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryAcquire(lockFile);
    if (lock !== undefined) return lock;
    if (Date.now() > giveUpAt) {
      throw new SandboxError(`Another process has held ${lockFile} for ten minutes.`, {
        hint: "Wait until it is done, or stop it; then start again.",
      });
    }
    await sleep(RETRY_MS);
  }
}

function tryAcquire(lockFile: string): DatabaseSync | undefined {
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && error.message.includes("locked")) return undefined;
    throw error;
  }
}
