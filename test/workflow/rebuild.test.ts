/** The database is destroyed in the middle of deliveries, and made anew. */
import { afterEach, describe, expect, it } from "vitest";
import { describeRebuild } from "../../src/cli/rebuild.ts";
import { listFleets } from "../../src/github/installations.ts";
import type { GitHubClient } from "../../src/github/client.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { rebuild } from "../../src/workflow/rebuild.ts";
import { World } from "../support/fleet-world.ts";
import { site } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

async function lose(): Promise<void> {
  await world.fleet.store.close();
  const { store, queue } = await openSqlite(":memory:", world.clock);
  world.queue = queue;
  await world.restart(store);
}
const names = ["shop", "blog", "docs", "news"];
const versions = Object.fromEntries(names.map((name) => [name, "1.1"]));
const fates = ["answer_lost", "never_arrives", "still_running"] as const;

describe("a database that is lost in the middle of deliveries", () => {
  it("comes back with the whole log, and every site ends once", async () => {
    world = await World.open({ sites: names });
    await world.bring(7, versions);
    // One applied it and its answer was lost, one never got it, one is at it, one was not sent it.
    for (const [index, fate] of fates.entries()) {
      world.sites.get(names[index]!)!.faults.push(fate);
      await deliver(world.fleet, site(names[index]!));
    }
    const before = world.fleet.log.entries.filter(({ kind }) => kind !== "sent");
    await lose();
    const said: string[] = [];
    const rebuilt = await rebuild(world.fleet, (name, what) => said.push(`${name} ${what}`));
    expect(said.toSorted()).toEqual([
      "blog not_seen",
      "docs settled",
      "news not_seen",
      "shop settled",
    ]);
    expect(rebuilt.entries).toBe(world.fleet.log.size);
    expect(world.fleet.log.entries.slice(0, before.length)).toEqual(before);
    expect(await world.queue.claim()).not.toBeNull();

    for (const name of names) await world.run(name);
    for (const name of names) {
      expect(world.sites.get(name)?.done).toHaveLength(1);
      expect(world.sites.get(name)?.live.get("plugins/hello")).toMatchObject({ version: "1.1" });
    }
    const receipts = world.entries("receipt").map(({ sub }) => sub);
    expect(new Set(receipts).size).toBe(4);
    expect(receipts).toHaveLength(4);
  });
  it("is lost once more at any moment, and still every site ends once", async () => {
    world = await World.open({ sites: ["shop", "blog"] });
    await world.bring(7, { shop: "1.1", blog: "1.1" });
    for (let turn = 0; turn < 6; turn += 1) {
      const name = turn % 2 === 0 ? "shop" : "blog";
      world.sites.get(name)!.faults.push("answer_lost");
      await deliver(world.fleet, site(name));
      await lose();
      if (turn % 3 === 2) await rebuild(world.fleet);
    }
    for (const name of ["shop", "blog"]) {
      world.sites.get(name)!.faults.length = 0;
      await world.run(name);
      expect(world.sites.get(name)?.done).toHaveLength(1);
    }
    expect(world.entries("receipt")).toHaveLength(2);
  });
  it("begins no action by itself, and says of each site what is so", async () => {
    world = await World.open({ sites: ["shop"] });
    await world.bring(7, { shop: "1.1" });
    await lose();
    world.sites.get("shop")!.faults.push("unreachable");
    const { sites } = await rebuild(world.fleet);
    expect([...sites]).toEqual([["shop", "unreachable"]]);
    expect(world.sites.get("shop")?.done).toEqual([]);
    const report = { fleets: 2, entries: 9, sites: { unreachable: 1 }, failed: ["acme/x: gone"] };
    expect(describeRebuild(report).split("\n")).toEqual([
      "1 of 2 fleets rebuilt, 9 log entries.",
      "  1 site: could not be reached: asked again when the server runs",
      "  Not rebuilt: acme/x: gone",
    ]);
  });
});

describe("the App's installations", () => {
  it("name every repository, except those of a suspended one", async () => {
    world = await World.open({ sites: [] });
    const [listInstallations, listReposAccessibleToInstallation] = [() => {}, () => {}];
    const clientOf = (installation: number) => {
      const answers = new Map<unknown, unknown>([
        [
          listInstallations,
          [
            { id: 5, suspended_at: null },
            { id: 6, suspended_at: "2026-01-01" },
          ],
        ],
        [
          listReposAccessibleToInstallation,
          [{ id: installation * 10, name: "fleet", owner: { login: "acme" } }],
        ],
      ]);
      return {
        rest: { apps: { listInstallations, listReposAccessibleToInstallation } },
        paginate: async (what: unknown) => answers.get(what),
      } as unknown as GitHubClient;
    };
    expect(await listFleets(clientOf(0), async (id) => clientOf(id))).toEqual([
      { repo: 50, installation: 5, owner: "acme", name: "fleet" },
    ]);
  });
});
