/**
 * How many heartbeats does one core take? Parsing, verifying, the replay check and storing have to
 * run at 0.40 or more of `openssl speed`'s Ed25519 verifications, without the disk; and 5,000 sites
 * that beat every 60 s on one SQLite file have to get their ack within 50 ms (p99) and 200 MB.
 * Prints one JSON object; exit code 1 where a limit is passed. `answered` is the rate of the whole
 * handler: with the log's head, the questions that wait, and the ack's signature.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../src/store/sqlite.ts";
import type { Store } from "../src/workflow/store-port.ts";
import { verifyToken } from "../src/signing/verify.ts";
import { beatOf, factsOf, heartbeat, senderOf } from "../src/workflow/heartbeat.ts";
import type { Message } from "../src/workflow/ports.ts";
import { World } from "../test/support/fleet-world.ts";
import { Beating, inventoryText } from "../test/support/simulated-beats.ts";

const limits = { ratio: 0.4, p99Ms: 50, megabytes: 200 };
const sites = 5000;
const beatsASecond = sites / 60;
const seconds = Number(process.env["BENCH_SECONDS"] ?? 10);

/** Verifications a second of one core, by openssl itself. */
function opensslVerify(): number {
  const run = spawnSync("openssl", ["speed", "-seconds", "2", "ed25519"], { encoding: "utf8" });
  return Number(/Ed25519\).* ([\d.]+)\s*$/mu.exec(run.stdout)?.[1]);
}

async function storing(store: Store): Promise<{ world: World; beats: Message[] }> {
  const world = await World.open({ sites: ["shop"] });
  Object.assign(world.fleet, { store });
  const shop = new Beating(world);
  await heartbeat(world.fleet, await shop.message({ inventory: inventoryText }));
  const beats: Message[] = [];
  for (let count = 0; count < 4000; count += 1) beats.push(await shop.message());
  return { world, beats };
}

type Work = (world: World, beat: Message) => Promise<unknown>;

/** Beats a second of CPU, in memory. */
async function rateOf(work: Work): Promise<number> {
  const { world, beats } = await storing(await openSqliteStore(":memory:"));
  for (const beat of beats.splice(0, 1000)) await work(world, beat);
  const start = process.cpuUsage();
  for (const beat of beats) await work(world, beat);
  const { user, system } = process.cpuUsage(start);
  return beats.length / ((user + system) / 1e6);
}

const take: Work = async ({ fleet }, message) => {
  const site = await senderOf(fleet, message.token);
  if (site === null) throw new Error("no site");
  const { token, ...texts } = message;
  const verdict = verifyToken("heartbeat", token, factsOf(fleet, site, texts));
  if (!verdict.ok) throw new Error(verdict.reason);
  const taken = await fleet.store.takeBeat(
    fleet.repository.id,
    beatOf(fleet, site, verdict.claims),
  );
  if (!taken.moved) throw new Error("a beat was there before");
};

const answer: Work = async ({ fleet }, message) => {
  const received = await heartbeat(fleet, message);
  if (received.kind === "refused") throw new Error(received.why);
};

async function latency(): Promise<{ p99Ms: number; count: number }> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-bench-"));
  const store = await openSqliteStore(join(folder, "beats.sqlite"));
  const { world, beats } = await storing(store);
  const times: number[] = [];
  const start = performance.now();
  const running: Promise<void>[] = [];
  for (let count = 0; count < Math.min(beats.length, beatsASecond * seconds); count += 1) {
    const due = start + (count * 1000) / beatsASecond;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    const beat = beats[count];
    if (beat === undefined) break;
    const from = performance.now();
    running.push(
      heartbeat(world.fleet, beat).then(() => void times.push(performance.now() - from)),
    );
  }
  await Promise.all(running);
  await store.close();
  rmSync(folder, { recursive: true });
  times.sort((a, b) => a - b);
  return { p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN, count: times.length };
}

// First, so that its memory is its own; the harness is in it.
const { p99Ms, count } = await latency();
const megabytes = process.memoryUsage.rss() / 1e6;
const [taken, answered] = [await rateOf(take), await rateOf(answer)];
const openssl = opensslVerify();
const ratio = taken / openssl;
const report = { taken, answered, openssl, ratio, p99Ms, count, megabytes, limits };
console.log(JSON.stringify(report));
const isGood = ratio >= limits.ratio && p99Ms < limits.p99Ms && megabytes < limits.megabytes;
process.exitCode = isGood ? 0 : 1;
