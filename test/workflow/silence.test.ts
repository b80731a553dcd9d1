/** Silence locks nothing, and is on record once for each time that it begins and ends. */
import { afterEach, describe, expect, it } from "vitest";
import { greet } from "../../src/workflow/hello.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
afterEach(() => world.close());

describe("a site that falls silent", () => {
  it("is on record from the sweep after an unanswered question, and when it is heard again", async () => {
    world = await World.open();
    const shop = new Beating(world);
    await shop.beat();
    const heard = world.clock.now();
    await sweep(world.fleet);
    world.wait(3600);
    await sweep(world.fleet);
    expect(world.entries("silence")).toEqual([]);
    shop.site.faults.push("unreachable");
    await greet(world.fleet, siteId("shop"));
    for (let turn = 0; turn < 2; turn += 1) await sweep(world.fleet);
    await shop.beat();
    for (let turn = 0; turn < 2; turn += 1) await sweep(world.fleet);
    const since = new Date(heard * 1000).toISOString().replace(".000", "");
    expect(world.entries("silence")).toMatchObject([
      { site: "shop", over: false, since },
      { site: "shop", over: true },
    ]);
    expect(world.entries("level")).toEqual([]);
  });
});
