/** Drift: on record when it changes, one proposal a day, and nothing sent to any site. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { planProposal } from "../../src/workflow/planning.ts";
import { report } from "../../src/workflow/report.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
});
afterEach(() => world.close());

const inventory = (version: string, state = "active", name = "shop") =>
  canonicalText({
    version: 1,
    home: `https://${name}.example`,
    core: { version: "6.8" },
    plugins: [
      { file: "hello/hello.php", slug: "hello", state, version },
      { file: "own/own.php", slug: "own", state: "active", version: "3" },
    ],
    themes: [],
  });
const beats = new Map<string, Beating>();
const tell = async (name: string, version: string, state?: string) => {
  const beating = beats.get(name) ?? new Beating(world, name);
  beats.set(name, beating);
  world.wait(300);
  expect(await beating.beat({ inventory: inventory(version, state, name) })).toMatchObject({
    kind: "accepted",
  });
};
beforeEach(() => beats.clear());
const drifts = () => world.entries("drift").filter(({ count }) => count > 0);
const tend = () => report(world.fleet, "drift");
const proposals = () =>
  [...world.forge.pulls.values()].filter(({ headRef }) => headRef.startsWith("countersign/drift-"));

describe("drift", () => {
  it("is looked for by every sweep", async () => {
    expect(await sweep(world.fleet)).toContainEqual(
      expect.objectContaining({ kind: "report", key: "drift" }),
    );
  });
  it("goes on record when it changes, and when it is over", async () => {
    await tell("shop", "1.0");
    await tell("blog", "1.0");
    await tend();
    const own = { count: 0, unmanaged: 1, others: ["plugins/own"] };
    expect(world.entries("drift")).toMatchObject([
      { site: "shop", ...own },
      { site: "blog", ...own },
    ]);
    await tell("shop", "1.1");
    await tend();
    await tend();
    await tell("shop", "1.0");
    await tend();
    const change = { live: "1.1 active", target: "plugins/hello", wanted: "1.0 active" };
    expect(world.entries("drift").slice(2)).toMatchObject([
      { site: "shop", count: 1, unmanaged: 1, differences: [change] },
      { site: "shop", count: 0, differences: [] },
    ]);
    expect(levelOf(world.fleet.log.history, siteId("shop")).level).toBe("normal");
  });
  it("says who changed it at the site and when, if that knows, on record and in the proposal", async () => {
    const at = Date.UTC(2026, 10, 24, 11, 30) / 1000;
    const text = canonicalText({
      ...(JSON.parse(inventory("1.1")) as object),
      touched: [{ at, by: 3, target: "plugins/hello" }],
    });
    await new Beating(world, "shop").beat({ inventory: text });
    await tend();
    const [entry] = drifts();
    expect(entry?.differences[0]?.touched).toEqual({ at: "2026-11-24T11:30:00Z", user: 3 });
    expect(proposals()[0]?.body).toContain("2026-11-24T11:30Z by user 3");
  });
  it("of all sites is one proposal a day, which adopts what is live without a step", async () => {
    await tell("shop", "1.1");
    await tell("blog", "1.0", "inactive");
    await tend();
    await tend();
    expect(proposals()).toHaveLength(1);
    const { number, head } = proposals()[0]!;
    const tree = await world.forge.controlTree(head);
    expect(tree.get("sites/shop.yml")).toContain(`adopted: ${digestOfText(inventory("1.1"))}`);
    expect(String(tree.get("sites/blog.yml"))).toContain("inactive");
    const pull = (await world.forge.pull(number))!;
    const planning = await planProposal(world.fleet, world.fleet.log.history.attested!, pull);
    if (planning.kind !== "planned") throw new Error(planning.kind);
    expect(planning.plan.changes.map(({ kind }) => kind)).toEqual(["site.adopt", "site.adopt"]);
    expect([...planning.plan.sitePlans.values()].flatMap(({ steps }) => steps)).toEqual([]);
    world.forge.pulls.get(number)!.state = "closed";
    await tend();
    expect(proposals()).toHaveLength(1);
    world.wait(24 * 3600);
    await tend();
    expect(proposals()).toHaveLength(2);
    expect(world.sites.get("shop")!.done).toEqual([]);
  });
  it("is not what an action brought, or brings, until the site told anew", async () => {
    await tell("shop", "1.0");
    await world.bring(7, { shop: "1.1", blog: "1.0" });
    await tell("shop", "1.1");
    await tend();
    expect(drifts()).toEqual([]);
    await world.run("shop");
    await tend();
    expect(drifts()).toEqual([]);
    await tell("shop", "1.1");
    await tend();
    expect(drifts()).toEqual([]);
    expect(proposals()).toEqual([]);
    await tell("shop", "1.2");
    await tend();
    expect(drifts()).toMatchObject([{ site: "shop", count: 1 }]);
  });
});
