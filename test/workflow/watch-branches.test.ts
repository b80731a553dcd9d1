/** What GitHub keeps people from: what held once has to hold, and the branch stays the branch. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BranchProtection } from "../../src/domain/protection.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { report } from "../../src/workflow/report.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";

let world: World;
let whole: BranchProtection;
beforeEach(async () => {
  world = await World.open();
  whole = await world.forge.protection("main");
});
afterEach(() => world.close());

const watch = () => report(world.fleet, "branches");
const protect = (branch: string, over: Partial<BranchProtection>) =>
  world.forge.protections.set(branch, { ...whole, ...over });
const level = () => world.fleet.log.history.fleetLevel;
const release = () => world.say(99, "sam", "/countersign release fleet looked");

describe("the protection of the two branches", () => {
  it("is looked at by every sweep, and goes on record once", async () => {
    expect(await sweep(world.fleet)).toContainEqual(
      expect.objectContaining({ kind: "report", key: "branches" }),
    );
    await watch();
    await watch();
    expect(world.entries("protection")).toMatchObject([
      { branch: "default", name: digestOfText("main") },
      { branch: "audit", held: ["force_push", "deletion"] },
    ]);
    expect(level().level).toBe("normal");
  });
  it.each([
    ["main", { refusesForcePush: false }],
    ["main", { byPullRequest: false }],
    ["main", { checks: [] }],
    ["countersign/audit", { refusesDeletion: false }],
  ] as const)(
    "holds the fleet where %s lost %j, and what was merged waits",
    async (branch, lost) => {
      await watch();
      await world.bring(7, { shop: "1.1" });
      protect(branch, lost);
      for (let turn = 0; turn < 2; turn += 1) await watch();
      expect(level()).toMatchObject({ level: "hold", causes: ["protection_weakened"] });
      expect(world.entries("level")).toHaveLength(1);
      await deliver(world.fleet, siteId("shop"));
      expect(world.entries("sent")).toEqual([]);
    },
  );
  it("is named in the incident, and released only once it holds again", async () => {
    await watch();
    protect("main", { refusesForcePush: false });
    await watch();
    await report(world.fleet, "incidents");
    const [[, issue] = []] = world.forge.issues;
    expect(issue?.body).toContain("does not stop force-pushing on the default branch any more");
    expect(await release()).toContain("still there");
    world.forge.failing.add("protection");
    expect(await release()).toContain("could not be found out");
    world.forge.failing.clear();
    protect("main", {});
    expect(await release()).toContain("NORMAL");
    await report(world.fleet, "incidents");
    expect(issue).toMatchObject({ open: false });
  });
  it("that was never there, cannot be seen or cannot be read is no loss", async () => {
    protect("main", { refusesDeletion: false });
    await watch();
    protect("main", { refusesDeletion: false, refusesForcePush: null });
    await watch();
    world.forge.failing.add("protection");
    await watch();
    expect(level().level).toBe("normal");
  });
  it("is not forgotten while it cannot be seen", async () => {
    await watch();
    protect("main", { refusesForcePush: null });
    await watch();
    await world.restart();
    protect("main", { refusesForcePush: false });
    await watch();
    expect(level().causes).toEqual(["protection_weakened"]);
  });
  it("grows on record, and is asked for from then on", async () => {
    protect("main", { refusesDeletion: false });
    await watch();
    protect("main", {});
    await watch();
    expect(world.entries("protection").map(({ branch }) => branch)).toEqual([
      "default",
      "audit",
      "default",
    ]);
    protect("main", { refusesDeletion: false });
    await watch();
    expect(level().level).toBe("hold");
  });
});

describe("another default branch", () => {
  const replace = async (tip: string) => {
    await watch();
    world.forge.move("trunk", tip as never, "ada", "branch_creation");
    world.forge.repo.defaultBranch = "trunk";
    await watch();
  };
  it("holds the fleet, until somebody released it where it stands at the attested commit", async () => {
    await replace((await world.forge.branchTip("main"))!);
    expect(level()).toMatchObject({ level: "hold", causes: ["default_branch_replaced"] });
    await watch();
    expect(world.entries("protection")).toHaveLength(2);
    expect(await release()).toContain("NORMAL");
    await watch();
    await watch();
    expect(level().level).toBe("normal");
    expect(world.entries("protection").at(-1)).toMatchObject({ name: digestOfText("trunk") });
    world.forge.repo.defaultBranch = "main";
    await watch();
    expect(level().level).toBe("hold");
  });
  it("with a commit of its own is not released, until the old one is back", async () => {
    const tip = (await world.forge.branchTip("main"))!;
    await replace(world.forge.commit("own", await world.files({ shop: "1.1" }), tip));
    expect(await release()).toContain("still there");
    world.forge.repo.defaultBranch = "main";
    expect(await release()).toContain("NORMAL");
    await watch();
    expect(level().level).toBe("normal");
  });
});
