import { afterEach, describe, expect, it } from "vitest";
import { deliver } from "../../src/workflow/deliver.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { noteHead } from "../../src/workflow/witness.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { digest, site as siteId } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

const issues = () => [...world.forge.issues.values()];
const levelOf = (name: string) =>
  world.fleet.log.history.siteLevels.get(siteId(name))?.level ?? "normal";
async function hurt(): Promise<number> {
  world = await World.open({ sites: ["blog", "shop"] });
  await world.bring(7, { blog: "1.1", shop: "1.1" });
  world.sites.get("shop")!.faults.push("rolls_back");
  for (const name of ["blog", "shop"]) await world.run(name);
  await world.report(7);
  return Math.max(...world.forge.pulls.keys());
}

describe("reporting a merged plan", () => {
  it("tells what became of each site, once, however often it is told", async () => {
    await hurt();
    const before = structuredClone({ issues: issues(), said: world.forge.said });
    const size = world.fleet.log.size;
    for (let turn = 0; turn < 3; turn += 1) await world.report(7);
    await world.restart();
    await world.report(7);
    expect({ issues: issues(), said: world.forge.said }).toEqual(before);
    expect(world.fleet.log.size).toBe(size);
    expect([...world.forge.deployments.values()].map(({ states }) => states.at(-1))).toEqual([
      "success",
      "failure",
    ]);
    expect(world.forge.shown.get(7)?.text).toContain("Merged: 1 of 2 sites done");
  });
  it("opens one incident, with a proposal back for the hurt site alone", async () => {
    const revert = await hurt();
    expect(issues()).toMatchObject([
      { open: true, title: "Incident: #7 did not end well on shop" },
    ]);
    const { head } = world.forge.pulls.get(revert)!;
    const files = world.forge.trees.get(head)!;
    expect(String(files.get("sites/shop.yml"))).toContain('version: "1.0"');
    expect(String(files.get("sites/blog.yml"))).toContain('version: "1.1"');
    expect([levelOf("shop"), levelOf("blog")]).toEqual(["hold", "normal"]);
  });
  it.each(["openIssue", "openPull", "appendAudit"])(
    "finds its own work again after a fault at %s",
    async (call) => {
      world = await World.open();
      await world.bring(7, { shop: "1.1" });
      world.sites.get("shop")!.faults.push("rolls_back");
      await world.run("shop");
      world.forge.failing.add(call);
      await expect(world.report(7)).rejects.toMatchObject({ code: "github_unreachable" });
      world.forge.failing.clear();
      await world.restart();
      await world.report(7);
      expect(issues()).toHaveLength(1);
      expect(world.forge.pulls.size).toBe(2);
      expect(world.entries("incident")).toHaveLength(1);
    },
  );
  it("does not wait for a site that never answers", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.bring(7, { blog: "1.1", shop: "1.1" });
    world.sites.get("shop")!.faults.push("rolls_back");
    world.sites.get("blog")!.faults.push("answer_lost", ...Array(500).fill("unreachable"));
    await deliver(world.fleet, siteId("blog"));
    await world.run("shop");
    await world.run("blog", 600);
    await world.report(7);
    expect(issues()).toEqual([]);
    await world.run("blog", 600);
    await world.report(7);
    expect(issues().map(({ title }) => title)).toEqual([
      "Incident: #7 did not end well on shop",
      "Incident: what became of an action is not known (blog)",
    ]);
  });
});

describe("the way back", () => {
  it("runs at HOLD, past what waits for it, ends the HOLD and closes the incident", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const shop = world.sites.get("shop")!;
    shop.faults.push("rolls_back");
    await world.run("shop");
    await world.report(7);
    const revert = Math.max(...world.forge.pulls.keys());
    await review(world.fleet, revert);
    world.wait(5);
    await world.approve(revert);
    world.forge.merge(revert, "ada");
    await settle(world.fleet);
    expect(world.entries("authorised").at(-1)).toMatchObject({ mode: "recover", pr: revert });
    await world.run("shop");
    expect(world.entries("receipt").at(-1)).toMatchObject({ out: "already_applied" });
    expect(levelOf("shop")).toBe("normal");
    await world.report(revert);
    expect(issues()).toMatchObject([{ open: false }]);
  });
  it("is not stuck behind an action that waits for it", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const shop = world.sites.get("shop")!;
    shop.faults.push("rolls_back");
    const first = world.entries("authorised")[0]!;
    await deliver(world.fleet, siteId("shop"));
    const waiting = { ...first, pr: 8, attempt: 2, sub: "a".repeat(26) as typeof first.sub };
    const recovery = {
      ...first,
      pr: 9,
      mode: "recover" as const,
      sub: "b".repeat(26) as typeof first.sub,
    };
    await world.fleet.log.append(() => ({ entries: [waiting, recovery] }));
    await deliver(world.fleet, siteId("shop"));
    expect(world.entries("sent").at(-1)).toMatchObject({ sub: recovery.sub });
  });
});

describe("the heads that sites countersign", () => {
  it("contain the fleet, once, when this log never had one", async () => {
    world = await World.open();
    const shop = world.sites.get("shop")!;
    shop.faults.push("forked_head");
    await world.propose(7, { shop: "1.1" });
    await review(world.fleet, 7);
    expect(world.fleet.log.history.fleetLevel).toMatchObject({
      level: "contained",
      cause: "log_forked",
    });
    expect(world.entries("level")).toHaveLength(1);
  });
  it("are kept by their newest word: an old receipt takes none back", async () => {
    world = await World.open();
    const paired = (await pairedSite(world.fleet, siteId("shop")))!;
    const now = world.clock.seconds;
    await noteHead(world.fleet, paired, { ...world.fleet.log.headAt(3), iat: now });
    await noteHead(world.fleet, paired, { ...world.fleet.log.headAt(1), iat: now - 10 });
    const { store } = world.fleet;
    expect(await store.seen(4711, siteId("shop"))).toMatchObject({ size: 3 });
    await noteHead(world.fleet, paired, { size: 2, root: digest("other"), iat: now + 1 });
    expect(await store.seen(4711, siteId("shop"))).toMatchObject({ size: 3 });
  });
});

describe("sweep", () => {
  it("asks for everything that may be open, and for nothing that ended", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.bring(7, { blog: "1.1", shop: "1.1" });
    await world.run("blog");
    await world.propose(8, { blog: "1.2", shop: "1.1" });
    const jobs = (await sweep(world.fleet)).map(({ kind, key }) => `${kind} ${key}`);
    expect(jobs.toSorted()).toEqual([
      "deliver shop",
      "report branches",
      "report drift",
      "report incidents",
      "review 8",
      "settle ",
    ]);
  });
});
