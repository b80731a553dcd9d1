import { beforeEach, describe, expect, it } from "vitest";
import { Version } from "../../src/contract/ids.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { heartbeat } from "../../src/workflow/heartbeat.ts";
import { lateSites, greet } from "../../src/workflow/hello.ts";
import { reportTrouble } from "../../src/workflow/trouble.ts";
import { causeOf } from "../../src/workflow/cause.ts";
import { levelOf } from "../../src/domain/history.ts";
import { World } from "../support/fleet-world.ts";
import { digest, site as siteId } from "../support/ids.ts";
import { Beating, inventoryText } from "../support/simulated-beats.ts";

let world: World;
let shop: Beating;
const id = siteId("shop");
beforeEach(async () => {
  world = await World.open({ sites: ["shop", "blog"] });
  shop = new Beating(world);
});
const stored = async () => (await world.fleet.store.beat(world.repo, id))!;
const level = () => levelOf(world.fleet.log.history, id).level;
const jobs = async (kind: string) => {
  const found: string[] = [];
  for (let job; (job = await world.queue.claim());) {
    if (job.kind === kind) found.push(job.key);
  }
  return found;
};

const anyBeat = {
  iat: 1,
  at: 1,
  every: 60,
  skew: 0,
  inv: digest("i"),
  last: digest("l"),
  lvl: "normal",
  ver: Version.parse("1"),
} as const;

describe("a heartbeat", () => {
  it("is taken once, kept, and acknowledged with an ack of its own", async () => {
    const received = await shop.beat({ inventory: inventoryText });
    expect(received).toMatchObject({ kind: "accepted", pending: [] });
    expect(await stored()).toMatchObject({
      site: "shop",
      epoch: 1,
      hbseq: 1,
      at: world.clock.now(),
      every: 300,
      inv: digestOfText(inventoryText),
      skew: 0,
      missedAt: null,
    });
    expect(await world.fleet.store.inventory(world.repo, id)).toMatchObject({
      digest: digestOfText(inventoryText),
      text: inventoryText,
    });
  });
  it("has its inventory asked for where only the digest came", async () => {
    const received = await shop.beat();
    const arg = '{"autoPatch":false,"managed":["plugins/hello"],"volatile":[]}';
    expect(received.pending).toMatchObject([{ arg }]);
    await shop.carryOut(received.pending ?? []);
    expect(await world.fleet.store.inventory(world.repo, id)).toMatchObject({
      digest: digestOfText(inventoryText),
    });
    expect(await shop.beat()).toMatchObject({ pending: [] });
  });
  it("moves one step for two at once with one number", async () => {
    const message = await shop.message();
    shop.hbseq = 0;
    const other = await shop.message();
    const both = await Promise.all([message, other].map((one) => heartbeat(world.fleet, one)));
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(["accepted", "refused"]);
    expect(level()).toBe("normal");
  });
  it.each<[string, () => Promise<unknown>]>([
    [
      "replay",
      async () => {
        const message = await shop.message();
        await heartbeat(world.fleet, message);
        return heartbeat(world.fleet, message);
      },
    ],
    [
      "replay",
      async () => {
        const straggler = await shop.message();
        world.wait(5);
        await shop.beat();
        return heartbeat(world.fleet, straggler);
      },
    ],
    ["epoch", () => shop.beat({ claims: { epoch: 2 } })],
    ["kid", () => shop.beat({ signer: world.sites.get("blog")!.key })],
    ["aud", () => shop.beat({ claims: { aud: "cp:4712" } })],
    ["no paired site", () => shop.beat({ claims: { iss: "site:other" } })],
    ["time", () => shop.beat({ claims: { iat: world.clock.now() + 31 } })],
    ["time", () => shop.beat({ claims: { iat: world.clock.now() - 120 } })],
    [
      "signature",
      async () => {
        const { token } = await shop.message();
        const last = token.endsWith("A") ? "Q" : "A";
        return heartbeat(world.fleet, { token: token.slice(0, -1) + last });
      },
    ],
    [
      "beside",
      async () => heartbeat(world.fleet, { ...(await shop.message()), inventory: "another" }),
    ],
    [
      "beside",
      async () => heartbeat(world.fleet, { ...(await shop.message()), detail: "a further text" }),
    ],
    [
      "receipts",
      async () => heartbeat(world.fleet, { ...(await shop.message()), receipts: "[1]" }),
    ],
    [
      "receipts",
      async () => heartbeat(world.fleet, { ...(await shop.message()), receipts: "[ ]" }),
    ],
  ])("is refused as %s, and moves nothing", async (why, send) => {
    expect(await send()).toEqual({ kind: "refused", why });
    expect(level()).toBe("normal");
  });
  it("of a second epoch begins to count again", async () => {
    await shop.beat({ claims: { hbseq: 9 } });
    const taken = (epoch: number, hbseq: number) =>
      world.fleet.store.takeBeat(world.repo, {
        ...anyBeat,
        site: id,
        epoch,
        hbseq,
      });
    expect(await taken(2, 1)).toEqual({ moved: true });
    expect(await taken(1, 10)).toMatchObject({ moved: false });
  });
});

