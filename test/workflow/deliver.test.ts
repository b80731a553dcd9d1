import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { verifyLog } from "../../src/audit/verify-log.ts";
import type { EntryOf } from "../../src/contract/audit-entry.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import { level, sent } from "../support/entries.ts";
import type { Fault, SimulatedSite } from "../support/simulated-site.ts";

let world: World;
let shop: SimulatedSite;
beforeEach(async () => {
  world = await World.open();
  shop = world.sites.get("shop")!;
});
afterEach(() => world.close());

const levelOfShop = () => world.fleet.log.history.siteLevels.get(siteId("shop"))?.level ?? "normal";
const outs = () => world.entries("receipt").map(({ out }) => out);
/** Faults of the messages that follow the merge; the questions before it are over. */
async function bring(...faults: Fault[]): Promise<void> {
  await world.bring(7, { shop: "1.1" });
  shop.faults.push(...faults);
}

describe("delivering an action", () => {
  it("puts sending and receipt on record, in this order, and runs it once", async () => {
    await bring();
    await world.run("shop");
    expect(shop.done).toEqual(["plugins/hello 1.0→1.1"]);
    const kinds = world.kinds();
    expect(kinds.indexOf("authorised")).toBeLessThan(kinds.indexOf("sent"));
    expect(kinds.indexOf("sent")).toBeLessThan(kinds.indexOf("receipt"));
    expect(outs()).toEqual(["applied"]);
    expect(await deliver(world.fleet, siteId("shop"))).toBeNull();
    expect(shop.refused).toBe(0);
  });
  it("leaves a log that verifies, receipts and authorisations included", async () => {
    await bring();
    await world.run("shop");
    await world.fleet.log.flush();
    const { files } = world.forge;
    const [{ log: anchor }] = world.entries("fleet.bootstrapped") as [
      EntryOf<"fleet.bootstrapped">,
    ];
    const result = verifyLog({
      repo: 4711,
      logKey: anchor,
      checkpoint: files.get("checkpoint")!,
      tiles: [files.get("tiles/000/000.jsonl")!],
      against: [],
    });
    expect(result).toMatchObject({ ok: true, bad: [] });
  });
  it.each<[string, Fault[], string]>([
    ["its answer was lost", ["answer_lost"], "applied"],
    ["it answers rubbish", ["rubbish"], "applied"],
    [
      "it is still running, and the answer to that is lost, too",
      ["still_running", "answer_lost"],
      "applied",
    ],
    [
      "it was already changed by the lost message",
      ["answer_lost", "rubbish", "unreachable"],
      "applied",
    ],
    ["it rolls back", ["rolls_back"], "rolled_back"],
    ["it refuses", ["refuses"], "refused:disk_full"],
  ])("asks a site for its receipt when %s", async (_name, faults, out) => {
    await bring(...faults);
    await world.run("shop");
    expect(outs()).toEqual([out]);
    expect(world.entries("sent")).toHaveLength(1);
    expect(shop.done).toHaveLength(out === "applied" ? 1 : 0);
  });
  it("sends anew what the site says it never saw, but only once the first token is dead", async () => {
    await bring("never_arrives");
    await world.run("shop", 100);
    expect(world.entries("sent")).toHaveLength(1);
    await world.run("shop");
    expect(world.entries("not_run")).toMatchObject([{ why: "not_seen" }]);
    const [first, second] = world.entries("sent").map(({ at }) => Date.parse(at) / 1000);
    expect(second! - first!).toBeGreaterThan(180);
    expect(outs()).toEqual(["applied"]);
    expect(shop.done).toHaveLength(1);
  });
  it("comes again later each time for a site that is busy, without an end", async () => {
    await bring(...Array.from({ length: 6 }, (): Fault => ({ notRun: "busy" })));
    await world.run("shop");
    expect(world.entries("not_run")).toHaveLength(6);
    const times = world.entries("sent").map(({ at }) => Date.parse(at) / 1000);
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(gaps[0]).toBeLessThan(gaps[5]!);
    expect(outs()).toEqual(["applied"]);
  });
  it("holds a site that gives no answer for 15 minutes, and takes its late receipt", async () => {
    await bring("answer_lost", ...Array.from({ length: 200 }, (): Fault => "unreachable"));
    await world.run("shop", 14 * 60);
    expect(levelOfShop()).toBe("normal");
    await world.run("shop", 3 * 60);
    expect(levelOfShop()).toBe("hold");
    expect(world.entries("level")).toMatchObject([{ cause: "outcome_unknown" }]);
    shop.faults.length = 0;
    await world.run("shop");
    expect(outs()).toEqual(["applied"]);
    expect(levelOfShop()).toBe("hold");
    expect(world.entries("level")).toHaveLength(1);
  });
  it("never lets what was sent lapse: it may have run", async () => {
    await bring("answer_lost", ...Array.from({ length: 3000 }, (): Fault => "unreachable"));
    await world.run("shop", 60);
    world.wait(8 * 24 * 3600);
    await world.run("shop", 60);
    expect(world.entries("ended")).toEqual([]);
    shop.faults.length = 0;
    await world.run("shop");
    expect(outs()).toEqual(["applied"]);
  });
  it("lets nothing lapse that leaves by another door in the same moment", async () => {
    await bring();
    world.wait(7 * 24 * 3600 + 1);
    const [action] = world.entries("authorised");
    await Promise.all([
      world.fleet.log.append(() => ({ entries: [sent(action!)] })),
      deliver(world.fleet, shop.id),
    ]);
    expect(world.kinds().slice(-1)).toEqual(["sent"]);
    expect(world.entries("ended")).toEqual([]);
  });
  it("lets what was never sent lapse after a week, on record, and tells of it", async () => {
    await bring();
    world.wait(7 * 24 * 3600 + 1);
    await world.run("shop");
    expect(world.entries("ended")).toMatchObject([{ how: "lapsed" }]);
    expect(shop.done).toEqual([]);
    const jobs = [];
    for (let job; (job = await world.queue.claim());) jobs.push(job);
    expect(jobs).toContainEqual(expect.objectContaining({ kind: "report", key: "7" }));
  });
  it("ends what a later action overtook, by the site's word about that very token", async () => {
    await bring("answer_lost", { notRun: "overtaken" });
    await world.run("shop", 10);
    expect(world.entries("ended")).toEqual([]);
    await world.run("shop");
    expect(outs()).toEqual(["applied"]);
    await world.bring(8, { shop: "1.2" });
    shop.faults.push({ notRun: "overtaken" });
    await world.run("shop");
    expect(world.entries("ended")).toMatchObject([{ how: "overtaken" }]);
  });
  it("contains a site whose receipt is about something else, and goes on asking", async () => {
    await bring("other_receipt");
    await world.run("shop", 60);
    expect(levelOfShop()).toBe("contained");
    expect(outs()).toEqual([]);
    expect(world.entries("level")).toHaveLength(1);
  });
  it.each<Fault>([{ notRun: "locked" }, { notRun: "log_fork" }, { notRun: "contained" }])(
    "heeds a site's own lock: %o",
    async (fault) => {
      await bring(fault);
      await world.run("shop", 10);
      expect(world.entries("level")).toMatchObject([{ cause: "site_locked", level: "hold" }]);
    },
  );
});

