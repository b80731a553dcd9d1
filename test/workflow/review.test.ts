import { afterEach, describe, expect, it } from "vitest";
import { isLogFault, showLogFault } from "../../src/workflow/log-fault.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { level } from "../support/entries.ts";

let world: World;
afterEach(() => world.close());
const checks = (number: number) => world.forge.checksOn(world.forge.pulls.get(number)!.head);
const shown = () => world.entries("plan.shown");
const all = (result: string) => ({ policy: result, rollback: result, approvals: result });

describe("reviewing a proposal", () => {
  it("passes step by step, and shows the same plan once", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    expect(checks(7)).toEqual({ policy: "passed", rollback: "passed", approvals: "waiting" });
    await world.approve(7);
    expect(checks(7)).toEqual(all("passed"));
    for (let turn = 0; turn < 3; turn += 1) await review(world.fleet, 7);
    expect(shown()).toHaveLength(1);
    expect(world.entries("readiness.shown")).toHaveLength(1);
    expect(world.forge.asked).toHaveLength(1);
  });
  it("says which other open proposal touches the same site, until that is closed", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.propose(8, { shop: "1.1" });
    const comment = () => world.forge.shown.get(8)?.text;
    expect(comment()).toContain("#7 is open too, and touches `shop`");
    const other = world.forge.pulls.get(7)!;
    world.forge.pulls.set(7, { ...other, state: "closed" });
    await review(world.fleet, 7);
    await review(world.fleet, 8);
    expect(comment()).not.toContain("#7 is open too");
  });
  it("counts no approval that came before the plan was shown, or in its second", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    world.forge.reviews.clear();
    world.clock.seconds -= 5;
    world.forge.review(7, "olivia");
    world.wait(60);
    await review(world.fleet, 7);
    expect(checks(7)["approvals"]).toBe("waiting");
  });
  it("asks an approval anew that came while the plan was visible and not on record", async () => {
    world = await World.open();
    const { store } = world.fleet;
    const append = store.append.bind(store);
    store.append = () => Promise.reject(new Error("disk full"));
    await expect(world.propose(7, { shop: "1.1" })).rejects.toThrow("disk full");
    expect(world.forge.shown.get(7)?.text).toContain("Plan: ");
    world.wait(60);
    world.forge.review(7, "olivia");
    world.wait(60);
    store.append = append;
    await world.restart();
    await review(world.fleet, 7);
    await review(world.fleet, 7);
    expect(checks(7)["approvals"]).toBe("waiting");
    const head = world.forge.pulls.get(7)!.head;
    expect(world.forge.checks.get(`${head} countersign/approvals`)?.summary).toContain(
      "`olivia` does not count: approved before this plan was shown",
    );
    world.wait(1);
    await world.approve(7);
    expect(checks(7)).toEqual(all("passed"));
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(world.entries("authorised").map(({ site }) => site)).toEqual(["shop"]);
  });
  it("judges the head that it shows: a push meanwhile is another review's", async () => {
    world = await World.open();
    const first = await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    const tip = (await world.forge.branchTip("main"))!;
    const second = world.forge.commit("pushed", await world.files({ shop: "1.2" }), tip);
    const { trees } = world.forge;
    world.forge.controlTree = async (commit) => {
      world.forge.pulls.get(7)!.head = second;
      return trees.get(commit)!;
    };
    await review(world.fleet, 7);
    expect(world.forge.checksOn(first)).toEqual(all("passed"));
    expect(world.forge.checksOn(second)).toEqual({});
    await review(world.fleet, 7);
    expect(world.forge.checksOn(second)["approvals"]).toBe("waiting");
    expect(shown().map(({ head }) => head)).toEqual([first, second]);
  });
  it("holds a draft, refuses what goes into another branch, and leaves the closed alone", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    const pull = world.forge.pulls.get(7)!;
    pull.draft = true;
    await review(world.fleet, 7);
    expect(checks(7)).toEqual(all("waiting"));
    Object.assign(pull, { draft: false, base: "release" });
    await review(world.fleet, 7);
    expect(checks(7)).toEqual(all("blocked"));
    Object.assign(pull, { base: "main" });
    await review(world.fleet, 7);
    expect(checks(7)).toEqual(all("passed"));
    Object.assign(pull, { state: "closed", base: "release" });
    await review(world.fleet, 7);
    expect(checks(7)).toEqual(all("passed"));
  });
  it.each(["reviewsOf", "commitsBetween", "pushesTo", "person"])(
    "never passes while GitHub fails at %s",
    async (call) => {
      world = await World.open();
      await world.propose(7, { shop: "1.1" });
      await world.approve(7);
      world.forge.failing.add(call);
      await review(world.fleet, 7);
      expect(checks(7)["approvals"]).toBe("waiting");
      world.forge.failing.clear();
      await review(world.fleet, 7);
      expect(checks(7)["approvals"]).toBe("passed");
    },
  );
  it("keeps the moment of the showing over a crash between the comment and the log", async () => {
    world = await World.open();
    world.forge.failing.add("requestReviewers");
    const tip = (await world.forge.branchTip("main"))!;
    const head = world.forge.commit("head 7", await world.files({ shop: "1.1" }), tip);
    world.forge.propose(7, head, "ada");
    await expect(review(world.fleet, 7)).rejects.toMatchObject({ code: "github_unreachable" });
    expect(shown()).toEqual([]);
    const at = world.clock.seconds;
    world.forge.failing.clear();
    await world.restart();
    world.wait(60);
    await review(world.fleet, 7);
    expect(Date.parse(shown()[0]!.at) / 1000).toBeGreaterThanOrEqual(at);
  });
  it("waits for a site at HOLD, and for one that is silent", async () => {
    world = await World.open();
    await world.fleet.log.append(() => ({ entries: [level("shop", "hold", "commanded")] }));
    await world.propose(7, { shop: "1.1" });
    expect(checks(7)["policy"]).toBe("waiting");
    world.wait(600);
    world.sites.get("shop")!.faults.push("unreachable");
    await review(world.fleet, 7);
    expect(checks(7)["rollback"]).toBe("waiting");
  });
});

