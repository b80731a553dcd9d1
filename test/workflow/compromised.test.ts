/** A key that somebody reports as stolen: CONTAINED at once, and no way out but another key. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bytes32 } from "../../src/contract/ids.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import { ownLevel } from "../../src/workflow/levels.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"], rights: "  panic: any-role\n" });
});
afterEach(() => world.close());

const report = (scope: string, who: "olivia" | "ada" = "olivia") =>
  world.say(99, who, `/countersign compromised ${scope} seen in a paste`);
async function release(scope: string): Promise<string> {
  await world.say(99, "sam", `/countersign release ${scope} replaced`);
  return world.say(99, "sven", `/countersign release ${scope} replaced`);
}
const level = (name: string | null) =>
  ownLevel(world.fleet.log.history, name === null ? null : siteId(name)).level;
const kid = kidOf(Bytes32.parse("A".repeat(43)));
const inForce = (name: string, gen: number) =>
  world.fleet.log.append(() => ({
    entries: [
      {
        at: "2026-11-24T13:00:00Z",
        by: 13,
        epoch: 1,
        gen,
        kid,
        kind: "keyset",
        kver: 1,
        phase: "in_force",
        site: siteId(name),
      },
    ],
  }));

describe("a key that is reported as stolen", () => {
  it("contains its site at once, by any holder of the right, and nobody else", async () => {
    expect(await report("shop", "ada")).toContain("Not done");
    expect(level("shop")).toBe("normal");
    expect(await report("shop")).toContain("CONTAINED");
    expect([level("shop"), level("blog"), level(null)]).toEqual(["contained", "normal", "normal"]);
    expect(await report("shpo")).toContain("There is no site `shpo`");
  });
  it("is not released by two people while the key is the same", async () => {
    await report("shop");
    expect(await release("shop")).toContain("still there");
    await inForce("shop", 2);
    expect(await release("shop")).toContain("still there");
    const [paired] = world.entries("pairing");
    await world.fleet.log.append(() => ({ entries: [{ ...paired!, epoch: 2 }] }));
    expect(await release("shop")).toContain("NORMAL");
  });
  it("of the fleet is released once every site speaks with a newer generation", async () => {
    await inForce("shop", 2);
    await inForce("blog", 2);
    await report("fleet");
    expect(level(null)).toBe("contained");
    expect(await release("fleet")).toContain("still there");
    await inForce("shop", 3);
    expect(await release("fleet")).toContain("still there");
    await inForce("blog", 3);
    expect(await release("fleet")).toContain("NORMAL");
  });
});