describe("what has to hold before each token", () => {
  const hold = () =>
    world.fleet.log.append(() => ({ entries: [level("shop", "hold", "commanded")] }));

  it("sends nothing at HOLD, and goes on when it is over", async () => {
    await bring();
    await hold();
    await world.run("shop", 600);
    expect(world.entries("sent")).toEqual([]);
    await world.fleet.log.append(() => ({ entries: [level("shop", "normal", "released")] }));
    await world.run("shop");
    expect(outs()).toEqual(["applied"]);
  });
  it("sends nothing that a HOLD came before, were it while the token was signed", async () => {
    await bring();
    const { keys } = world.fleet;
    const slow = {
      ...keys,
      actionSigner: async (name: Parameters<typeof keys.actionSigner>[0]) => {
        await hold();
        return keys.actionSigner(name);
      },
    };
    world.fleet = { ...world.fleet, keys: slow };
    const messages = shop.received.length;
    await deliver(world.fleet, siteId("shop"));
    expect(world.entries("sent")).toEqual([]);
    expect(shop.received).toHaveLength(messages);
  });
  it("waits for the end of a freeze that the policy of now has", async () => {
    await world.close();
    world = await World.open({
      policy:
        "freezes:\n  - { name: sale, from: 2026-11-24, until: 2026-11-25, zone: UTC, reason: sale, owner: sam }\n",
    });
    await world.bring(7, { shop: "1.1" });
    expect(world.entries("authorised")).toHaveLength(1);
    await world.run("shop", 3600);
    expect(world.entries("sent")).toEqual([]);
    world.wait(24 * 3600);
    await world.run("shop");
    expect(outs()).toEqual(["applied"]);
  });
  it("speaks to no site whose pin is not the one that was paired", async () => {
    await bring();
    const tree = new Map(world.forge.trees.get((await world.forge.branchTip("main"))!));
    const text = String(tree.get("sites/shop.yml")).replace(/^connector.*\n/mu, "");
    world.forge.trees.set((await world.forge.branchTip("main"))!, tree.set("sites/shop.yml", text));
    await world.run("shop", 600);
    expect(world.entries("sent")).toEqual([]);
  });
});

describe("several actions for one site", () => {
  it("run in the order of their authorisation", async () => {
    await world.bring(7, { shop: "1.1" });
    await world.propose(8, { shop: "1.2" });
    shop.install("plugins/hello", "1.1");
    await world.approve(8);
    await world.approve(8);
    shop.install("plugins/hello", "1.0");
    await world.run("shop");
    expect(shop.done).toEqual(["plugins/hello 1.0→1.1"]);
    world.forge.merge(8, "ada");
    await settle(world.fleet);
    await world.run("shop");
    expect(outs()[0]).toBe("applied");
    const order = world.entries("sent").map(({ sub }) => sub);
    expect(order).toEqual(
      world
        .entries("authorised")
        .map(({ sub }) => sub)
        .slice(0, order.length),
    );
  });
});
