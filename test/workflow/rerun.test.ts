/** What people command about a merged plan: retry, resume, abandon and rollback. */
import { afterEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { unfinishedSites } from "../../src/domain/unfinished.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { level } from "../support/entries.ts";
import { digest, site as siteId } from "../support/ids.ts";
import type { Fault } from "../support/simulated-site.ts";

let world: World;
afterEach(() => world.close());

const outs = () => world.entries("receipt").map(({ out }) => out);
const attempts = () => world.entries("authorised").map(({ attempt, mode }) => [mode, attempt]);
const shop = () => world.sites.get("shop")!;
const newestPull = () => Math.max(...world.forge.pulls.keys());
async function bring(...faults: Fault[]): Promise<void> {
  world = await World.open({ sites: ["blog", "shop"] });
  await world.bring(7, { blog: "1.1", shop: "1.1" });
  shop().faults.push(...faults);
  for (const name of ["blog", "shop"]) await world.run(name);
  await world.report(7);
}
/** Somebody edits a file of the plugin at the site. */
function edited(): void {
  const live = shop().live.get("plugins/hello")!;
  shop().live.set("plugins/hello", { ...live, tree: digest("edited") });
}
/** Approved, merged, settled and run. */
async function land(number: number): Promise<void> {
  await review(world.fleet, number);
  world.wait(5);
  await world.approve(number);
  world.forge.merge(number, "ada");
  world.wait(1);
  await settle(world.fleet);
  await world.run("shop");
  await world.report(number);
}

describe("retry", () => {
  it("tries a plan again where it was refused, by a new action that is on record before", async () => {
    await bring("refuses");
    const answer = await world.say(7, "omar", "/countersign retry failed");
    expect(answer).toContain("`shop`: authorised again, on record (attempt 2)");
    expect(world.kinds().slice(-2)).toEqual(["commanded", "authorised"]);
    expect(world.entries("commanded")).toMatchObject([
      { name: "retry", by: [12], pr: 7, sites: ["shop"], issue: 7 },
    ]);
    await world.run("shop");
    expect(outs()).toEqual(["applied", "refused:disk_full", "applied"]);
    const subs = world.entries("authorised").map(({ sub }) => sub);
    expect(new Set(subs).size).toBe(3);
    expect(unfinishedSites(world.fleet.log.history).size).toBe(0);
  });
  it("does so for a plan that lapsed, at one site", async () => {
    await bring();
    await world.bring(8, { blog: "1.2", shop: "1.2" });
    world.wait(7 * 24 * 3600 + 1);
    for (const name of ["blog", "shop"]) await world.run(name);
    expect(await world.say(8, "olivia", "/countersign retry shop")).toContain("(attempt 2)");
    await world.run("shop");
    expect(shop().done.at(-1)).toBe("plugins/hello 1.1→1.2");
    expect(world.sites.get("blog")!.done).toHaveLength(1);
  });
  it.each([
    ["by whoever proposed it", "ada", "had a hand in"],
    ["without the role", "sam", "do not hold the role"],
    ["by a machine", "bot", "machines may tighten"],
  ] as const)("is refused %s, and nothing changes", async (_why, who, words) => {
    await bring("refuses");
    const size = world.fleet.log.size;
    expect(await world.say(7, who, "/countersign retry failed")).toContain(words);
    expect(world.fleet.log.size).toBe(size);
  });
  it("judges the gates again: an objection since the merge keeps it shut", async () => {
    await bring("refuses");
    world.forge.review(7, "omar", "CHANGES_REQUESTED");
    expect(await world.say(7, "omar", "/countersign retry shop")).toContain("do not pass now");
    expect(attempts()).toHaveLength(2);
  });
  it("gives none to a site in another state than the approvals saw", async () => {
    await bring("refuses");
    edited();
    expect(await world.say(7, "omar", "/countersign retry shop")).toContain("another state");
    expect(attempts()).toHaveLength(2);
  });
  it("says what there is nothing to try again about", async () => {
    await bring();
    expect(await world.say(7, "omar", "/countersign retry failed")).toContain("ended well");
    expect(await world.say(7, "omar", "/countersign retry nowhere")).toContain("no such site");
    expect(await world.say(99, "omar", "/countersign retry failed")).toContain("Which plan?");
    expect(await world.say(99, "omar", "/countersign retry shop")).toContain("Which plan?");
    expect(attempts()).toHaveLength(2);
  });
  it("takes as many people as the right asks for, in words since the plan ended", async () => {
    world = await World.open({ rights: "  retry: { role: operators, count: 2 }\n" });
    await world.bring(7, { shop: "1.1" });
    expect(await world.say(7, "olivia", "/countersign retry shop")).toContain("on its way");
    shop().faults.push("refuses");
    await world.run("shop");
    expect(await world.say(7, "omar", "/countersign retry shop")).toContain("more people");
    expect(await world.say(7, "olivia", "/countersign retry shop")).toContain("(attempt 2)");
    expect(world.entries("commanded")).toMatchObject([{ by: [11, 12] }]);
    expect(await world.say(7, "omar", "/countersign retry shop")).toContain("on its way");
  });
});

describe("resume", () => {
  it("runs what is left of a plan by its number, from anywhere", async () => {
    await bring("refuses");
    expect(await world.say(99, "omar", "/countersign resume 7")).toContain("(attempt 2)");
    await world.run("shop");
    expect(outs().at(-1)).toBe("applied");
  });
  it("gives a site that was in another state its first action once it is back", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.propose(7, { blog: "1.1", shop: "1.1" });
    await world.approve(7);
    edited();
    world.forge.merge(7, "ada");
    world.wait(130);
    await settle(world.fleet);
    expect(attempts()).toEqual([["apply", 1]]);
    shop().install("plugins/hello", "1.0");
    world.wait(130);
    expect(await world.say(7, "omar", "/countersign resume")).toContain("(attempt 1)");
    await world.run("shop");
    expect(shop().done).toEqual(["plugins/hello 1.0→1.1"]);
  });
  it("waits at HOLD until people release it: what hurt a site is not tried again by one word", async () => {
    await bring("refuses");
    const at = (to: "hold" | "normal") =>
      world.fleet.log.append(() => ({ entries: [level("shop", to, "commanded")] }));
    await at("hold");
    await world.say(7, "omar", "/countersign resume");
    await world.run("shop", 600);
    expect(outs()).toHaveLength(2);
    await at("normal");
    await world.run("shop");
    expect(outs().at(-1)).toBe("applied");
  });
});

