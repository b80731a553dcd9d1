/**
 * How fast does one merged plan reach 1,000 sites, and what does it cost GitHub? The product's own
 * worker, queue, store (a SQLite file) and workflows; GitHub and the connectors are simulated in the
 * same process, and each connector verifies token and proof and signs its receipt. Counted is from
 * the merge to the last outcome in the comment: by the clock, which is the limit, and beside it by
 * seconds of CPU, of which a busy machine takes none. Prints one JSON object; exit code 1 where a limit
 * is missed, or anything was lost or doubled.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runJob } from "../src/server/run-job.ts";
import { startWorker } from "../src/server/worker.ts";
import { World } from "../test/support/fleet-world.ts";
import { countWrites } from "../test/support/write-count.ts";

const LIMITS = { actionsPerSecond: 40, writes: 20 };
const [FEW, MANY] = [30, 1000];
const patienceMilliseconds = 300_000;

const folder = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));

async function deliverTo(sites: number) {
  const names = Array.from({ length: sites }, (_, at) => `site-${String(at).padStart(4, "0")}`);
  const versions = (version: string) => Object.fromEntries(names.map((name) => [name, version]));
  const world = await World.open({ sites: names, database: path.join(folder, `${sites}.sqlite`) });
  await world.propose(7, versions("1.1"));
  await world.approve(7);
  world.forge.merge(7, "ada");
  world.wait(1);
  const { queue, repo, clock } = world;
  const { forge, writes } = countWrites(world.forge);
  const fleet = { ...world.fleet, forge };
  const batches = world.forge.commits.size;
  // From here on time is real.
  const [began, start] = [clock.seconds, performance.now()];
  clock.now = () => began + Math.floor((performance.now() - start) / 1000);
  await fleet.store.enqueue(repo, { kind: "settle", key: "", runAt: clock.now() });
  const failed: string[] = [];
  const note = (what: object, text: string) => failed.push(`${text}: ${JSON.stringify(what)}`);
  const worker = startWorker({
    queue,
    log: { debug: () => undefined, warn: note, error: note },
    run: async (job) => {
      // As `server/fleets.ts` does before every job.
      await fleet.log.readOn();
      for (const next of await runJob(fleet, job)) await fleet.store.enqueue(repo, next);
    },
  });
  const cpu = process.cpuUsage();
  const isTold = () => world.forge.shown.get(7)?.text.includes(`${sites} of ${sites} sites done`);
  while (isTold() !== true && performance.now() - start < patienceMilliseconds) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await worker.stop();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const ran = [...world.sites.values()].map((site) => site.ran.length);
  const receipts = world.entries("receipt").length;
  await world.close();
  return {
    once: failed.length === 0 && receipts === sites && ran.every((count) => count === 1),
    perSecond: Math.round(sites / seconds),
    perSecondOfCpu: Math.round(sites / ((user + system) / 1e6)),
    writes: [...writes.values()].reduce((sum, count) => sum + count, 0),
    auditBatches: world.forge.commits.size - batches,
    failed: failed.slice(0, 3),
  };
}

try {
  const few = await deliverTo(FEW);
  const many = await deliverTo(MANY);
  const isCheap = many.writes <= LIMITS.writes && few.writes <= LIMITS.writes;
  const ok = few.once && many.once && isCheap && many.perSecond >= LIMITS.actionsPerSecond;
  const sites = { [FEW]: few, [MANY]: many };
  console.log(JSON.stringify({ bench: "delivery", ok, limits: LIMITS, sites }));
  process.exitCode = ok ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
