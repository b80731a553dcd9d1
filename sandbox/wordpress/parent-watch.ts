/**
 * A thread beside PHP that ends the process when its starter is gone, and takes the site's files
 * along: nobody is left who could use them. The process's own event loop cannot be trusted with
 * that, because PHP in an endless loop never returns to it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { removeOrphan } from "./orphan.ts";

export interface WatchOrder {
  readonly parentPid: number;
  readonly folder: string;
}

const { parentPid, folder } = workerData as WatchOrder;

function end(): never {
  try {
    removeOrphan(folder);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
  process.exit();
}

setInterval(() => {
  if (process.ppid !== parentPid) end();
}, 500);

/** Any message says that the channel to the starter is closed, as when only its thread ended. */
parentPort?.once("message", end);
