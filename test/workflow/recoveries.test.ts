/** The way back is never in the way: freezes, windows and HOLD let it through, one at a time when contained. */
import { afterEach, describe, expect, it } from "vitest";
import { deliver } from "../../src/workflow/deliver.ts";
import { ownLevel } from "../../src/workflow/levels.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { level } from "../support/entries.ts";
import { site as siteId } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

const policy = `freezes:
  - { name: sale, from: 2026-11-25, until: 2026-11-30, zone: UTC, reason: sale, owner: sam }
rollout: { window: { days: [tue], from: "11:00", until: "14:00" } }
`;
const levelAt = (name: string) => ownLevel(world.fleet.log.history, siteId(name)).level;
const sent = () => world.entries("sent").map(({ site }) => site);

/** Each site's plan was rolled back, and the proposal that brings the branch back is merged. */
async function hurtAndReverted(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    world.sites.get(name)!.faults.push("rolls_back");
    await world.run(name);
  }
  await world.report(7);
}
async function mergeBack(): Promise<void> {
  for (const { number, headRef } of world.forge.pulls.values()) {
    if (!headRef.startsWith("countersign/revert-7-")) continue;
    await review(world.fleet, number);
    world.wait(5);
    await world.approve(number);
    world.forge.merge(number, "ada");
    world.wait(1);
    await settle(world.fleet);
  }
}

describe("an approved recovery", () => {
  it("runs in a freeze, outside the window and at HOLD of the fleet, where no change may", async () => {
    world = await World.open({ sites: ["shop", "blog"], policy });
    await world.bring(7, { shop: "1.1", blog: "1.1" });
    await hurtAndReverted("shop");
    const before = sent();
    world.wait(24 * 3600);
    await world.say(99, "olivia", "/countersign hold fleet looks odd");
    await mergeBack();
    expect(world.entries("authorised").at(-1)).toMatchObject({ mode: "recover", site: "shop" });
    await deliver(world.fleet, siteId("blog"));
    expect(sent()).toEqual(before);
    await deliver(world.fleet, siteId("shop"));
    expect(sent()).toEqual([...before, "shop"]);
    expect(world.entries("receipt").at(-1)).toMatchObject({ out: "already_applied" });
    expect(levelAt("shop")).toBe("normal");
  });
  it("runs one at a time while the fleet is CONTAINED, and the next one after its end", async () => {
    world = await World.open({ sites: ["shop", "blog"], rights: "  panic: any-role\n" });
    await world.bring(7, { shop: "1.1", blog: "1.1" });
    for (const name of ["shop", "blog"]) world.sites.get(name)!.faults.push("rolls_back");
    // Together: after the first that is hurt nothing else of the plan is sent.
    await Promise.all(["shop", "blog"].map((name) => deliver(world.fleet, siteId(name))));
    await world.report(7);
    const before = sent();
    await world.say(99, "olivia", "/countersign panic");
    await mergeBack();
    const recoveries = world.entries("authorised").filter(({ mode }) => mode === "recover");
    expect(recoveries.map(({ site }) => site).toSorted()).toEqual(["blog", "shop"]);
    world.sites.get("shop")!.faults.push("answer_lost");
    await deliver(world.fleet, siteId("shop"));
    await deliver(world.fleet, siteId("blog"));
    expect(sent()).toEqual([...before, "shop"]);
    await world.run("shop");
    await deliver(world.fleet, siteId("blog"));
    expect(sent()).toEqual([...before, "shop", "blog"]);
    expect(world.fleet.log.history.fleetLevel.level).toBe("contained");
  });
});

describe("a site that is removed", () => {
  it("leaves its levels behind, and nobody else's", async () => {
    world = await World.open({ sites: ["shop", "blog"] });
    await world.fleet.log.append(() => ({
      entries: [level("blog", "contained", "rollback_failed"), level("shop", "hold", "commanded")],
    }));
    await world.propose(7, { shop: "1.0" });
    for (const who of ["olivia", "sam"] as const) await world.approve(7, who);
    world.forge.merge(7, "ada");
    world.wait(1);
    await settle(world.fleet);
    expect(world.entries("range").at(-1)).toMatchObject({ pr: 7, result: "authorised" });
    expect(world.entries("level").at(-1)).toMatchObject({ site: "blog", cause: "removed" });
    expect([levelAt("blog"), levelAt("shop")]).toEqual(["normal", "hold"]);
  });
});
