/** Every detector, from its real cause to its level and the one issue that tells people of it. */
import { afterEach, describe, expect, it } from "vitest";
import { LEVEL_OF_CAUSE, type LevelCause } from "../../src/domain/containment.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { ownLevel } from "../../src/workflow/levels.ts";
import { World } from "../support/fleet-world.ts";
import { digest, site as siteId } from "../support/ids.ts";
import { localRestore } from "../support/local-restore.ts";
import type { Fault } from "../support/simulated-site.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
afterEach(() => world.close());

const shop = () => world.sites.get("shop")!;
const told = (over: { home?: string; tree?: string } = {}) =>
  canonicalText({
    version: 1,
    home: over.home ?? "https://shop.example",
    core: { version: "6.8" },
    plugins: [
      {
        file: "hello/hello.php",
        slug: "hello",
        state: "active",
        tree: digest(over.tree ?? "one"),
        version: "1.0",
      },
    ],
    themes: [],
  });
async function beat(...inventories: readonly string[]): Promise<void> {
  const beating = new Beating(world);
  for (const inventory of inventories) {
    world.wait(300);
    await beating.beat({ inventory });
  }
}
async function change(...faults: readonly Fault[]): Promise<void> {
  await world.bring(7, { shop: "1.1" });
  shop().faults.push(...faults);
  await world.run("shop", 1200);
}

/** What really happens, and whether it is about the site or the fleet. */
const causes: Readonly<Record<LevelCause, readonly ["shop" | "fleet", () => Promise<unknown>]>> = {
  outcome_unknown: ["shop", () => change("answer_lost", ...Array(500).fill("unreachable"))],
  restored_or_cloned: [
    "shop",
    async () => {
      const [site, copy] = [new Beating(world), new Beating(world)];
      await site.beat();
      world.wait(60);
      await copy.beat();
    },
  ],
  files_changed: ["shop", () => beat(told(), told({ tree: "two" }))],
  site_moved: ["shop", () => beat(told(), told({ home: "https://moved.example" }))],
  rolled_back: ["shop", () => change("rolls_back")],
  rollback_failed: ["shop", () => change("rollback_fails")],
  receipt_mismatch: ["shop", () => change("other_receipt")],
  site_locked: ["shop", () => change({ notRun: "locked" })],
  local_restore: [
    "shop",
    async () => new Beating(world).beat({ receipts: [await localRestore(world, "shop")] }),
  ],
  range_unattested: [
    "shop",
    async () => {
      const tip = (await world.forge.branchTip("main"))!;
      const pushed = world.forge.commit("pushed", await world.files({ shop: "1.1" }), tip);
      world.forge.move("main", pushed, "ada");
      await settle(world.fleet);
      await report(world.fleet, `range ${pushed}`);
    },
  ],
  log_mismatch: [
    "fleet",
    async () => {
      const { head } = world.forge;
      world.forge.head = null;
      await expect(world.restart()).rejects.toMatchObject({ code: "log_mismatch" });
      world.forge.head = head;
      await world.restart();
    },
  ],
  log_forked: [
    "fleet",
    async () => {
      shop().faults.push("forked_head");
      await world.propose(7, { shop: "1.1" });
      await review(world.fleet, 7);
    },
  ],
  protection_weakened: [
    "fleet",
    async () => {
      await report(world.fleet, "branches");
      const whole = await world.forge.protection("main");
      world.forge.protections.set("main", { ...whole, refusesForcePush: false });
      await report(world.fleet, "branches");
    },
  ],
  default_branch_replaced: [
    "fleet",
    async () => {
      await report(world.fleet, "branches");
      world.forge.repo.defaultBranch = "trunk";
      await report(world.fleet, "branches");
    },
  ],
  key_compromised: [
    "shop",
    () => world.say(99, "olivia", "/countersign compromised shop seen in a paste"),
  ],
};

describe("every detector", () => {
  it.each(Object.entries(causes))("of %s tightens and tells people, once", async (cause, given) => {
    const [scope, happens] = given;
    world = await World.open({ rights: "  panic: any-role\n" });
    await happens();
    const state = ownLevel(world.fleet.log.history, scope === "fleet" ? null : siteId(scope));
    expect(state.causes).toEqual([cause]);
    expect(state.level).toBe(LEVEL_OF_CAUSE[cause as LevelCause]);
    if (world.entries("authorised").length > 0) await world.report(7);
    for (let turn = 0; turn < 2; turn += 1) await report(world.fleet, "incidents");
    const open = [...world.forge.issues.values()].filter((issue) => issue.open);
    expect(open).toHaveLength(1);
    expect(open[0]?.body).toContain("**Contained.**");
    expect(open[0]?.body).toMatch(/\/countersign release|may not release/u);
    const ran = shop().tokens.length;
    await deliver(world.fleet, siteId("shop"));
    expect(shop().tokens).toHaveLength(ran);
  });
});
