/** Files that changed under an unchanged version: HOLD, one incident, and exactly two ways out. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { causeOf } from "../../src/workflow/cause.ts";
import { takeInventory } from "../../src/workflow/inventories.ts";
import { tendIncidents } from "../../src/workflow/tend.ts";
import { reportTrouble } from "../../src/workflow/trouble.ts";
import { World } from "../support/fleet-world.ts";
import { digest, site as siteId } from "../support/ids.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
let shop: Beating;
const id = siteId("shop");
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  shop = new Beating(world);
});
afterEach(() => world.close());

const inventory = (tree: string, version = "1.0") =>
  canonicalText({
    version: 1,
    home: "https://shop.example",
    core: { version: "6.8" },
    plugins: [
      { file: "hello/hello.php", slug: "hello", state: "active", tree: digest(tree), version },
    ],
    themes: [],
  });
const beat = async (tree: string, version?: string) => {
  world.wait(300);
  await shop.beat({ inventory: inventory(tree, version) });
};
const level = () => levelOf(world.fleet.log.history, id).level;

describe("files that changed under an unchanged version", () => {
  it("hold their site alone, and open one incident with both digests", async () => {
    await beat("one");
    await beat("one");
    expect(level()).toBe("normal");
    await beat("two");
    await beat("three");
    expect(level()).toBe("hold");
    expect(levelOf(world.fleet.log.history, siteId("blog")).level).toBe("normal");
    expect(world.entries("level")).toMatchObject([{ cause: "files_changed", site: "shop" }]);
    await reportTrouble(world.fleet, "files_changed shop");
    await tendIncidents(world.fleet);
    const issues = [...world.forge.issues.values()];
    expect(issues).toHaveLength(1);
    for (const part of [digest("one"), digest("three"), "plugins/hello"]) {
      expect(issues[0]?.body).toContain(part);
    }
  });
  it("are nothing where the version changed with them", async () => {
    await beat("one");
    await beat("two", "1.1");
    await beat("two", "1.1");
    expect(level()).toBe("normal");
  });
  it("are gone once the site, asked now, has what it had; until then no release", async () => {
    await beat("one");
    await beat("two");
    expect(await causeOf(world.fleet, id)).toBe(null);
    world.sites.get("shop")!.inventory = inventory("two");
    expect(await causeOf(world.fleet, id)).toBe("there");
    world.sites.get("shop")!.inventory = inventory("one");
    expect(await causeOf(world.fleet, id)).toBe("gone");
    world.sites.get("shop")!.faults.push("unreachable");
    expect(await causeOf(world.fleet, id)).toBe(null);
  });
  it("are gone once the site's file at the attested commit adopts that very inventory", async () => {
    await beat("one");
    await beat("two");
    world.sites.get("shop")!.inventory = inventory("two");
    await world.adopt("shop", digestOfText(inventory("two")));
    expect(await causeOf(world.fleet, id)).toBe("gone");
    world.sites.get("shop")!.inventory = inventory("one");
    expect(await causeOf(world.fleet, id)).toBe("there");
  });
  it("are not laundered by other globs while the site is held; without a hold those begin anew", async () => {
    await beat("one");
    const told = { digest: digestOfText(inventory("two")), text: inventory("two") };
    await takeInventory(world.fleet, id, { ...told, arg: '["plugins/hello/**"]' });
    expect(level()).toBe("normal");
    await beat("three");
    expect(level()).toBe("hold");
    await takeInventory(world.fleet, id, { ...told, arg: "[]" });
    await beat("three");
    world.sites.get("shop")!.inventory = inventory("three");
    expect(await causeOf(world.fleet, id)).toBe("there");
  });
});