describe("abandon", () => {
  it("lets other proposals go on, and opens the one that brings the branch back", async () => {
    await bring("refuses");
    const answer = await world.say(7, "omar", "/countersign abandon");
    expect(answer).toContain(`#${newestPull()} brings the branch back`);
    expect(world.entries("ended")).toMatchObject([{ how: "abandoned" }]);
    expect(unfinishedSites(world.fleet.log.history).size).toBe(0);
    const { head, headRef } = world.forge.pulls.get(newestPull())!;
    expect(headRef).toMatch(/^countersign\/abandon-7-/u);
    expect(String(world.forge.trees.get(head)!.get("sites/shop.yml"))).toContain('"1.0"');
    await land(newestPull());
    expect(world.entries("authorised").at(-1)).toMatchObject({ mode: "recover" });
    expect(outs().at(-1)).toBe("already_applied");
    expect(await world.say(7, "omar", "/countersign retry shop")).toContain("abandoned");
  });
  it("finds the revert that the incident opened, rather than a second one", async () => {
    await bring("rolls_back");
    const revert = newestPull();
    expect(await world.say(7, "omar", "/countersign abandon 7")).toContain(`#${revert} brings`);
    expect(newestPull()).toBe(revert);
    await land(revert);
    expect(levelOf(world.fleet.log.history, siteId("shop")).level).toBe("normal");
  });
  it("waits for what was sent, and says so when nothing is left", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    shop().faults.push("answer_lost", ...Array<Fault>(40).fill("unreachable"));
    await world.run("shop", 30);
    expect(await world.say(7, "omar", "/countersign abandon")).toContain("got the action already");
    shop().faults.length = 0;
    await world.run("shop");
    expect(await world.say(7, "omar", "/countersign abandon")).toContain("is left to abandon");
    expect(world.entries("ended")).toEqual([]);
  });
});

