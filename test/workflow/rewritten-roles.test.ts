/** Somebody pushes a policy that gives them every role, and tries to release what that holds. */
import { afterEach, describe, expect, it } from "vitest";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";

let world: World;
afterEach(() => world.close());

/** ada holds no role; after her push the branch says that she holds all of them. */
async function rewritten(): Promise<void> {
  world = await World.open();
  const tip = (await world.forge.branchTip("main"))!;
  const own = "users: [{ login: ada, id: 10 }]";
  const text = (await world.policy())
    .replace("teams: [acme/ops]", own)
    .replace("users: [{ login: sam, id: 13 }, { login: sven, id: 14 }]", own);
  expect(text).not.toBe(await world.policy());
  const tree = new Map([...world.forge.trees.get(tip)!, ["countersign.yml", text] as const]);
  world.forge.move("main", world.forge.commit("rewritten", tree, tip), "ada");
  await settle(world.fleet);
}
const level = () => world.fleet.log.history.fleetLevel.level;

describe("roles rewritten by a push that nobody authorised", () => {
  it("give whoever pushed them nothing: the policy in force is the attested one", async () => {
    await rewritten();
    expect(level()).toBe("hold");
    expect(await world.say(99, "ada", "/countersign release fleet it is fine")).toContain(
      "Not done",
    );
    expect(level()).toBe("hold");
  });
  it("are released by nobody while the range is there, whatever their right", async () => {
    await rewritten();
    expect(await world.say(99, "sam", "/countersign release fleet looked")).toContain(
      "still there",
    );
    expect(level()).toBe("hold");
  });
  it("are not released by a holder of the right who pushed them", async () => {
    world = await World.open();
    const tip = (await world.forge.branchTip("main"))!;
    const text = (await world.policy()).replace("hold: any-role\n", "");
    const tree = new Map([...world.forge.trees.get(tip)!, ["countersign.yml", text] as const]);
    world.forge.move("main", world.forge.commit("rewritten", tree, tip), "sam");
    await settle(world.fleet);
    const said = await world.say(99, "sam", "/countersign release fleet mine");
    expect(said).toContain("Not done");
    expect(level()).toBe("hold");
  });
});
