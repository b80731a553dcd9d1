/** Runs that share nothing but the audit branch: what one of them decided and lost was nothing. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite } from "../../src/store/sqlite.ts";
import { ask } from "../../src/workflow/ask.ts";
import { detect } from "../../src/workflow/detect.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { World } from "../support/fleet-world.ts";
import { site } from "../support/ids.ts";

let world: World;
let close: () => Promise<void>;
beforeEach(async () => {
  world = await World.open({ sites: ["shop"] });
  world.fleet = { ...world.fleet, forgetsJournal: true };
});
afterEach(async () => {
  await world.close();
  await close();
});

/** Another run that has the branch for itself. */
async function otherLog(): Promise<FleetLog> {
  const { repo, forge, clock, keys } = world;
  const { store } = await openSqlite(":memory:", clock);
  close = () => store.close();
  const signerOf = (gen: number) => keys.logSigner({ cp: `cp:${repo}`, gen });
  return FleetLog.open({ repo, store, branch: forge, signerOf, clock });
}
const at = "2026-11-24T12:00:10Z";
const unlike = (second: number) =>
  ({
    at,
    kind: "silence",
    over: true,
    site: site("shop"),
    since: at.replace("10Z", `${second}Z`),
  }) as const;
const hello = async () => {
  const shop = (await pairedSite(world.fleet, site("shop")))!;
  return ask(world.fleet, shop, { ask: "hello", arg: "" });
};

describe("a run that another one overtook", () => {
  it.each([[0], [1], [3]])(
    "takes the other's head for no fork, with %i lines of its own",
    async (own) => {
      const other = await otherLog();
      await other.append(() => ({ entries: [unlike(11), unlike(12)] }));
      await other.flush();
      world.sites.get("shop")!.head = other.headAt(other.size);
      for (let line = 0; line < own; line += 1) {
        await world.fleet.log.append(() => ({ entries: [unlike(20 + line)] }));
      }
      await expect(hello()).rejects.toMatchObject({ code: "log_mismatch" });
      expect(world.entries("level")).toEqual([]);
    },
  );
  it("tells no site a level that is not on the branch", async () => {
    const shop = world.sites.get("shop")!;
    const other = await otherLog();
    await detect(world.fleet, site("shop"), "site_moved");
    await other.append(() => ({ entries: [unlike(11)] }));
    await other.flush();
    await expect(hello()).rejects.toMatchObject({ code: "log_mismatch" });
    expect(shop.received).toEqual([]);
  });
  it("still finds a fork that nobody put on the branch", async () => {
    await otherLog();
    const shop = world.sites.get("shop")!;
    shop.head = { ...world.fleet.log.headAt(1), size: 2 };
    await hello();
    expect(world.entries("level")).toMatchObject([{ cause: "log_forked", level: "contained" }]);
  });
});
