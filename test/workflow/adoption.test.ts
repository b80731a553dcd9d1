/** What a file takes for live is what the site signed: adoption has no steps that would show it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
let shop: Beating;
beforeEach(async () => {
  world = await World.open();
  shop = new Beating(world);
});
afterEach(() => world.close());

const inventory = (version: string, more: object = {}) =>
  canonicalText({
    version: 1,
    home: "https://shop.example",
    core: { version: "6.8" },
    plugins: [{ file: "hello/hello.php", slug: "hello", state: "active", version }],
    themes: [],
    ...more,
  });
async function tell(text: string): Promise<void> {
  world.wait(300);
  await shop.beat({ inventory: text });
}
/** The shop's file adopts the inventory of that digest, with these words in it. */
async function adopt(number: number, adopted: string, desired: string) {
  const tip = (await world.forge.branchTip("main"))!;
  const tree = await world.forge.controlTree(tip);
  const text = String(tree.get("sites/shop.yml")).replace(/^desired:.*$/mu, `desired: ${desired}`);
  const files = new Map(tree).set("sites/shop.yml", `${text}adopted: ${adopted}\n`);
  world.forge.propose(number, world.forge.commit(`adopt ${number}`, files, tip), "ada");
  return verdictOn(number);
}
async function verdictOn(number: number) {
  await review(world.fleet, number);
  const { head } = world.forge.pulls.get(number)!;
  const check = world.forge.checks.get(`${head} countersign/policy`)!;
  return { result: check.result, annotations: check.annotations };
}
const hello = (version: string, more = "") =>
  `{ plugins: { hello: { version: "${version}", state: active } }${more} }`;

describe("an adoption", () => {
  it("of what the signed inventory says passes", async () => {
    await tell(inventory("1.1"));
    const digest = digestOfText(inventory("1.1"));
    expect(await adopt(7, digest, hello("1.1"))).toEqual({ result: "passed", annotations: [] });
  });
  it("of something else is blocked at its line, with what the site said", async () => {
    await tell(inventory("1.1"));
    const verdict = await adopt(7, digestOfText(inventory("1.1")), hello("1.2"));
    expect(verdict).toMatchObject({ result: "blocked", annotations: [{ path: "sites/shop.yml" }] });
    expect(verdict.annotations[0]?.message).toMatch(/plugins\/hello is adopted.*1\.1 active/su);
  });
  it("of a digest that nobody signed is blocked", async () => {
    await tell(inventory("1.1"));
    world.sites.get("shop")!.inventory = inventory("1.1");
    const verdict = await adopt(7, digestOfText(inventory("1.2")), hello("1.2"));
    expect(verdict.result).toBe("blocked");
    expect(verdict.annotations[0]?.message).toContain("no signed inventory");
  });
  it("of a digest that is not known is asked for at the site, and waits while it is silent", async () => {
    world.sites.get("shop")!.inventory = inventory("1.1");
    world.sites.get("shop")!.faults.push("unreachable");
    expect(await adopt(7, digestOfText(inventory("1.1")), hello("1.1"))).toMatchObject({
      result: "waiting",
    });
    expect(await verdictOn(7)).toMatchObject({ result: "passed" });
  });
  it("of an option needs an inventory that tells it", async () => {
    const option = ", options: { posts_per_page: 20 }";
    await tell(inventory("1.0"));
    const untold = await adopt(7, digestOfText(inventory("1.0")), hello("1.0", option));
    expect(untold.annotations[0]?.message).toMatch(/options\/posts_per_page.*not told/su);
    const told = inventory("1.0", { options: { posts_per_page: 20 } });
    await tell(told);
    expect(await adopt(8, digestOfText(told), hello("1.0", option))).toMatchObject({
      result: "passed",
    });
  });
  it("that was proposed for an inventory is judged by that one, also when there is a newer", async () => {
    await tell(inventory("1.1"));
    await report(world.fleet, "drift");
    const number = Math.max(...world.forge.pulls.keys());
    await tell(inventory("1.2"));
    expect(await verdictOn(number)).toMatchObject({ result: "passed" });
  });
  it("that is merged all the same is not attested", async () => {
    await tell(inventory("1.1"));
    await adopt(7, digestOfText(inventory("1.1")), hello("1.2"));
    world.wait(5);
    await world.approve(7);
    world.forge.merge(7, "ada");
    world.wait(1);
    await settle(world.fleet);
    expect(world.entries("range").at(-1)).toMatchObject({ pr: 7, result: "unattested" });
  });
});
