/** How the default branch came to where it is, read from GitHub's activity list. */
import { afterEach, describe, expect, it } from "vitest";
import type { CommitSha } from "../../src/contract/ids.ts";
import { nextRange } from "../../src/workflow/ranges.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { commitBy, people, unreachable, type Who } from "../support/memory-forge.ts";

let world: World;
afterEach(() => world.close());

const decided = () =>
  world
    .entries("range")
    .slice(1)
    .map(({ result, reasons }) => `${result} ${reasons.join(" ")}`);
const tipOf = async () => (await world.forge.branchTip("main"))!;
const approvals = (number: number) => {
  const { head } = world.forge.pulls.get(number)!;
  return world.forge.checks.get(`${head} countersign/approvals`);
};

async function push(name: string, version: string, by: Who = "olivia"): Promise<CommitSha> {
  const commit = world.forge.commit(name, await world.files({ shop: version }), await tipOf());
  world.forge.move("main", commit, by);
  return commit;
}

describe("a branch that was forced away and back between two looks", () => {
  it("holds the fleet, although its tip is where it was", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const tip = await tipOf();
    const other = world.forge.commit("other", await world.files({ shop: "1.2" }));
    world.forge.move("main", other, "olivia", "force_push");
    world.forge.move("main", tip, "olivia", "force_push");
    await world.restart();
    await settle(world.fleet);
    expect(decided().slice(1)).toEqual(["unattested force_push", "unattested force_push"]);
    expect(world.fleet.log.history.fleetLevel).toMatchObject({ level: "hold" });
    expect(await nextRange(world.fleet)).toBeNull();
    expect(await settle(world.fleet)).toEqual([]);
  });
  it("is seen from the very first policy on", async () => {
    world = await World.open({ sites: [] });
    const tip = await tipOf();
    world.forge.move("main", world.forge.commit("other", new Map()), "olivia", "force_push");
    world.forge.move("main", tip, "olivia", "force_push");
    await settle(world.fleet);
    expect(decided()).toEqual(["unattested force_push", "unattested force_push"]);
  });
});

describe("a list that does not tell how the branch came there", () => {
  it("is waited for an hour from when it was noticed, and then holds the fleet", async () => {
    world = await World.open();
    await push("untold", "1.1");
    world.forge.steps.shift();
    await settle(world.fleet);
    world.wait(3600);
    await settle(world.fleet);
    expect(decided()).toEqual([]);
    world.wait(1);
    await settle(world.fleet);
    expect(decided()).toEqual(["unattested merge_unread too_late"]);
    expect(world.fleet.log.history.fleetLevel).toMatchObject({ level: "hold" });
  });
  it("that is told after all is no second range", async () => {
    world = await World.open();
    await push("late", "1.1");
    const step = world.forge.steps.shift()!;
    await settle(world.fleet);
    world.wait(3601);
    await settle(world.fleet);
    world.forge.steps.unshift(step);
    expect(await settle(world.fleet)).toEqual([]);
    await push("undone", "1.0");
    await settle(world.fleet);
    expect(decided().at(-1)).toBe("attested nothing_to_do");
  });
  it("with a gap in it tells nothing", async () => {
    world = await World.open();
    const first = await push("first", "1.1");
    const hidden = world.forge.steps.shift()!;
    await push("second", "1.0");
    expect(await nextRange(world.fleet)).toMatchObject({ kind: null });
    world.forge.steps.splice(1, 0, hidden);
    expect(await nextRange(world.fleet)).toMatchObject({ kind: "push", to: first });
  });
});

describe("a merge queue", () => {
  /** Two proposals that the queue brought in one go, each with commits of its own. */
  async function queue(how: "one" | "each"): Promise<void> {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.propose(7, { blog: "1.1", shop: "1.0" });
    await world.propose(8, { blog: "1.0", shop: "1.1" });
    for (const number of [7, 8]) await world.approve(number);
    const { forge } = world;
    const first = forge.commit("q", await world.files({ blog: "1.0", shop: "1.0" }), await tipOf());
    const one = forge.commit("q7", await world.files({ blog: "1.1", shop: "1.0" }), first);
    const two = forge.commit("q8", await world.files({ blog: "1.1", shop: "1.1" }), one);
    for (const [number, mergeCommit] of [[7, one] as const, [8, two] as const]) {
      const mergedAt = new Date(world.clock.now() * 1000).toISOString();
      const merged = { state: "merged", mergedBy: people.ada, mergeCommit, mergedAt } as const;
      Object.assign(forge.pulls.get(number)!, merged);
      if (how === "each") forge.move("main", mergeCommit, "bot", "merge_queue_merge");
    }
    if (how === "one") forge.move("main", two, "bot", "merge_queue_merge");
  }
  it.each(["one", "each"] as const)("brings a range for %s of its entries", async (how) => {
    await queue(how);
    await settle(world.fleet);
    expect(decided()).toEqual(["authorised approved", "authorised approved"]);
    expect(world.entries("authorised").map(({ site, pr }) => `${pr} ${site}`)).toEqual([
      "7 blog",
      "8 shop",
    ]);
    expect(await nextRange(world.fleet)).toBeNull();
  });
  it("waits while GitHub does not name the proposals", async () => {
    await queue("one");
    world.forge.pulls.get(7)!.mergeCommit = null;
    world.forge.pulls.get(8)!.mergeCommit = null;
    expect(await nextRange(world.fleet)).toMatchObject({ kind: null });
  });
  it("goes on after a restart in the middle of what it brought at once", async () => {
    await queue("one");
    world.forge.pulls.get(8)!.mergeCommit = null;
    await settle(world.fleet);
    expect(decided()).toEqual(["authorised approved"]);
    world.forge.pulls.get(8)!.mergeCommit = await tipOf();
    await world.restart();
    await settle(world.fleet);
    expect(decided()).toEqual(["authorised approved", "authorised approved"]);
  });
});

