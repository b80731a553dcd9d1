import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { digestOfText } from "../../src/signing/digest.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { leavesPatches, tellManaged } from "../../src/workflow/tell-managed.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating, inventoryText } from "../support/simulated-beats.ts";

let world: World;
const shop = siteId("shop");
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
});
afterEach(() => world.close());

/** What inventory queries said to a site, in order. */
const told = (name = "shop"): unknown[] =>
  world.sites
    .get(name)!
    .received.filter(({ token }) => payloadOf(token)["ask"] === "inventory")
    .map(({ arg }) => JSON.parse(arg!));
const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
/** The jobs that the queue has for this, taken out of it. */
async function jobs(): Promise<string[]> {
  const found: string[] = [];
  const next = () => world.queue.claim();
  for (let job = await next(); job !== null; job = await next()) {
    found.push(`${job.kind} ${job.key}`);
  }
  return found.filter((one) => one.startsWith("managed"));
}
const line = { autoPatch: false, managed: ["plugins/hello"], volatile: [] };

/** Brings another file of the shop to the default branch. */
async function edit(number: number, change: (file: string) => string): Promise<void> {
  const tip = (await world.forge.branchTip("main"))!;
  const files = new Map(await world.forge.controlTree(tip));
  files.set("sites/shop.yml", change(String(files.get("sites/shop.yml"))));
  const head = world.forge.commit(`edit ${number}`, files, tip);
  world.forge.propose(number, head, "ada");
  await review(world.fleet, number);
  world.wait(5);
  await world.approve(number);
  world.forge.merge(number, "ada");
  world.wait(1);
  await settle(world.fleet);
}

describe("what is managed", () => {
  it("is told to the sites whose part a settled range changed, and to no other", async () => {
    await world.bring(2, { shop: "1.1", blog: "1.0" });
    expect(await jobs()).toEqual([]);
    await edit(3, (file) => `${file}volatile: ["plugins/hello/cache/**"]\n`);
    expect(world.entries("range").at(-1)).toMatchObject({ pr: 3, result: "authorised" });
    expect(await jobs()).toEqual(["managed shop"]);
    expect(await tellManaged(world.fleet, shop)).toBeNull();
    expect(told()).toEqual([{ ...line, volatile: ["plugins/hello/cache/**"] }]);
    expect(told("blog")).toEqual([]);
  });
  it("is told again to a site that was silent, for a day", async () => {
    world.sites.get("shop")!.faults.push("unreachable", "unreachable");
    const again = { kind: "managed", key: "shop", runAt: world.clock.now() + 300 };
    expect(await tellManaged(world.fleet, shop)).toEqual(again);
    world.wait(86_401);
    expect(await tellManaged(world.fleet, shop)).toBeNull();
  });
  it("goes with an ack where the site cannot be reached, the newest alone", async () => {
    const site = new Beating(world);
    await site.beat({ inventory: inventoryText });
    const old = { site: shop, ask: "inventory", arg: "[]", at: world.clock.now() - 1 } as const;
    await world.fleet.store.putQuestion(world.repo, { ...old, digest: digestOfText("[]") });
    world.sites.get("shop")!.faults.push("unreachable");
    expect(await tellManaged(world.fleet, shop)).toBeNull();
    const { pending = [] } = await site.beat({ inventory: inventoryText });
    expect(pending.map(({ arg }) => JSON.parse(arg!))).toEqual([line]);
  });
  it("is said with every inventory that a heartbeat lets ask for", async () => {
    const site = new Beating(world);
    const { pending = [] } = await site.beat();
    expect(pending.map(({ arg }) => JSON.parse(arg!))).toEqual([line]);
  });
  it("is said to no site that is not paired", async () => {
    expect(await tellManaged(world.fleet, siteId("news"))).toBeNull();
  });
  it("tells readiness whether core patches itself", async () => {
    expect(await leavesPatches(world.fleet, shop)).toBe(false);
    const core = 'core: { version: "7.1", autoPatch: true }';
    const own = `url: https://shop.example\ntier: production\ndesired: { ${core} }\n`;
    vi.spyOn(world.forge, "controlTree").mockResolvedValue(new Map([["sites/shop.yml", own]]));
    expect(await leavesPatches(world.fleet, shop)).toBe(true);
  });
});
