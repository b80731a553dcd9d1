import { afterEach, describe, expect, it } from "vitest";
import { digestOfText } from "../../src/signing/digest.ts";
import { nextRange } from "../../src/workflow/ranges.ts";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { commitBy, people, unreachable } from "../support/memory-forge.ts";

let world: World;
afterEach(() => world.close());

const ranges = () =>
  world
    .entries("range")
    .slice(1)
    .map(({ result, reasons }) => `${result} ${reasons.join(" ")}`);
const sitesAuthorised = () => world.entries("authorised").map(({ site, pr }) => `${pr} ${site}`);

describe("settling a merge", () => {
  it("authorises what was approved, with the verdict before it, on the branch before anything runs", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    expect(ranges()).toEqual(["authorised approved"]);
    const kinds = world.kinds();
    expect(kinds.indexOf("verdict")).toBe(kinds.lastIndexOf("range") - 1);
    expect(sitesAuthorised()).toEqual(["7 shop"]);
    expect(world.forge.files.get("tiles/000/000.jsonl")).toContain('"kind":"authorised"');
    expect(world.sites.get("shop")!.done).toEqual([]);
  });
  it("puts every review on record, counted or not, with the reasons", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    const own = world.forge.review(7, "ada");
    const counted = world.forge.review(7, "olivia");
    const outsider = world.forge.review(7, "sam");
    world.wait(2);
    world.forge.merge(7, "omar");
    await settle(world.fleet);
    expect(world.entries("verdict")).toMatchObject([
      {
        counted: [{ id: 11, review: counted.id }],
        discounted: [
          {
            id: 10,
            reasons: expect.arrayContaining(["own_change", "not_in_role"]),
            review: own.id,
          },
          { id: 13, reasons: ["not_in_role"], review: outsider.id },
        ],
        gates: expect.arrayContaining([{ name: digestOfText("operators"), result: "passed" }]),
        pr: 7,
        result: "passed",
      },
    ]);
  });
  it("puts the verdict of a merge by force on record, and authorises nothing", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(ranges()[0]).toMatch(/^unattested missing_approvals/u);
    expect(world.entries("verdict")).toMatchObject([{ counted: [], result: "waiting" }]);
    expect(sitesAuthorised()).toEqual([]);
    expect(world.fleet.log.history.siteLevels.get(siteId("shop"))).toMatchObject({
      level: "hold",
      cause: "range_unattested",
    });
  });
  it("decides a range once, however many settle it at a time", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    world.forge.merge(7, "ada");
    await Promise.all([settle(world.fleet), settle(world.fleet), settle(world.fleet)]);
    expect(ranges()).toEqual(["authorised approved"]);
    expect(sitesAuthorised()).toEqual(["7 shop"]);
  });
  it.each(["squash", "rebase"])("knows one range for a %s merge", async (how) => {
    world = await World.open();
    const head = await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    const tip = (await world.forge.branchTip("main"))!;
    const tree = world.forge.trees.get(head)!;
    const first = world.forge.commit(`${how} 1`, world.forge.trees.get(tip)!, tip);
    const commits =
      how === "squash"
        ? [world.forge.commit("squashed", tree, tip)]
        : [first, world.forge.commit("rebased", tree, first)];
    const merged = world.forge.merge(7, "ada", ...commits);
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
    expect(world.entries("authorised")).toMatchObject([{ merge: merged }]);
  });
  it("settles two merges of one second in their order, each with its own plan", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.propose(7, { blog: "1.1", shop: "1.0" });
    await world.propose(8, { blog: "1.0", shop: "1.1" });
    for (const number of [7, 8]) await world.approve(number);
    const tip = (await world.forge.branchTip("main"))!;
    const one = world.forge.commit("m7", await world.files({ blog: "1.1", shop: "1.0" }), tip);
    world.forge.merge(7, "ada", one);
    const both = world.forge.commit("m8", await world.files({ blog: "1.1", shop: "1.1" }), one);
    world.forge.merge(8, "ada", both);
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved", "authorised approved"]);
    expect(sitesAuthorised()).toEqual(["7 blog", "8 shop"]);
  });
  it("withholds a site whose live state changed since, and tells of it", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.propose(7, { blog: "1.1", shop: "1.1" });
    await world.approve(7);
    world.wait(200);
    const blog = world.sites.get("blog")!;
    blog.live.set("plugins/hello", { ...blog.live.get("plugins/hello")!, state: "inactive" });
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(sitesAuthorised()).toEqual(["7 shop"]);
    await world.report(7);
    expect(world.forge.shown.get(7)?.text).toMatch(/`blog`.*not authorised/u);
  });
});

describe("what could not be read", () => {
  it.each(["activity", "reviewsOf", "commitsBetween", "person"])(
    "waits while GitHub fails at %s, at most an hour, then holds",
    async (call) => {
      world = await World.open();
      await world.propose(7, { shop: "1.1" });
      await world.approve(7);
      world.forge.merge(7, "ada");
      if (call === "activity") {
        const { steps } = world.forge;
        world.forge.activity = async (branch) =>
          branch === "main" ? steps.slice(0, 1) : Promise.reject(failure());
      } else world.forge.failing.add(call);
      await settle(world.fleet);
      expect(ranges()).toEqual([]);
      world.wait(3599);
      await settle(world.fleet);
      expect(ranges()).toEqual([]);
      world.wait(2);
      await settle(world.fleet);
      expect(ranges()).toHaveLength(1);
      expect(ranges()[0]).toMatch(/^unattested .*too_late/u);
    },
  );
  it("authorises when GitHub answers again in time, and looks later each time", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    world.forge.merge(7, "ada");
    world.forge.failing.add("reviewsOf");
    const looks: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const jobs = await settle(world.fleet);
      expect(jobs.map(({ kind }) => kind)).toEqual(["settle"]);
      looks.push(jobs[0]!.runAt - world.clock.seconds);
      world.wait(120);
    }
    expect(looks).toEqual([5, 20, 40, 60]);
    world.forge.failing.clear();
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
  });
  it("waits while the merge is not told yet, and goes on when it is", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    world.forge.merge(7, "ada");
    const step = world.forge.steps.shift()!;
    expect(await nextRange(world.fleet)).toMatchObject({ kind: null });
    await settle(world.fleet);
    world.forge.steps.unshift(step);
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
  });
});

