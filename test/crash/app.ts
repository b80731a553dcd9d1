/**
 * The App of a crash test, as a process of its own: the real store, queue, worker, inbox, log and
 * workflows. GitHub and the sites are the test's, over loopback; the time is a file's content.
 */
import { openSync, readSync } from "node:fs";
import { setInterval } from "node:timers";
import { pino } from "pino";
import { openInbox } from "../../src/server/inbox.ts";
import { runJob } from "../../src/server/run-job.ts";
import { startWorker } from "../../src/server/worker.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { keys, surroundings } from "../support/fleet-world.ts";
import { connect } from "./loopback.ts";

/** What the test tells the App, as GitHub's webhooks would. */
export type Hint =
  | { readonly kind: "proposed" | "merged"; readonly pull: number }
  | { readonly kind: "commented"; readonly pull: number; readonly comment: number };
export interface Given {
  readonly repo: number;
  readonly port: number;
  /** A file of SQLite, or the URL of a PostgreSQL. */
  readonly database: string;
  readonly clockFile: string;
  /** As in the Action: the log says which commands were carried out. */
  readonly answersInLog: boolean;
}

/** The server's own, unless somebody chose another. */
const sweepSeconds = 60;
const given: Given = JSON.parse(process.argv[2] ?? "");
const { repo, port, database, clockFile, answersInLog } = given;
const { forge, sites } = connect(port);
const clock = clockOf(clockFile);
const log = pino({ level: process.env["CRASH_LOG"] ?? "silent" });
const { store, queue, isBehind } = await openDatabase();
const unread = { kind: "unread", why: "ENOTFOUND" } as const;
const state = { running: 0, fleet: null as Promise<Fleet> | null };

function clockOf(file: string) {
  const [handle, digits] = [openSync(file, "r"), Buffer.alloc(10)];
  return {
    now(): number {
      readSync(handle, digits, 0, 10, 0);
      return Number(digits.toString());
    },
  };
}

/** The driver of PostgreSQL is loaded where it is used: a life is short. */
async function openDatabase() {
  if (!database.startsWith("postgres:")) {
    return { ...(await openSqlite(database, clock)), isBehind: () => false };
  }
  const { openPostgres } = await import("../../src/store/postgres.ts");
  const { TestClock } = await import("pg-boss");
  const own = new TestClock(clock.now() * 1000);
  const opened = await openPostgres(database, {
    clock: own,
    onError: (error) => log.error({ err: error }),
  });
  // pg-boss looks after lost claims by its own timers: they follow the file.
  let ticking = false;
  setInterval(() => {
    const behind = clock.now() * 1000 - own.now();
    if (ticking || behind <= 0) return;
    ticking = true;
    void own.tick(behind).finally(() => (ticking = false));
  }, 10);
  return { ...opened, isBehind: () => ticking || own.now() < clock.now() * 1000 };
}

async function openFleet(): Promise<Fleet> {
  const signer = await keys.logSigner({ cp: `cp:${repo}`, gen: 1 });
  const fleetLog = await FleetLog.open({
    repo,
    store,
    branch: forge,
    signerOf: async () => signer,
    clock,
  });
  const repository = await forge.repository();
  const parts = { forge, store, sites, keys, clock, answersInLog, ...surroundings(() => unread) };
  return { repository, log: fleetLog, ...parts };
}

/** Tells the test when nothing is due and nothing runs, by the time that it is now. */
async function claimOrRest(...asked: Parameters<typeof queue.claim>) {
  const wasBehind = isBehind();
  const job = await queue.claim(...asked);
  const isResting = job === null && state.running === 0 && !wasBehind && !isBehind();
  if (isResting && process.connected) process.send?.("idle");
  return job;
}

const worker = startWorker({
  queue: { ...queue, claim: claimOrRest },
  log,
  async run(job) {
    state.running += 1;
    try {
      const fleet = await (state.fleet ??= openFleet());
      await fleet.log.readOn();
      for (const next of await runJob(fleet, job)) await store.enqueue(repo, next);
    } catch (error) {
      state.fleet = null;
      throw error;
    } finally {
      state.running -= 1;
    }
  },
});
const inbox = openInbox({ store, clock, wake: () => worker.wake() });

const payload = {
  repository: { id: repo, name: "fleet", owner: { login: "acme" }, default_branch: "main" },
  installation: { id: 1 },
};
process.on("message", (hint: Hint) => void hear(hint));
async function hear(hint: Hint): Promise<void> {
  switch (hint.kind) {
    case "merged":
      return inbox.merged(payload);
    case "proposed":
      return inbox.proposed(payload, hint.pull);
    case "commented": {
      const comment = { id: hint.comment, body: "/countersign recheck" };
      return inbox.commented({ ...payload, issue: { number: hint.pull }, comment });
    }
  }
}
process.on("disconnect", () => process.exit());

setInterval(() => worker.wake(), 10);
await store.keepFleet({ repo, installation: 1, owner: "acme", name: "fleet" });
await inbox.sweepAll();
let sweptAt = clock.now();
// As the server does: a job whose last attempt was lost with its worker is asked for anew.
setInterval(() => {
  if (clock.now() < sweptAt + sweepSeconds) return;
  sweptAt = clock.now();
  void inbox.sweepAll();
}, 10);
