/** Incidents: one for each cause, told once, closed when it is over. */
import { afterEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { tendIncidents } from "../../src/workflow/tend.ts";
import { level } from "../support/entries.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

const issues = () => [...world.forge.issues.values()];
const levelAt = (name: string) => levelOf(world.fleet.log.history, siteId(name)).level;
const pullsFrom = (prefix: string) =>
  [...world.forge.pulls.values()].filter(({ headRef }) => headRef.startsWith(prefix));

describe("the incident of a detected level", () => {
  const lock = () =>
    world.fleet.log.append(() => ({ entries: [level("shop", "hold", "site_locked")] }));

  it("opens late and once where GitHub was down, and says exactly what releases it", async () => {
    world = await World.open();
    await lock();
    world.forge.failing.add("openIssue");
    await expect(tendIncidents(world.fleet)).rejects.toMatchObject({ code: "github_unreachable" });
    world.forge.failing.clear();
    world.forge.failing.add("appendAudit");
    await expect(tendIncidents(world.fleet)).rejects.toMatchObject({ code: "github_unreachable" });
    world.forge.failing.clear();
    await world.restart();
    for (let turn = 0; turn < 3; turn += 1) await tendIncidents(world.fleet);
    expect(issues()).toHaveLength(1);
    expect(issues()[0]?.body).toContain("`/countersign release shop <reason>`");
    expect(issues()[0]?.body).toContain("@sam");
    expect(world.entries("incident")).toHaveLength(1);
  });
  it("is named in the policy check of what it holds up, and closed with the level", async () => {
    world = await World.open();
    await lock();
    await tendIncidents(world.fleet);
    const [issue] = world.forge.issues.keys();
    await world.propose(7, { shop: "1.1" });
    const { head } = world.forge.pulls.get(7)!;
    expect(world.forge.checks.get(`${head} countersign/policy`)?.summary).toContain(
      `#${issue} says why, and exactly what releases it`,
    );
    expect(await world.say(issue!, "sam", "/countersign release shop looked")).toContain("NORMAL");
    await tendIncidents(world.fleet);
    expect(issues()[0]?.open).toBe(false);
    await tendIncidents(world.fleet);
    expect(world.entries("incident").map(({ phase }) => phase)).toEqual(["contained", "closed"]);
  });
  it("is not opened for a hold that a person commanded", async () => {
    world = await World.open();
    await world.say(99, "olivia", "/countersign hold shop looks odd");
    await tendIncidents(world.fleet);
    expect(issues()).toEqual([]);
  });
});

describe("sites that are hurt after the incident was opened", () => {
  it("are told in it, each with a way back of its own", async () => {
    world = await World.open({ sites: ["blog", "shop"] });
    await world.bring(7, { blog: "1.1", shop: "1.1" });
    const blog = world.sites.get("blog")!;
    // Both have their action before the first of them answers.
    const arrived = Promise.withResolvers<void>();
    const answers = Promise.withResolvers<void>();
    world.strangers.set("blog", async (message) => {
      arrived.resolve();
      await answers.promise;
      return blog.post(message);
    });
    for (const site of world.sites.values()) site.faults.push("rolls_back");
    const late = deliver(world.fleet, siteId("blog"));
    await arrived.promise;
    await world.run("shop");
    // An incident does not wait for a site that is held.
    await world.say(99, "olivia", "/countersign hold blog looks odd");
    for (let turn = 0; turn < 2; turn += 1) await world.report(7);
    answers.resolve();
    await late;
    for (let turn = 0; turn < 2; turn += 1) await world.report(7);
    expect(issues()).toHaveLength(1);
    const [issue] = world.forge.issues.keys();
    const updates = world.forge.said.filter((one) => one.issue === issue);
    expect(updates).toHaveLength(1);
    expect(updates[0]?.text).toContain("on further sites");
    expect(updates[0]?.text).toContain("`blog`");
    expect(pullsFrom("countersign/revert-7-")).toHaveLength(2);
    expect(world.entries("incident").map(({ site }) => site)).toEqual(["shop", "blog"]);
  });
});

describe("what hurts a site again", () => {
  it("within a day contains it, and a recovery that fails is not taken back", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const shop = world.sites.get("shop")!;
    shop.faults.push("rolls_back");
    await world.run("shop");
    await world.report(7);
    expect(levelAt("shop")).toBe("hold");
    const [revert] = pullsFrom("countersign/revert-7-");
    shop.install("plugins/hello", "1.1");
    await review(world.fleet, revert!.number);
    world.wait(5);
    await world.approve(revert!.number);
    world.forge.merge(revert!.number, "ada");
    world.wait(1);
    await settle(world.fleet);
    shop.faults.push("rolls_back");
    await world.run("shop");
    await world.report(revert!.number);
    expect(world.entries("receipt").map(({ out }) => out)).toEqual(["rolled_back", "rolled_back"]);
    expect(levelAt("shop")).toBe("contained");
    expect(pullsFrom("countersign/revert-")).toHaveLength(1);
    expect(issues().at(-1)?.body).toContain("a person has to propose");
  });
});