const failure = () => unreachable("list the activity");

describe("what no pull request brought", () => {
  const push = async (name: string, version: string, type = "push") => {
    const tip = (await world.forge.branchTip("main"))!;
    const commit = world.forge.commit(name, await world.files({ shop: version }), tip);
    world.forge.move("main", commit, "olivia", type);
    return commit;
  };

  it("holds its sites, and is settled by a revert, which ends the HOLD and the incident", async () => {
    world = await World.open();
    const bad = await push("direct", "1.1");
    await settle(world.fleet);
    expect(ranges()).toEqual(["unattested direct_push"]);
    await report(world.fleet, `range ${bad}`);
    await report(world.fleet, `range ${bad}`);
    expect([...world.forge.issues.values()]).toMatchObject([{ open: true }]);
    await push("undone", "1.0");
    await settle(world.fleet);
    expect(ranges()[1]).toBe("attested nothing_to_do");
    expect(world.fleet.log.history.siteLevels.get(siteId("shop"))?.level).toBe("normal");
    await report(world.fleet, "incidents");
    expect([...world.forge.issues.values()]).toMatchObject([{ open: false }]);
    expect(world.entries("incident").map(({ phase }) => phase)).toEqual(["contained", "closed"]);
  });
  it("does not let whoever pushed it approve what settles it", async () => {
    world = await World.open();
    await push("direct", "1.1");
    await settle(world.fleet);
    await world.propose(8, { shop: "1.1" });
    await world.approve(8, "olivia");
    world.forge.merge(8, "ada");
    await settle(world.fleet);
    expect(ranges()[1]).toMatch(/^unattested/u);
    expect(sitesAuthorised()).toEqual([]);
  });
  it("holds the fleet after a force-push and after the branch was made anew", async () => {
    world = await World.open();
    await push("forced", "1.1", "force_push");
    await settle(world.fleet);
    expect(ranges()).toEqual(["unattested force_push"]);
    expect(world.fleet.log.history.fleetLevel).toMatchObject({ level: "hold" });
    await world.close();
    world = await World.open();
    const nothing = "0".repeat(40) as Awaited<ReturnType<typeof push>>;
    world.forge.move("main", nothing, "olivia", "branch_deletion");
    world.forge.branches.delete("main");
    world.forge.move(
      "main",
      world.forge.commit("anew", await world.files({ shop: "1.0" })),
      "olivia",
      "branch_creation",
    );
    await settle(world.fleet);
    expect(ranges()).toEqual(["unattested force_push"]);
  });
  it("takes a pull request into another branch for none of this one", async () => {
    world = await World.open();
    const head = await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    world.forge.pulls.get(7)!.base = "release";
    world.forge.branches.set("release", (await world.forge.branchTip("main"))!);
    world.forge.merge(7, "ada", head);
    world.forge.move("main", head, "ada", "pr_merge");
    await settle(world.fleet);
    expect(ranges()).toEqual([]);
    world.wait(3601);
    await settle(world.fleet);
    expect(ranges()[0]).toMatch(/^unattested merge_unread/u);
  });
});

describe("whose approval counts at the merge", () => {
  it.each<[string, () => void]>([
    [
      "a co-author by GitHub's own address",
      () => {
        amend({ message: "Change\n\nco-authored-by: O <11+olivia@users.noreply.github.com>" });
      },
    ],
    [
      "a co-author whose address another commit shows",
      () => {
        const head = world.forge.pulls.get(7)!.head;
        const other = commitBy(world.forge.commit("other", new Map()), [], "olivia");
        const own = world.forge.ownCommits.get(7)!.map((one) => ({
          ...one,
          message: "Change\n\nCo-authored-by: O <Olivia@Example.com>",
        }));
        world.forge.ownCommits.set(7, [{ ...other, committer: other.author }, ...own]);
        world.forge.parents.set(head, [other.sha]);
      },
    ],
    [
      "a co-author by an address that GitHub alone knows",
      () => {
        world.forge.privateAddresses.set("o@private.example", people.olivia.id);
        amend({ message: "Change\n\nCo-authored-by: O <o@private.example>" });
      },
    ],
    [
      "whoever made the branch anew",
      () => {
        world.forge.branches.delete("change-7");
        world.forge.move("change-7", world.forge.pulls.get(7)!.head, "olivia", "branch_creation");
      },
    ],
  ])("does not count %s", async (_name, make) => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    make();
    await world.approve(7, "olivia");
    expect(world.forge.checksOn(world.forge.pulls.get(7)!.head)["approvals"]).not.toBe("passed");
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(sitesAuthorised()).toEqual([]);
    expect(world.entries("verdict")[0]?.discounted).toContainEqual(
      expect.objectContaining({ id: people.olivia.id }),
    );
  });
  function amend(over: Parameters<typeof commitBy>[3]): void {
    const [own] = world.forge.ownCommits.get(7)!;
    world.forge.ownCommits.set(7, [{ ...own!, ...over }]);
  }
  it("does not count an approval of a person suspended since", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    world.forge.suspended.add(people.olivia.id);
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(sitesAuthorised()).toEqual([]);
    await review(world.fleet, 7);
  });
});