describe("whoever had a hand in a push that no pull request brought", () => {
  /** Olivia pushes what Omar wrote; Omar would be the one to approve what settles it. */
  async function pushOmars(over: Parameters<typeof commitBy>[3] = {}): Promise<CommitSha> {
    const from = await tipOf();
    const to = await push("direct", "1.1");
    world.forge.described.set(to, { ...commitBy(to, [from], "omar"), ...over });
    return to;
  }
  it.each<[string, Parameters<typeof commitBy>[3]]>([
    ["its author", {}],
    [
      "a co-author of it",
      {
        author: { id: 13, login: "sam", email: "sam@example.com" },
        committer: { id: 13, login: "sam", email: "sam@example.com" },
        message: "x\n\nCo-authored-by: Omar <12+omar@users.noreply.github.com>",
      },
    ],
  ])("does not settle it: %s", async (_who, over) => {
    world = await World.open();
    await pushOmars(over);
    await settle(world.fleet);
    expect(decided()).toEqual(["unattested direct_push"]);
    expect(world.entries("range").at(-1)?.by).toEqual(expect.arrayContaining([11, 12]));
    await world.propose(8, { shop: "1.2" });
    await world.approve(8, "omar");
    expect(approvals(8)?.result).toBe("blocked");
  });
  it("is held at once where its commits cannot be read, and they are read with what settles it", async () => {
    world = await World.open();
    const to = await pushOmars();
    const { commitsBetween } = world.forge;
    world.forge.commitsBetween = async (base, head) => {
      if (head === to) throw unreachable("compare");
      return commitsBetween(base, head);
    };
    await settle(world.fleet);
    expect(world.entries("range").at(-1)).toMatchObject({ by: [11], result: "unattested" });
    await world.propose(8, { shop: "1.2" });
    await world.approve(8, "omar");
    expect(approvals(8)?.result).toBe("waiting");
    world.forge.commitsBetween = commitsBetween;
    await review(world.fleet, 8);
    expect(approvals(8)?.result).toBe("blocked");
  });
  it("blocks what would settle it where nobody can be named, and a revert still settles it", async () => {
    world = await World.open();
    await pushOmars({ author: { id: null, login: null, email: "who@example.com" } });
    await settle(world.fleet);
    await world.propose(8, { shop: "1.2" });
    expect(approvals(8)?.summary).toContain("account");
    expect(approvals(8)?.result).toBe("blocked");
    await push("undone", "1.0");
    await settle(world.fleet);
    expect(decided().at(-1)).toBe("attested nothing_to_do");
  });
  it("does not stop every review where the pushed commit is gone from GitHub", async () => {
    world = await World.open();
    const to = await pushOmars();
    await settle(world.fleet);
    world.forge.trees.delete(to);
    const tree = await world.files({ shop: "1.0" });
    world.forge.move("main", world.forge.commit("back", tree, to), "ada");
    await settle(world.fleet);
    expect(decided().at(-1)).toBe("attested nothing_to_do");
  });
});

describe("a proposal from a fork", () => {
  it.each([
    [false, "blocked"],
    [true, "waiting"],
  ])(
    "whose pusher nobody knows needs a signature that GitHub verifies: %s",
    async (verified, result) => {
      world = await World.open();
      const head = world.forge.commit("head 7", await world.files({ shop: "1.1" }), await tipOf());
      world.forge.propose(7, head, "ada", { fork: true });
      world.forge.ownCommits.set(7, [commitBy(head, [], "ada", { verified })]);
      await review(world.fleet, 7);
      expect(approvals(7)?.result).toBe(result);
    },
  );
});
