import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bootstrap } from "../../src/workflow/bootstrap.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { World } from "../support/fleet-world.ts";
import { MemoryForge } from "../support/memory-forge.ts";

let world: World;
let fresh: MemoryForge;
beforeEach(async () => {
  world = await World.open({ sites: [] });
  // A second repository of the same server, of which nothing is known yet.
  fresh = MemoryForge.open(world.clock, 4712);
});
afterEach(() => world.close());

async function begin(files: Record<string, string>) {
  const other = await World.open({ sites: [], repo: 4712 });
  const policy = await other.policy();
  await other.close();
  const texts = Object.entries(files).map(([path, text]) => [path, textOf(text, policy)] as const);
  fresh.move("main", fresh.commit("start", new Map(texts)), "ada");
  Object.assign(world, { forge: fresh, repo: 4712 });
  await world.restart(await openSqliteStore(":memory:"));
  return bootstrap(world.fleet);
}

function textOf(words: string, policy: string): string {
  if (words === "") return policy;
  return words === "without log" ? policy.replace(/^log:.*$/mu, "") : words;
}

describe("bootstrap", () => {
  it("takes the first policy as it stands, once, and says who brought it", async () => {
    expect(await begin({ "countersign.yml": "" })).toBe("bootstrapped");
    expect(world.entries("fleet.bootstrapped")).toMatchObject([{ by: 10, repo: 4712 }]);
    fresh.move("main", fresh.commit("later", new Map()), "sam");
    await Promise.all([bootstrap(world.fleet), bootstrap(world.fleet)]);
    expect(world.entries("fleet.bootstrapped")).toHaveLength(1);
    expect(fresh.files.get("checkpoint")).toContain("countersign/4712");
  });
  it.each([
    ["no_policy", { "README.md": "x" }],
    ["policy_invalid", { "countersign.yml": "version: 2" }],
    ["no_log_keys", { "countersign.yml": "without log" }],
    [
      "connectors_before_bootstrap",
      { "countersign.yml": "", "sites/shop.yml": "url: https://shop.example\ntier: [" },
    ],
  ])("does not with %s, and the proposal says so", async (state, files) => {
    expect(await begin(files)).toBe(state);
    expect(world.fleet.log.size).toBe(0);
    const head = fresh.commit("head", new Map(), (await fresh.branchTip("main"))!);
    fresh.propose(1, head, "ada");
    await review(world.fleet, 1);
    expect(fresh.checksOn(head)).toEqual({
      policy: "waiting",
      rollback: "waiting",
      approvals: "waiting",
    });
    expect(await settle(world.fleet)).toEqual([]);
  });
  it("refuses a policy made for another seed or repository", async () => {
    expect(await begin({ "countersign.yml": await world.policy() })).toBe("other_seed");
  });
});

describe("two fleets of one server", () => {
  it("never see each other's log, texts, jobs or heads", async () => {
    const first = await World.open({ repo: 1 });
    await first.bring(7, { shop: "1.1" });
    const { store } = first.fleet;
    const second = await World.open({ repo: 2 });
    await second.restart(store);
    expect(second.fleet.log.size).toBeGreaterThan(0);
    const [plan] = first.entries("authorised").map((entry) => entry.plan);
    expect(await first.fleet.log.text(plan!)).not.toBeNull();
    expect(await second.fleet.log.text(plan!)).toBeNull();
    const before = first.fleet.log.size;
    await second.bring(7, { shop: "1.1" });
    await second.run("shop");
    expect(first.fleet.log.size).toBe(before);
    expect(first.sites.get("shop")!.done).toEqual([]);
    expect(second.sites.get("shop")!.done).toHaveLength(1);
    // One site's key says nothing to the other fleet's site of the same name.
    const message = second.sites.get("shop")!.received.at(-1)!;
    expect(await first.sites.get("shop")!.post(message)).toMatchObject({ status: 401 });
    await second.close();
  });
});
