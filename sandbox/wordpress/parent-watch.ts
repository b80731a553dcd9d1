/**
 * A thread beside PHP that ends the process when its starter is gone. The process's own event
 * loop cannot be trusted with that: PHP in an endless loop never returns to it.
 */
import { workerData } from "node:worker_threads";
import { removeOrphan } from "./orphan.ts";

export interface WatchOrder {
  readonly parentPid: number;
  /** Removed when the parent is gone: nobody is left who could use it. */
  readonly folder: string;
}

const { parentPid, folder } = workerData as WatchOrder;

setInterval(() => {
  if (process.ppid === parentPid) return;
  try {
    removeOrphan(folder);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}, 500);
