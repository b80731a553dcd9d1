/** An incident tells where it stands, and what goes on; it floods nobody. */
import { afterEach, describe, expect, it } from "vitest";
import { incidentsOf } from "../../src/domain/incidents.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { tendIncidents } from "../../src/workflow/tend.ts";
import { reportTrouble } from "../../src/workflow/trouble.ts";
import { World } from "../support/fleet-world.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
afterEach(() => world.close());

const phases = () => world.entries("incident").map(({ phase }) => phase);
const issueNumber = () => [...world.forge.issues.keys()][0]!;
const state = () => world.forge.shown.get(issueNumber())?.text ?? "";

describe("the phase of an incident", () => {
  it("goes from contained over review and recovery to closed, and is told in one comment", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const shop = world.sites.get("shop")!;
    shop.faults.push("rolls_back");
    await world.run("shop");
    await world.report(7);
    const revert = Math.max(...world.forge.pulls.keys());
    expect(world.entries("incident")).toMatchObject([{ phase: "contained", proposal: revert }]);
    expect(state()).toBe("");
    await review(world.fleet, revert);
    await tendIncidents(world.fleet);
    expect(state()).toContain(`In review: #${revert}`);
    world.wait(5);
    await world.approve(revert);
    world.forge.merge(revert, "ada");
    world.wait(1);
    await settle(world.fleet);
    for (let turn = 0; turn < 2; turn += 1) await tendIncidents(world.fleet);
    expect(state()).toContain("Recovering: an approved recovery of `shop`");
    await world.run("shop");
    await world.report(revert);
    expect(phases()).toEqual(["contained", "in_review", "recovering", "closed"]);
    expect(incidentsOf(world.fleet.log.entries).get(issueNumber())?.cause).toBe("rolled_back");
  });
  it("is contained again where the recovery failed, and says so", async () => {
    world = await World.open();
    await world.bring(7, { shop: "1.1" });
    const shop = world.sites.get("shop")!;
    shop.faults.push("rolls_back");
    await world.run("shop");
    await world.report(7);
    const revert = Math.max(...world.forge.pulls.keys());
    shop.install("plugins/hello", "1.1");
    await review(world.fleet, revert);
    world.wait(5);
    await world.approve(revert);
    world.forge.merge(revert, "ada");
    world.wait(1);
    await settle(world.fleet);
    await tendIncidents(world.fleet);
    shop.faults.push("rolls_back");
    await world.run("shop");
    await tendIncidents(world.fleet);
    expect(phases()).toEqual(["contained", "recovering", "contained"]);
    expect(state()).toContain("Contained: nothing but an approved recovery");
  });
});

describe("a signal that repeats", () => {
  it("updates its incident once an hour, with the last time, and opens no other", async () => {
    world = await World.open();
    const [site, copy] = [new Beating(world), new Beating(world)];
    for (let turn = 0; turn < 50; turn += 1) await site.beat();
    copy.hbseq = 0;
    for (let minutes = 0; minutes <= 150; minutes += 5) {
      world.wait(300);
      await copy.beat();
      await reportTrouble(world.fleet, "restored_or_cloned shop");
      await tendIncidents(world.fleet);
    }
    expect(world.forge.issues.size).toBe(1);
    expect(world.entries("level")).toHaveLength(1);
    expect(world.entries("incident")).toHaveLength(3);
    const [, , last] = world.entries("incident");
    expect(state()).toContain(`**Seen again** 2 times, last at ${last?.at}`);
    expect(world.forge.said).toEqual([]);
  });
});
