/**
 * One replica as a process of its own: the real worker on a PostgreSQL. Each job writes a row when
 * it begins and one when it ends, and appends one entry to its fleet's log.
 * Arguments: the database's URL, a name, and how long a job takes in milliseconds.
 */
import pg from "pg";
import { pino } from "pino";
import { startWorker } from "../../src/server/worker.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { site } from "./ids.ts";
import { MemoryBranch } from "./memory-branch.ts";

const [url = "", name = "", milliseconds = "0", writes = "log"] = process.argv.slice(2);
const clock = { now: () => Math.floor(Date.now() / 1000) };
const log = pino({ level: "warn" }, pino.destination(2));
const { store, queue } = await openPostgres(url, { onError: (error) => log.error(error) });
const diary = new pg.Pool({ connectionString: url, max: 4 });
const signer = signerOf(Buffer.alloc(32, 7), "log");
const logs = new Map<number, Promise<FleetLog>>();

function logOf(repo: number): Promise<FleetLog> {
  const open = () =>
    FleetLog.open({ repo, store, branch: new MemoryBranch(), signerOf: async () => signer, clock });
  const known = logs.get(repo) ?? open();
  logs.set(repo, known);
  return known;
}

const worker = startWorker({
  queue,
  log,
  run: async ({ repo, kind, key, attempts }) => {
    const note = (what: string) =>
      diary.query(
        "insert into diary (replica, repo, kind, key, attempt, what) values ($1, $2, $3, $4, $5, $6)",
        [name, repo, kind, key, attempts, what],
      );
    await note("begin");
    const patience = key.startsWith("long") && attempts === 1 ? 60_000 : Number(milliseconds);
    await new Promise((resolve) => setTimeout(resolve, patience));
    if (writes === "log") {
      const fleetLog = await logOf(repo);
      const at = new Date().toISOString().replace(/\.\d+/u, "");
      await fleetLog.append(() => ({
        entries: [
          {
            at,
            by: null,
            cause: `j${key.replace(/\W/gu, "_")}`,
            kind: "level",
            level: "hold",
            site: site("shop"),
          },
        ],
      }));
    }
    await note("end");
  },
});
console.log("ready");
process.once("SIGTERM", () => {
  void end();
});

async function end(): Promise<void> {
  await worker.stop();
  await diary.end();
  await store.close();
}
