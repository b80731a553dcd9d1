/** What a merge queue built is judged for real, on the commit that it would bring. */
import { afterEach, describe, expect, it } from "vitest";
import type { CommitSha } from "../../src/contract/ids.ts";
import { judgeQueue } from "../../src/workflow/queue.ts";
import { settle } from "../../src/workflow/settle.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";

let world: World;
afterEach(() => world.close());
const checks = (head: CommitSha) => world.forge.checksOn(head);
const all = (result: string) => ({ policy: result, rollback: result, approvals: result });
const summary = (head: CommitSha) =>
  world.forge.checks.get(`${head} countersign/approvals`)?.summary ?? "";

/** Two approved proposals for two sites. */
async function open(): Promise<void> {
  world = await World.open({ sites: ["blog", "shop"] });
  await world.propose(7, { blog: "1.1", shop: "1.0" });
  await world.propose(8, { blog: "1.0", shop: "1.1" });
  for (const number of [7, 8]) await world.approve(number);
}
/** A commit that the queue built for a proposal. */
async function build(
  number: number,
  versions: Readonly<Record<string, string>>,
  ...parents: CommitSha[]
): Promise<CommitSha> {
  const on = parents.length > 0 ? parents : [(await world.forge.branchTip("main"))!];
  const files = await world.files(versions);
  const commit = world.forge.commit(`built ${number} ${JSON.stringify(versions)}`, files, ...on);
  world.forge.queue.push({ number, commit });
  return commit;
}

describe("a merge group", () => {
  it("passes with the plan that was approved, whatever merge commit, squash or rebase made it", async () => {
    await open();
    const { head } = world.forge.pulls.get(7)!;
    const tip = (await world.forge.branchTip("main"))!;
    const between = world.forge.commit(
      "between",
      await world.files({ blog: "1.0", shop: "1.0" }),
      tip,
    );
    for (const parents of [[tip, head], [tip], [between]]) {
      world.forge.queue.length = 0;
      const built = await build(7, { blog: "1.1", shop: "1.0" }, ...parents);
      expect(await judgeQueue(world.fleet, built)).toEqual([]);
      expect(checks(built)).toEqual(all("passed"));
    }
  });
  it("judges each proposal on top of the ones before it", async () => {
    await open();
    const one = await build(7, { blog: "1.1", shop: "1.0" });
    const two = await build(8, { blog: "1.1", shop: "1.1" }, one);
    await judgeQueue(world.fleet, two);
    expect(checks(two)).toEqual(all("passed"));
    expect(summary(two)).toMatch(/#7 builds the plan that was approved[^]*#8 builds the plan/u);
  });
  it("is blocked where the queue builds another plan, be it of one before", async () => {
    await open();
    const own = await build(7, { blog: "1.2", shop: "1.0" });
    await judgeQueue(world.fleet, own);
    expect(checks(own)["approvals"]).toBe("blocked");
    world.forge.queue.length = 0;
    const one = await build(7, { blog: "1.2", shop: "1.0" });
    const two = await build(8, { blog: "1.2", shop: "1.1" }, one);
    await judgeQueue(world.fleet, two);
    expect(checks(two)["approvals"]).toBe("blocked");
    expect(summary(two)).toContain("#7 builds another plan here than the one that was approved");
  });
  it("is blocked by one before that nobody approved, however it got there", async () => {
    await open();
    world.forge.reviews.delete(7);
    const one = await build(7, { blog: "1.1", shop: "1.0" });
    const two = await build(8, { blog: "1.1", shop: "1.1" }, one);
    await judgeQueue(world.fleet, two);
    expect(checks(two)["approvals"]).toBe("blocked");
    expect(summary(two)).toContain("#7 is not approved");
  });
  it("takes nothing from a name: a commit named for an approved proposal needs its plan", async () => {
    await open();
    world.forge.reviews.delete(8);
    const one = await build(7, { blog: "1.1", shop: "1.0" });
    const both = await build(7, { blog: "1.1", shop: "1.1" }, one);
    await judgeQueue(world.fleet, both);
    expect(checks(both)["approvals"]).toBe("blocked");
  });
  it("counts the commits of a proposal without a name as those of the next one", async () => {
    await open();
    const hidden = world.forge.commit(
      "hidden",
      await world.files({ blog: "1.2", shop: "1.0" }),
      (await world.forge.branchTip("main"))!,
    );
    const two = await build(8, { blog: "1.2", shop: "1.1" }, hidden);
    await judgeQueue(world.fleet, two);
    expect(checks(two)["approvals"]).toBe("blocked");
  });
  it.each(["reviewsOf", "person"])(
    "says nothing while GitHub fails at %s, and looks again",
    async (call) => {
      await open();
      const built = await build(7, { blog: "1.1", shop: "1.0" });
      world.forge.failing.add(call);
      const jobs = await judgeQueue(world.fleet, built);
      expect(jobs).toMatchObject([{ kind: "queue", key: built }]);
      expect(checks(built)).toEqual({});
      world.forge.failing.clear();
      await judgeQueue(world.fleet, built);
      expect(checks(built)).toEqual(all("passed"));
    },
  );
  it("is judged after what was merged before it", async () => {
    await open();
    const built = await build(8, { blog: "1.1", shop: "1.1" });
    const merged = world.forge.merge(7, "ada");
    const jobs = await judgeQueue(world.fleet, built);
    expect(jobs.map(({ kind }) => kind)).toEqual([]);
    world.forge.queue.length = 0;
    const anew = await build(8, { blog: "1.1", shop: "1.1" }, merged);
    expect((await judgeQueue(world.fleet, anew)).map(({ kind }) => kind)).toEqual([
      "settle",
      "queue",
    ]);
    await settle(world.fleet);
    await judgeQueue(world.fleet, anew);
    expect(checks(anew)).toEqual(all("passed"));
  });
  it("that is gone is left alone, and a lost webhook is found by the sweep", async () => {
    await open();
    const built = await build(7, { blog: "1.1", shop: "1.0" });
    expect(await sweep(world.fleet)).toContainEqual(
      expect.objectContaining({ kind: "queue", key: built }),
    );
    world.forge.queue.length = 0;
    expect(await judgeQueue(world.fleet, built)).toEqual([]);
    expect(checks(built)).toEqual({});
  });
  it("waits for a draft and for missing approvals in its own words, at once", async () => {
    await open();
    world.forge.reviews.delete(7);
    const built = await build(7, { blog: "1.1", shop: "1.0" });
    expect(await judgeQueue(world.fleet, built)).toEqual([]);
    expect(checks(built)["approvals"]).not.toBe("passed");
  });
});