describe("a co-author", () => {
  const amend = (message: string) => {
    const [own] = world.forge.ownCommits.get(7)!;
    world.forge.ownCommits.set(7, [{ ...own!, message }]);
  };
  it("without an account is shown and excludes nobody", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    amend("Change\n\nCo-authored-by: Zed <zed@example.com>");
    await world.approve(7);
    const { head } = world.forge.pulls.get(7)!;
    const { result, summary } = world.forge.checks.get(`${head} countersign/approvals`)!;
    expect(result).toBe("passed");
    expect(summary).toContain("`zed@example.com` is named as a co-author");
  });
  it("whose account cannot be asked for makes the approvals wait", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    amend("Change\n\nCo-authored-by: Zed <zed@example.com>");
    world.forge.failing.add("authorsOf");
    await world.approve(7);
    expect(checks(7)["approvals"]).toBe("waiting");
  });
  it("whom an address of GitHub's names costs no question", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    amend("Change\n\nCo-authored-by: Omar <12+omar@users.noreply.github.com>");
    await world.approve(7, "omar");
    expect(checks(7)["approvals"]).toBe("waiting");
    expect(world.forge.calls).not.toContain("authorsOf");
  });
});

describe("the protection of the branches", () => {
  const told = () => {
    const { head } = world.forge.pulls.get(7)!;
    const check = world.forge.checks.get(`${head} countersign/approvals`)?.summary ?? "";
    return [
      check.includes("GitHub does not stop"),
      world.forge.shown.get(7)?.text.includes("GitHub does not stop"),
    ];
  };
  it("is warned of in check and comment where it is missing, and changes no verdict", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    expect(told()).toEqual([false, false]);
    world.forge.protections.set("countersign/audit", {
      ...(await world.forge.protection("main")),
      refusesForcePush: false,
    });
    await world.approve(7);
    expect(told()).toEqual([true, true]);
    expect(checks(7)).toEqual(all("passed"));
  });
  it("that cannot be read is said so, and holds nothing up", async () => {
    world = await World.open();
    world.forge.failing.add("protection");
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    expect(world.forge.shown.get(7)?.text).toContain("could not be read");
    expect(checks(7)).toEqual(all("passed"));
  });
});

describe("a log that is not whole", () => {
  it("takes every check of every open proposal back to waiting, with the reason", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    await world.propose(8, { shop: "1.2" });
    Object.assign(world.forge.pulls.get(8)!, { base: "release" });
    const before = checks(8);
    await showLogFault(world.fleet, "log_mismatch");
    expect(checks(7)).toEqual(all("waiting"));
    expect(checks(8)).toEqual(before);
    const { head } = world.forge.pulls.get(7)!;
    expect(world.forge.checks.get(`${head} countersign/policy`)?.summary).toMatch(/audit verify/u);
  });
  it("is told of these two faults alone", () => {
    expect(
      ["log_mismatch", "log_unreadable", "github_refused", "toString"].map(isLogFault),
    ).toEqual([true, true, false, false]);
  });
});
