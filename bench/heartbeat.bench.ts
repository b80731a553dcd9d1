/**
 * How many heartbeats does one core take? Parsing, verifying, the replay check and storing have to
 * run at 0.40 or more of `openssl speed`'s Ed25519 verifications, without the disk; and 5,000 sites
 * that beat every 60 s on one SQLite file have to get their ack within 50 ms (p99), from a process
 * of less than 200 MB. Prints one JSON object; exit code 1 where a limit is passed. `answered` is
 * the rate of the whole handler: with the log's head, the questions that wait, and the ack's
 * signature.
 */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { messagesPath } from "../src/server/messages.ts";
import { verifyToken } from "../src/signing/verify.ts";
import { beatOf, factsOf, heartbeat, senderOf } from "../src/workflow/heartbeat.ts";
import type { Message } from "../src/workflow/ports.ts";
import { World } from "../test/support/fleet-world.ts";
import { Beating, inventoryText } from "../test/support/simulated-beats.ts";
import { siteNames } from "./beating-fleet.ts";

const limits = { ratio: 0.4, p99Ms: 50, megabytes: 200 };
const beatsASecond = siteNames.length / 60;
const seconds = Number(process.env["BENCH_SECONDS"] ?? 10);

/** Verifications a second of one core, by openssl itself. */
function opensslVerify(): number {
  const run = spawnSync("openssl", ["speed", "-seconds", "1", "ed25519"], { encoding: "utf8" });
  return Number(/Ed25519\).* ([\d.]+)\s*$/mu.exec(run.stdout)?.[1]);
}

const world = await World.open({ sites: siteNames });
const sites = siteNames.map((name) => new Beating(world, name));

type Work = (beat: Message) => Promise<unknown>;

/** Beats a second of CPU, in memory, one of each site. */
async function rateOf(work: Work): Promise<number> {
  const beats = await Promise.all(sites.map((site) => site.message()));
  const start = process.cpuUsage();
  for (const beat of beats) await work(beat);
  const { user, system } = process.cpuUsage(start);
  return beats.length / ((user + system) / 1e6);
}

const take: Work = async ({ token, ...texts }) => {
  const { fleet } = world;
  const site = await senderOf(fleet, token);
  if (site === null) throw new Error("no site");
  const verdict = verifyToken("heartbeat", token, factsOf(fleet, site, texts));
  if (!verdict.ok) throw new Error(verdict.reason);
  const beat = beatOf(fleet, site, verdict.claims);
  const taken = await fleet.store.takeBeat(fleet.repository.id, beat);
  if (!taken.moved) throw new Error("a beat was there before");
};

const answer: Work = async (message) => {
  const received = await heartbeat(world.fleet, message);
  if (received.kind === "refused") throw new Error(received.why);
};

// ---------------------------------------------------------------- the door, in its own process

const agent = new Agent({ keepAlive: true });

/** Sends it. @returns milliseconds until the ack was there */
async function send(port: number, beat: Message): Promise<number> {
  const body = Buffer.from(JSON.stringify(beat));
  const from = performance.now();
  const headers = { "content-type": "application/json", "content-length": body.length };
  const sent = request({ agent, headers, method: "POST", path: messagesPath, port });
  sent.end(body);
  const [response] = await once(sent, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  return performance.now() - from;
}

async function heldBy(server: ChildProcess): Promise<number> {
  server.send("memory");
  const [megabytes] = await once(server, "message");
  return Number(megabytes);
}

/** As `npm start` and docs/operations.md have it: little garbage at once, and programs compiled. */
async function startServer(folder: string, more: Record<string, string> = {}) {
  const NODE_COMPILE_CACHE = path.resolve(".cache", "compiled");
  const database = { BENCH_DATABASE: path.join(folder, `beats-${Math.random()}.sqlite`) };
  const server = fork(path.join(import.meta.dirname, "heartbeat-server.ts"), {
    env: { ...process.env, NODE_COMPILE_CACHE, ...database, ...more },
    execArgv: ["--max-semi-space-size=4"],
  });
  const [port] = await once(server, "message");
  return { server, port: Number(port) };
}

async function end(server: ChildProcess): Promise<void> {
  const gone = once(server, "exit");
  server.disconnect();
  await gone;
}

/** Every site has beaten before it counts: all rows are there, and every inventory. */
async function latency(): Promise<{ p99Ms: number; count: number; megabytes: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
  // The first start ever compiles.
  await end((await startServer(folder, { BENCH_SITES: "1" })).server);
  const { server, port } = await startServer(folder);
  try {
    for (const site of sites) {
      await send(port, await site.message({ inventory: inventoryText }));
    }
    const times: Promise<number>[] = [];
    const start = performance.now();
    const round = Array.from({ length: Math.ceil(seconds / 60) }, () => sites).flat();
    for (const [count, site] of round.slice(0, beatsASecond * seconds).entries()) {
      const beat = await site.message();
      const due = start + (count * 1000) / beatsASecond;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      times.push(send(port, beat));
    }
    const sorted = (await Promise.all(times)).toSorted((a, b) => a - b);
    const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
    return { p99Ms, count: sorted.length, megabytes: await heldBy(server) };
  } finally {
    agent.destroy();
    await end(server);
    rmSync(folder, { recursive: true });
  }
}

/** In turns, so that what else the machine does falls on both sides; the first turn is a start. */
async function ratios() {
  await rateOf(take);
  const turns = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const [taken, openssl] = [await rateOf(take), opensslVerify()];
    turns.push({ taken, openssl, ratio: taken / openssl });
  }
  const [, , median] = turns.toSorted((a, b) => a.ratio - b.ratio);
  // For a start too: each site's key of ours is derived once.
  await rateOf(answer);
  if (median === undefined) throw new Error("there are five turns");
  return { ...median, answered: await rateOf(answer) };
}

const { p99Ms, count, megabytes } = await latency();
const { ratio, ...rates } = await ratios();
const rows = siteNames.length;
const report = { ...rates, ratio, rows, p99Ms, count, megabytes, limits };
console.log(JSON.stringify(report));
const isGood = ratio >= limits.ratio && p99Ms < limits.p99Ms && megabytes < limits.megabytes;
process.exitCode = isGood ? 0 : 1;
