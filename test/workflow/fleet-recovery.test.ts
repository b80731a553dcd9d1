/** Two hundred sites by one baseline: what is said, what runs and what is left to do agree. */
import { afterEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { unfinishedSites } from "../../src/domain/unfinished.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { planProposal } from "../../src/workflow/planning.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { baseline, tree } from "../support/control-tree.ts";
import { site as siteId } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

const names = Array.from({ length: 200 }, (_, at) => `site-${String(at).padStart(3, "0")}`);
const hello = (version: string) => `plugins: { hello: { version: "${version}", state: active } }`;

/** Every site has its version of plugins/hello from the baseline, none from its own file. */
async function byBaseline(version: string) {
  const own = await world.files(Object.fromEntries(names.map((name) => [name, "1.0"])));
  const files = [...own].map(([path, text]): [string, typeof text] =>
    path.startsWith("sites/") ? [path, String(text).replace(/^desired:.*\n/mu, "")] : [path, text],
  );
  return new Map([...files, ...tree(baseline("base", hello(version)))]);
}
async function merge(number: number): Promise<void> {
  await review(world.fleet, number);
  world.wait(5);
  await world.approve(number);
  world.forge.merge(number, "ada");
  world.wait(1);
  await settle(world.fleet);
}

/** Each has its action before the first of them answers: after that, nothing would be sent. */
async function hurtTogether(failing: readonly string[]): Promise<void> {
  const all = Promise.withResolvers<void>();
  let missing = failing.length;
  for (const name of failing) {
    const site = world.sites.get(name)!;
    site.faults.push("rolls_back");
    world.strangers.set(name, async (message) => {
      missing -= 1;
      if (missing === 0) all.resolve();
      await all.promise;
      return site.post(message);
    });
  }
  await Promise.all(failing.map((name) => deliver(world.fleet, siteId(name))));
  for (const name of failing) world.strangers.delete(name);
}

describe("a fleet of 200 sites by one baseline, where 3 fail at the end", () => {
  it("agrees about main, the sites, the revert and what is left, and comes to rest", async () => {
    world = await World.open({ sites: names });
    const first = (await world.forge.branchTip("main"))!;
    world.forge.propose(2, world.forge.commit("baseline", await byBaseline("1.0"), first), "ada");
    await merge(2);
    const tip = (await world.forge.branchTip("main"))!;
    world.forge.propose(3, world.forge.commit("update", await byBaseline("1.1"), tip), "ada");
    await merge(3);
    expect(world.entries("authorised")).toHaveLength(200);
    const failing = names.slice(-3);
    for (const name of names.slice(0, -3)) await world.run(name);
    await hurtTogether(failing);
    await world.report(3);

    const versionAt = (name: string) => world.sites.get(name)!.live.get("plugins/hello")?.version;
    expect(names.filter((name) => versionAt(name) !== "1.1")).toEqual(failing);
    expect([...unfinishedSites(world.fleet.log.history).keys()].toSorted()).toEqual(failing);
    expect(
      names.filter((name) => levelOf(world.fleet.log.history, siteId(name)).level !== "normal"),
    ).toEqual(failing);

    const revert = [...world.forge.pulls.values()].find(({ headRef }) =>
      headRef.startsWith("countersign/revert-3-"),
    )!;
    const main = world.forge.trees.get((await world.forge.branchTip("main"))!)!;
    const back = world.forge.trees.get(revert.head)!;
    const changed = [...back].filter(([path, text]) => main.get(path) !== text);
    expect(changed.map(([path]) => path)).toEqual(failing.map((name) => `sites/${name}.yml`));
    const planning = await planProposal(world.fleet, world.fleet.log.history.attested!, revert);
    if (planning.kind !== "planned") throw new Error(planning.kind);
    expect([...planning.plan.sitePlans.keys()]).toEqual(failing);
    expect(planning.recovers).toEqual(failing);

    await merge(revert.number);
    for (const name of failing) await world.run(name);
    await world.report(revert.number);
    expect(unfinishedSites(world.fleet.log.history).size).toBe(0);
    expect(names.filter((name) => versionAt(name) !== "1.1")).toEqual(failing);
    expect([...world.forge.issues.values()].map(({ open }) => open)).toEqual([false]);
  }, 240_000);

  it("never begins on 199 of them where the canary is hurt", async () => {
    const policy = "rollout: { canary: { sites: [site-100] }, waves: [50%, 100%] }\n";
    world = await World.open({ sites: names, policy });
    await world.bring(3, Object.fromEntries(names.map((name) => [name, "1.1"])));
    world.sites.get("site-100")!.faults.push("rolls_back");
    await world.run("site-100");
    for (const name of names) await deliver(world.fleet, siteId(name));
    expect(world.entries("sent").map(({ site }) => site)).toEqual(["site-100"]);
    expect(world.entries("receipt").map(({ out }) => out)).toEqual(["rolled_back"]);
    expect([...world.sites.values()].flatMap((site) => site.done)).toEqual([]);
    expect([...unfinishedSites(world.fleet.log.history).keys()]).toEqual(["site-100"]);
  }, 240_000);

  it("sends nothing from the moment a hold is on record", async () => {
    world = await World.open({ sites: names.slice(0, 5) });
    await world.bring(3, Object.fromEntries(names.slice(0, 5).map((name) => [name, "1.1"])));
    await world.say(99, "olivia", "/countersign hold fleet looks odd");
    for (const name of names.slice(0, 5)) await world.run(name, 60);
    expect(world.entries("sent")).toEqual([]);
  });
});