describe("a number that was there before, made later", () => {
  beforeEach(async () => {
    await shop.beat({ claims: { hbseq: 7 } });
    world.wait(60);
  });
  it("is a clone or a restored backup: HOLD, and an incident that people see", async () => {
    expect(await shop.beat({ claims: { hbseq: 7 } })).toEqual({ kind: "refused", why: "clone" });
    expect(level()).toBe("hold");
    expect(await stored()).toMatchObject({ hbseq: 7, iat: world.clock.now() - 60 });
    await shop.beat({ claims: { hbseq: 6 } });
    expect(world.entries("level")).toMatchObject([{ cause: "restored_or_cloned", site: "shop" }]);
    const [key] = await jobs("incident");
    await reportTrouble(world.fleet, key!);
    await reportTrouble(world.fleet, key!);
    expect(world.entries("incident")).toMatchObject([
      { cause: "restored_or_cloned", site: "shop", phase: "contained" },
    ]);
    expect(await causeOf(world.fleet, id)).toBe("there");
  });
  it("leaves beats above it accepted, and its cause ends with a new pairing", async () => {
    await shop.beat({ claims: { hbseq: 7 } });
    expect(await shop.beat({ claims: { hbseq: 8 } })).toMatchObject({ kind: "accepted" });
    expect(level()).toBe("hold");
    const [pairing] = world.entries("pairing");
    await world.fleet.log.append(() => ({ entries: [{ ...pairing!, epoch: 2 }] }));
    expect(await causeOf(world.fleet, id)).toBe("gone");
  });
});

describe("a site's clock", () => {
  it("is told by each beat, and by a beat that is dead here but never came before", async () => {
    await shop.beat({ claims: { iat: world.clock.now() - 45 } });
    expect(await stored()).toMatchObject({ skew: -45 });
    world.wait(300);
    await shop.beat({ claims: { iat: world.clock.now() + 3600 } });
    expect(await stored()).toMatchObject({ skew: 3600, hbseq: 1 });
    await shop.beat();
    expect(await stored()).toMatchObject({ skew: 0 });
  });
  it("is not believed from a beat that came before", async () => {
    const message = await shop.message();
    await heartbeat(world.fleet, message);
    world.wait(500);
    await heartbeat(world.fleet, message);
    expect(await stored()).toMatchObject({ skew: 0 });
  });
});

describe("silence", () => {
  beforeEach(async () => {
    await shop.beat();
  });
  const late = async () => (await lateSites(world.fleet)).map(({ kind, key }) => `${kind} ${key}`);

  it("makes a question first, and counts only once that got no answer", async () => {
    world.wait(660);
    expect(await late()).toEqual([]);
    world.wait(1);
    expect(await late()).toEqual(["hello shop"]);
    await greet(world.fleet, id);
    expect(await stored()).toMatchObject({ missedAt: null, answeredAt: world.clock.now() });
    expect(await late()).toEqual([]);
    world.wait(300);
    world.sites.get("shop")!.faults.push("unreachable");
    await greet(world.fleet, id);
    expect(await stored()).toMatchObject({ missedAt: world.clock.now() });
    expect(level()).toBe("normal");
    expect(await late()).toEqual([]);
    world.wait(300);
    expect(await late()).toEqual(["hello shop"]);
  });
  it("ends with the next beat", async () => {
    world.wait(1000);
    world.sites.get("shop")!.faults.push("unreachable");
    await greet(world.fleet, id);
    await shop.beat();
    expect(await stored()).toMatchObject({ missedAt: null });
  });
});