describe("rollback", () => {
  it("has the site restore what the plan replaced, and opens the proposal that follows", async () => {
    await bring();
    const answer = await world.say(7, "omar", "/countersign rollback shop");
    expect(answer).toContain("takes back what #7 did");
    const forward = world.entries("authorised").find(({ site }) => site === "shop");
    expect(world.entries("authorised").at(-1)).toMatchObject({
      mode: "rollback",
      attempt: 1,
      plan: forward!.plan,
      merge: forward!.merge,
      fleet: forward!.fleet,
    });
    await world.run("shop");
    await world.report(7);
    expect(shop().done.at(-1)).toBe("plugins/hello back to 1.0");
    expect(unfinishedSites(world.fleet.log.history).get(siteId("shop"))?.entry.pr).toBe(7);
    const follows = world.forge.pulls.get(newestPull())!;
    expect(follows.headRef).toMatch(/^countersign\/rollback-7-/u);
    expect(world.forge.shown.get(7)?.text).toContain("rolled back, as a person commanded");
    await land(follows.number);
    expect(world.entries("authorised").at(-1)).toMatchObject({ mode: "recover" });
    expect(outs().at(-1)).toBe("already_applied");
    expect(unfinishedSites(world.fleet.log.history).size).toBe(0);
  });
  it("runs at HOLD and in a freeze, where no plan may", async () => {
    world = await World.open({
      policy:
        "freezes:\n  - { name: sale, from: 2026-11-25, until: 2026-11-26, zone: UTC, reason: sale, owner: sam }\n",
    });
    await world.bring(7, { shop: "1.1" });
    await world.run("shop");
    world.wait(24 * 3600);
    await world.fleet.log.append(() => ({ entries: [level("shop", "hold", "commanded")] }));
    await world.say(7, "omar", "/countersign rollback shop");
    await world.run("shop");
    expect(shop().done.at(-1)).toBe("plugins/hello back to 1.0");
  });
  it("goes past a plan that waits for its turn, which has to be resumed or given up then", async () => {
    await bring();
    await world.bring(8, { blog: "1.1", shop: "1.2" });
    await world.say(7, "omar", "/countersign rollback shop");
    await world.run("shop");
    expect(shop().done.at(-1)).toBe("plugins/hello back to 1.0");
    await world.run("shop", 3600);
    expect(shop().done).toEqual(["plugins/hello 1.0→1.1", "plugins/hello back to 1.0"]);
  });
  it("is refused where nothing was applied, on another plan, and to whoever merged the idea", async () => {
    await bring("refuses");
    const refused = await world.say(7, "omar", "/countersign rollback shop");
    expect(refused).toContain("nothing was applied there");
    expect(await world.say(8, "omar", "/countersign rollback nowhere")).toContain("no such site");
    expect(await world.say(7, "ada", "/countersign rollback blog")).toContain("had a hand");
    world.forge.propose(9, (await world.forge.branchTip("main"))!, "ada");
    expect(await world.say(9, "omar", "/countersign rollback blog")).toContain("another plan");
    world.sites.get("blog")!.faults.push("unreachable");
    expect(await world.say(7, "omar", "/countersign rollback blog")).toContain("no evidence");
    expect(world.entries("authorised").some(({ mode }) => mode === "rollback")).toBe(false);
  });
});
