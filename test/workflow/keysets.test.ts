import { beforeEach, describe, expect, it } from "vitest";
import { keysOf } from "../../src/domain/key-position.ts";
import { pinnedKeys } from "../../src/signing/public-key.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { pairedSite } from "../../src/workflow/fleet.ts";
import { deliverKeyset, orderKeyset } from "../../src/workflow/keysets.ts";
import { rotate } from "../../src/workflow/rotate.ts";
import { keys, World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating, inventoryText } from "../support/simulated-beats.ts";

let world: World;
const id = siteId("shop");
beforeEach(async () => {
  world = await World.open({ sites: ["shop"] });
});
const position = () => {
  const { gen, kver, ordered } = keysOf(world.fleet.log.history.keys, id, 1);
  return {
    at: `${gen}.${kver}`,
    ordered: ordered === null ? null : `${ordered.gen}.${ordered.kver}`,
  };
};
const order = async () => orderKeyset(world.fleet, (await pairedSite(world.fleet, id))!, 13);

describe("rotating a site's key", () => {
  it("is ordered on record, and in force once the site has greeted under it", async () => {
    expect(await rotate(world.fleet, "shop", 13)).toContain("Key 1.2 is on its way");
    expect(position()).toEqual({ at: "1.1", ordered: "1.2" });
    expect(await deliverKeyset(world.fleet, id)).toBeNull();
    expect(position()).toEqual({ at: "1.2", ordered: null });
    expect(world.entries("keyset")).toMatchObject([
      { by: 13, phase: "ordered", kver: 2 },
      { by: null, phase: "in_force", kver: 2 },
    ]);
    await world.bring(2, { shop: "1.1" });
    await world.run("shop");
    expect(world.entries("receipt")).toMatchObject([{ out: "applied" }]);
  });
  it("stops no delivery: what is merged meanwhile runs under the key in force", async () => {
    await order();
    await world.bring(2, { shop: "1.1" });
    await world.run("shop");
    expect(world.entries("receipt")).toMatchObject([{ out: "applied" }]);
    expect(position()).toEqual({ at: "1.1", ordered: "1.2" });
  });
  it("finds out by a greeting that the site took it although the answer was lost", async () => {
    await order();
    world.sites.get("shop")!.faults.push("answer_lost");
    expect(await deliverKeyset(world.fleet, id)).toBeNull();
    expect(position()).toEqual({ at: "1.2", ordered: null });
  });
  it("tries again where the site was not reached, and orders no second version", async () => {
    await order();
    expect(await order()).toEqual({ gen: 1, kver: 2 });
    world.sites.get("shop")!.faults.push("unreachable", "unreachable");
    expect(await deliverKeyset(world.fleet, id)).toMatchObject({ kind: "keyset", key: "shop" });
    expect(position()).toEqual({ at: "1.1", ordered: "1.2" });
    expect(world.entries("keyset")).toHaveLength(1);
  });
  it("goes with an ack where the site cannot be reached, and is answered by the site", async () => {
    const shop = new Beating(world);
    await shop.beat({ inventory: inventoryText });
    await order();
    await world.fleet.store.noteContact(world.repo, id, { closedAt: world.clock.now() });
    expect(await deliverKeyset(world.fleet, id)).toMatchObject({ kind: "keyset" });
    const { pending = [] } = await shop.beat({ inventory: inventoryText });
    expect(pending).toHaveLength(1);
    await shop.carryOut(pending);
    expect(position()).toEqual({ at: "1.2", ordered: null });
  });
  it("reaches a site whose answer to the first ack was lost by the next one", async () => {
    const shop = new Beating(world);
    await shop.beat({ inventory: inventoryText });
    await order();
    await world.fleet.store.noteContact(world.repo, id, { closedAt: world.clock.now() });
    await shop.beat({ inventory: inventoryText });
    expect(position()).toEqual({ at: "1.1", ordered: "1.2" });
    const { pending = [] } = await shop.beat({ inventory: inventoryText });
    await shop.carryOut(pending);
    expect(position()).toEqual({ at: "1.2", ordered: null });
  });
  it("leaves the key to the log: a lost database loses none", async () => {
    await order();
    await deliverKeyset(world.fleet, id);
    await world.fleet.log.flush();
    await world.restart(await openSqliteStore(":memory:"));
    expect(position()).toEqual({ at: "1.2", ordered: null });
  });
  it("kills the old key's tokens", async () => {
    const at = { cp: `cp:${world.repo}`, site: "site:shop", epoch: 1, gen: 1 };
    const old = await keys.actionSigner({ ...at, kver: 1 });
    const next = await keys.actionSigner({ ...at, kver: 2 });
    expect(old.kid).not.toBe(next.kid);
    await order();
    const { received } = world.sites.get("shop")!;
    await deliverKeyset(world.fleet, id);
    const { token } = received.at(-1)!;
    const facts = { iss: at.cp, aud: at.site, epoch: 1, now: world.clock.now(), texts: {} };
    const pinned = pinnedKeys([{ x: next.x }]);
    expect(verifyToken("keyset", token, { ...facts, keys: pinned })).toMatchObject({
      reason: "kid",
    });
  });
  it("says so where there is no such site", async () => {
    expect(await rotate(world.fleet, "nowhere", 13)).toContain("nowhere");
  });
});
