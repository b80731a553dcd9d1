import { afterEach, describe, expect, it } from "vitest";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { World } from "../support/fleet-world.ts";

let world: World;
afterEach(() => world.close());

const rollbackOn = (number: number) => {
  const { head } = world.forge.pulls.get(number)!;
  return world.forge.checks.get(`${head} countersign/rollback`)?.summary;
};
const comment = (number: number) => world.forge.shown.get(number)?.text;
const words = "on another site this step changed the database's tables";

/** `shop` takes 1.1 while `blog` stays. */
async function shopTakes(schemaChanged: boolean | null): Promise<void> {
  world = await World.open({ sites: ["shop", "blog"] });
  world.sites.get("shop")!.schemaChanged = schemaChanged;
  await world.bring(7, { shop: "1.1", blog: "1.0" });
  await world.run("shop");
}

describe("a step whose receipt saw a schema change", () => {
  it("warns in every later proposal with that step, and on no other", async () => {
    await shopTakes(true);
    expect(world.entries("receipt")).toMatchObject([{ out: "applied", schema: "changed" }]);
    await world.propose(8, { shop: "1.1", blog: "1.1" });
    expect(comment(8)).toContain(`⚠️ partly: files come back, ${words}`);
    expect(comment(8)).toContain("1 partly");
    expect(rollbackOn(8)).toContain("Not undone in full:");
    expect(rollbackOn(8)).toContain(words);
    expect(world.forge.checksOn(world.forge.pulls.get(8)!.head)["rollback"]).toBe("passed");
    await world.propose(9, { shop: "1.1", blog: "1.2" });
    expect(comment(9)).not.toContain(words);
  });
  it("is remembered by the log alone, over a restart", async () => {
    await shopTakes(true);
    await world.restart();
    await world.propose(8, { shop: "1.1", blog: "1.1" });
    expect(comment(8)).toContain(words);
  });
  it("warns in a proposal that was open before, whose plan and approvals stay as they are", async () => {
    world = await World.open({ sites: ["shop", "blog"] });
    world.sites.get("shop")!.schemaChanged = true;
    await world.propose(8, { shop: "1.0", blog: "1.1" });
    const digest = world.entries("plan.shown").at(-1)!.plan;
    expect(comment(8)).not.toContain(words);
    await world.bring(7, { shop: "1.1", blog: "1.0" });
    await world.run("shop");
    await review(world.fleet, 8);
    expect(comment(8)).toContain(words);
    expect(world.entries("plan.shown").findLast(({ pr }) => pr === 8)!.plan).toBe(digest);
    await report(world.fleet, "7");
    expect(comment(7)).toContain(words);
  });
  it.each([false, null])("warns of nothing where it says %s", async (schemaChanged) => {
    await shopTakes(schemaChanged);
    await world.propose(8, { shop: "1.1", blog: "1.1" });
    expect(comment(8)).not.toContain(words);
    expect(world.entries("receipt")[0]!.schema).toBe(schemaChanged === false ? "same" : undefined);
  });
  it("is what a rule about reversibility sees", async () => {
    world = await World.open({
      sites: ["shop", "blog"],
      policy:
        "rules:\n  - { id: undoable, assert: { change.reversibility: reversible }, enforcement: soft }\n",
    });
    world.sites.get("shop")!.schemaChanged = true;
    await world.bring(7, { shop: "1.1", blog: "1.0" });
    await world.run("shop");
    await world.propose(8, { shop: "1.1", blog: "1.1" });
    const { head } = world.forge.pulls.get(8)!;
    expect(world.forge.checks.get(`${head} countersign/policy`)).toMatchObject({
      result: "blocked",
      title: "Refused by undoable; an override would let it pass",
    });
  });
});
