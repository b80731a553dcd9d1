/**
 * Commits that share one wait for the disk. SQLite itself would wait for each one, and stop the
 * process for that long; so it only writes, and this file has the operating system sync what it
 * wrote to the write-ahead log. The log is written in order: whatever is synced, all before it is.
 * Sources: sqlite.org/wal.html, sqlite.org/pragma.html#pragma_synchronous.
 */
import { closeSync, fdatasync, openSync } from "node:fs";
import { CountersignError } from "../errors.ts";
import type { Store } from "../workflow/store-port.ts";

/** What is asked of the disk. */
export interface Disk {
  /** Resolves when everything written before the call survives a power cut. */
  datasync(): Promise<void>;
  close(): void;
}

/** The write-ahead log of an open SQLite file: it stays the same file until the last one closes. */
export function writeAheadLog(file: string): Disk {
  if (file === ":memory:") return { datasync: async () => {}, close: () => {} };
  const handle = openSync(`${file}-wal`, "r+");
  const datasync = () =>
    new Promise<void>((resolve, reject) => {
      fdatasync(handle, (fault) => (fault === null ? resolve() : reject(fault)));
    });
  return { datasync, close: () => closeSync(handle) };
}

/**
 * One sync at a time; whoever asks while one runs waits for the next, which serves all of them.
 * After one that failed none succeeds: the system may have forgotten what it could not write.
 */
export function groupCommit(disk: Pick<Disk, "datasync">): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let broken: unknown = null;

  async function sync(): Promise<void> {
    if (broken !== null) throw unwritten(broken);
    try {
      await disk.datasync();
    } catch (cause) {
      broken = cause;
      throw unwritten(cause);
    }
  }
  function start(): Promise<void> {
    const own = sync().finally(() => {
      if (running === own) running = null;
    });
    running = own;
    return own;
  }
  async function after(before: Promise<void>): Promise<void> {
    await before.catch(() => {});
    next = null;
    return start();
  }
  return () => {
    if (running === null) return start();
    return (next ??= after(running));
  };
}

function unwritten(cause: unknown): CountersignError {
  return new CountersignError("store_unusable", "The disk did not take what was written.", {
    hint: "Look at the disk, then start anew: what was not confirmed is read or asked for again.",
    cause,
  });
}

/** Which calls change something that has to survive a power cut. Leases end with the process. */
const CHANGES: Readonly<Record<Exclude<keyof Store, "close">, boolean>> = {
  lines: false,
  append: true,
  text: false,
  flushed: false,
  setFlushed: true,
  takeLease: false,
  endLease: false,
  keepFleet: true,
  fleets: false,
  enqueue: true,
  hasWebhook: false,
  keepWebhook: true,
  forgetWebhooks: true,
  remember: true,
  seen: false,
  takeBeat: true,
  beat: false,
  beats: false,
  noteContact: true,
  keepInventory: true,
  inventory: false,
  keepTrees: true,
  trees: false,
  putQuestion: true,
  questions: false,
  noteAsked: true,
  takeQuestion: true,
  dropQuestions: true,
};
const changing: ReadonlySet<string | symbol> = new Set(
  Object.entries(CHANGES).flatMap(([name, changes]) => (changes ? name : [])),
);

/** The same store, in which no change resolves before it is synced. */
export function durable(store: Store, synced: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (!changing.has(name)) {
        return (...given: unknown[]): unknown => Reflect.apply(value, target, given);
      }
      return async (...given: unknown[]): Promise<unknown> => {
        const result: unknown = await Reflect.apply(value, target, given);
        await synced();
        return result;
      };
    },
  });
}
