/**
 * What one merge costs GitHub in writes: for a thousand sites no more than for thirty, also where
 * it does not end well, and where the process is restarted again and again.
 */
import { afterEach, describe, expect, it } from "vitest";
import { runJob } from "../../src/server/run-job.ts";
import type { Fault } from "../support/simulated-site.ts";
import { World } from "../support/fleet-world.ts";
import { countWrites } from "../support/write-count.ts";

const BUDGET = 20;
const ROLLOUT = "rollout: { canary: { sites: [site-0000] }, waves: [10%, 50%, 100%] }\n";
const TIERS = ["development", "staging", "production"];
const FULL = process.env["COUNTERSIGN_FULL"] === "1";

let world: World;
afterEach(() => world.close());

interface Merge {
  readonly sites: number;
  readonly policy?: string;
  readonly tiers?: readonly string[];
  readonly sitesPerSecond?: number;
  /** After how many jobs the process is another one. */
  readonly restartEvery?: number;
  /** What goes wrong at the site of that number. */
  readonly faults?: readonly (readonly [number, Fault])[];
}

/** Merges, and works everything off. @returns the writes of it by their call, and in all */
async function merge(given: Merge) {
  const { sites, policy = ROLLOUT, tiers = TIERS, restartEvery = Infinity, faults = [] } = given;
  const { sitesPerSecond = Math.ceil(sites / 20) } = given;
  const names = Array.from({ length: sites }, (_, at) => `site-${String(at).padStart(4, "0")}`);
  const versions = (version: string) => Object.fromEntries(names.map((name) => [name, version]));
  const tierOf = (site: string) => tiers[Number(site.slice(5)) % tiers.length]!;
  world = await World.open({ sites: names, policy, tierOf });
  await world.propose(7, versions("1.1"));
  await world.approve(7);
  for (const [at, fault] of faults) world.sites.get(names[at]!)!.faults.push(fault);
  const { queue, repo, forge } = world;
  const { forge: counting, writes } = countWrites(forge);
  // The review of the proposal that undoes it is no write of this merge.
  const reviews = countWrites(forge);
  forge.merge(7, "ada");
  await world.fleet.store.enqueue(repo, { kind: "settle", key: "", runAt: world.clock.seconds });
  let jobs = 0;
  // Sites take their time: the first receipts are told before the last token leaves.
  const full = [{ repo, kind: "deliver" }] as const;
  const batches: number[] = [];
  for (let idle = 0; idle < 120; idle += 1) {
    for (let delivered = 0; ; jobs += 1) {
      const job = await queue.claim(delivered < sitesPerSecond ? [] : full);
      if (job === null) break;
      if (job.kind === "deliver") delivered += 1;
      const before = forge.commits.size;
      if (jobs % restartEvery === restartEvery - 1) await world.restart();
      const seen = job.kind === "review" ? reviews.forge : counting;
      for (const next of await runJob({ ...world.fleet, forge: seen }, job)) {
        await world.fleet.store.enqueue(repo, next);
      }
      await queue.finish(job);
      const flushed = forge.commits.size - before;
      batches.push(...Array<number>(flushed).fill(world.clock.seconds));
      if (job.kind === "deliver") idle = 0;
    }
    world.clock.seconds += 1;
  }
  const own = [...writes];
  return {
    batches,
    own: Object.fromEntries(own),
    sum: own.reduce((sum, [, count]) => sum + count, 0),
  };
}

const outs = () => Map.groupBy(world.entries("receipt"), ({ out }) => out);

describe("the writes of one merge", () => {
  it.each([30, 100, ...(FULL ? [1000] : [])])(
    "are no more than twenty for %i sites, in three tiers and with a canary",
    async (sites) => {
      const { own, sum } = await merge({ sites });
      expect(outs().get("applied")).toHaveLength(sites);
      expect(sum, JSON.stringify(own)).toBeLessThanOrEqual(BUDGET);
      // Independent of the number of sites: the canary, a third, two thirds, all.
      expect(own).toEqual({ showComment: 4, openDeployment: 3, setDeploymentState: 6 });
      expect(world.forge.shown.get(7)?.text).toContain(`Merged: ${sites} of ${sites} sites done`);
      expect([...world.forge.deployments.values()].map(({ states }) => states)).toEqual(
        TIERS.map(() => ["in_progress", "success"]),
      );
    },
    300_000,
  );
  it("are as many where another process goes on after every few jobs", async () => {
    const { own, sum } = await merge({ sites: 30, restartEvery: 7 });
    expect(sum, JSON.stringify(own)).toBeLessThanOrEqual(BUDGET);
    expect(own).toEqual({ showComment: 4, openDeployment: 3, setDeploymentState: 6 });
  });
  it("are no more than twenty where sites of a wave are hurt, with the incident and the way back", async () => {
    const faults = Array.from({ length: 8 }, (_, at) => [at + 5, "rolls_back"] as const);
    const { own, sum } = await merge({ sites: 60, faults, restartEvery: 11 });
    expect(outs().get("rolled_back")?.length).toBeGreaterThan(0);
    expect(sum, JSON.stringify(own)).toBeLessThanOrEqual(BUDGET);
    expect(own).toMatchObject({ openIssue: 1, openPull: 4 });
    const { text } = world.forge.shown.get(7)!;
    expect(text).toContain("says what happened, and what to do");
    expect(text).toContain("`/countersign resume` lets them go on");
  });
  it("are those of one deployment where a plan touches more tiers than GitHub would take", async () => {
    const tiers = ["a", "b", "c", "d"];
    const policy = `tiers: [a, b, c, d]\n${ROLLOUT}`;
    const { own } = await merge({ sites: 24, policy, tiers });
    expect(own).toMatchObject({ openDeployment: 1, setDeploymentState: 2 });
  });
  it("stay one deployment for each site up to twenty of them", async () => {
    await merge({ sites: 20 });
    expect(world.forge.deployments.size).toBe(20);
  });
});

describe("what a comment on a large plan tells", () => {
  it("is as of a moment, which it names", async () => {
    await merge({ sites: 21, faults: [[0, "rolls_back"]] });
    expect(world.forge.shown.get(7)?.text).toMatch(/This is as of 2026-\d\d-\d\d \d\d:\d\d UTC/u);
  });
});

describe("batches of the audit log", () => {
  it("are one in 30 seconds at most while sites answer, and one at once when all is done", async () => {
    const { batches } = await merge({ sites: 60, policy: "", sitesPerSecond: 1 });
    const ends = world.entries("receipt").map(({ at }) => Date.parse(at) / 1000);
    const [authorised, ...others] = batches;
    expect(world.fleet.log.flushedSize).toBe(world.fleet.log.size);
    // The authorisations at once; then the outcomes, of which the last are not waited with.
    expect(authorised).toBeLessThanOrEqual(ends[0]!);
    expect(ends.at(-1)! - ends[0]!).toBeGreaterThan(30);
    const last = others.pop()!;
    expect(last - ends.at(-1)!).toBeLessThanOrEqual(2);
    for (const [at, batch] of others.entries()) {
      expect(batch - (others[at - 1] ?? authorised!)).toBeGreaterThanOrEqual(30);
    }
    expect(others.length).toBeGreaterThan(0);
  });
  it("keep nothing back for longer, where nobody asks for a report", async () => {
    await merge({ sites: 21, policy: ROLLOUT.replace("waves", "soak: 1h, waves") });
    // Of 21 sites only the canary ran.
    expect(outs().get("applied")).toHaveLength(1);
    expect(world.fleet.log.flushedSize).toBe(world.fleet.log.size);
  });
});
