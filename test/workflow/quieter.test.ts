/**
 * From a signal on nothing more is signed. Told by the order of the journal and of the mints, never
 * by how fast a machine is; and by walks through everything that people and sites may do.
 */
import { afterEach, describe, expect, it } from "vitest";
import { levelOf, readHistory } from "../../src/domain/history.ts";
import type { Message } from "../../src/workflow/ports.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { detect } from "../../src/workflow/detect.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { randomFrom } from "../crash/random.ts";
import { World } from "../support/fleet-world.ts";
import { site as siteId } from "../support/ids.ts";
import type { Fault } from "../support/simulated-site.ts";

let world: World;
afterEach(() => world.close());

const isFull = process.env["COUNTERSIGN_FULL"] !== undefined;
const kinds = () => world.fleet.log.entries.map(({ kind }) => kind);

describe("from a signal to no more actions", () => {
  it("passes no time of ours, wherever in a delivery it comes", async () => {
    const seen = new Set<string>();
    for (let ticks = 0; ticks < 60; ticks += 3) {
      world = await World.open();
      await world.bring(7, { shop: "1.1" });
      const before = world.clock.now();
      const delivery = deliver(world.fleet, siteId("shop"));
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      if (ticks >= 30) await new Promise((resolve) => setTimeout(resolve, ticks - 30));
      await detect(world.fleet, null, "log_forked");
      await delivery;
      expect(world.clock.now() - before).toBe(0);
      const [level, sent] = [kinds().indexOf("level"), kinds().indexOf("sent")];
      expect(sent === -1 || sent < level).toBe(true);
      // What was not on record as sent before the level did not leave.
      expect(world.sites.get("shop")!.tokens).toHaveLength(sent === -1 ? 0 : 1);
      seen.add(sent === -1 ? "held" : "sent");
      for (let turn = 0; turn < 3; turn += 1) await deliver(world.fleet, siteId("shop"));
      expect(kinds().filter((kind) => kind === "sent")).toHaveLength(sent === -1 ? 0 : 1);
      await world.close();
    }
    // Both orders came about, or the test would prove nothing.
    expect([...seen].toSorted()).toEqual(["held", "sent"]);
    world = await World.open();
  });
  it.each([
    [119, 1],
    [120, 0],
  ])(
    "is over by itself with the network down: a token of %i s runs %i times",
    async (age, runs) => {
      world = await World.open();
      await world.bring(7, { shop: "1.1" });
      const shop = world.sites.get("shop")!;
      const late: Message[] = [];
      world.strangers.set("shop", async (message) => {
        late.push(message);
        return { kind: "unreachable", why: "no answer in time" };
      });
      await deliver(world.fleet, siteId("shop"));
      const action = late.find((message) => "plan" in message)!;
      await detect(world.fleet, null, "log_forked");
      world.wait(age);
      await shop.post(action);
      expect(shop.ran).toHaveLength(runs);
      expect(shop.refused).toBe(1 - runs);
    },
  );
});

const names = ["shop", "blog", "news"];
const faults: readonly (Fault | null)[] = [
  null,
  null,
  "rolls_back",
  "rollback_fails",
  "refuses",
  "answer_lost",
  "unreachable",
  { notRun: "locked" },
  { notRun: "busy" },
];

async function versions(): Promise<Record<string, string>> {
  const tree = await world.forge.controlTree((await world.forge.branchTip("main"))!);
  const versionIn = (name: string) =>
    /version: "?([0-9.]+)/u.exec(String(tree.get(`sites/${name}.yml`)))?.[1] ?? "1.0";
  return Object.fromEntries(names.map((name) => [name, versionIn(name)]));
}

async function land(number: number): Promise<void> {
  await review(world.fleet, number);
  world.wait(5);
  await world.approve(number, "omar");
  const pull = world.forge.pulls.get(number)!;
  const tip = await world.forge.branchTip("main");
  // Only what still fits: a real merge would be refused.
  if (world.forge.parents.get(pull.head)?.[0] !== tip) return;
  world.forge.merge(number, "sam");
  world.wait(1);
  await settle(world.fleet);
}

type Step = "change" | "back" | "hold" | "panic" | "release" | "rollback" | "report" | "deliver";
const steps: readonly Step[] = [
  ...(["change", "change", "back", "back", "hold", "panic", "release", "release"] as const),
  ...(["rollback", "report", "report", "deliver", "deliver", "deliver", "deliver"] as const),
];

/** One thing that may happen. */
async function step(random: (below: number) => number, number: number): Promise<void> {
  const name = names[random(names.length)]!;
  const scope = random(6) === 0 ? "fleet" : name;
  const kind = steps[random(steps.length)]!;
  switch (kind) {
    case "change":
      await world.propose(number, { ...(await versions()), [name]: `1.${random(3)}` });
      return land(number);
    case "back": {
      const back = [...world.forge.pulls.values()].find(
        ({ state, headRef }) => state === "open" && headRef.startsWith("countersign/"),
      );
      return back === undefined ? undefined : land(back.number);
    }
    case "hold":
      await world.say(99, "olivia", `/countersign hold ${scope} walk`);
      return;
    case "panic":
      if (random(6) === 0) await world.say(99, "olivia", "/countersign panic");
      return;
    case "release":
      for (const where of [scope, "fleet"]) {
        for (const who of ["sam", "sven"] as const) {
          await world.say(99, who, `/countersign release ${where} walk`);
        }
      }
      return;
    case "rollback":
      await world.say(99, "olivia", `/countersign rollback ${name}`);
      return;
    case "report":
      for (const pr of new Set(world.entries("authorised").map((one) => one.pr))) {
        await world.report(pr);
      }
      return;
    case "deliver": {
      const fault = faults[random(faults.length)] ?? null;
      if (fault !== null) world.sites.get(name)!.faults.push(fault);
      for (let turn = 0; turn < 4; turn += 1) {
        await deliver(world.fleet, siteId(name));
        world.wait(random(300));
      }
    }
  }
}

const loosens = new Set(["recovered", "range_settled", "paired", "removed"]);

/** Everything that the log says was signed or loosened was allowed by the log before it. */
function judge(): { readonly held: number; readonly recoveries: number } {
  const { entries } = world.fleet.log;
  const tally = { held: 0, recoveries: 0 };
  for (const [index, entry] of entries.entries()) {
    if (entry.kind !== "sent" && entry.kind !== "level") continue;
    const before = readHistory(entries.slice(0, index));
    if (entry.kind === "level") {
      const known = entry.site === null ? before.fleetLevel : before.siteLevels.get(entry.site);
      const order = ["normal", "hold", "contained"];
      const isLooser = order.indexOf(entry.level) < order.indexOf(known?.level ?? "normal");
      if (isLooser && entry.by === null) expect(loosens).toContain(entry.cause);
      if (isLooser && known?.level === "contained") expect(entry.by).not.toBeNull();
      if (entry.level !== "normal") tally.held += 1;
      continue;
    }
    const { mode } = before.authorisations.get(entry.sub)!.entry;
    const { level } = levelOf(before, entry.site);
    if (mode === "apply") expect(level).toBe("normal");
    else tally.recoveries += 1;
    if (level !== "contained") continue;
    const open = [...before.authorisations.values()].filter(
      (one) => one.entry.site === entry.site && one.sentAt !== null && one.end === null,
    );
    expect(open.filter((one) => one.entry.sub !== entry.sub)).toEqual([]);
  }
  return tally;
}

describe("a walk through all that may happen", () => {
  it("signs nothing at HOLD or above but a recovery, and loosens nothing by itself", async () => {
    const seeds = isFull ? 60 : 6;
    const total = { held: 0, recoveries: 0 };
    for (let seed = 1; seed <= seeds; seed += 1) {
      world = await World.open({
        sites: names,
        rights: "  panic: any-role\n  rollback: { role: operators }\n",
      });
      const next = randomFrom(seed);
      const random = (below: number) => Math.floor(next() * below);
      for (let turn = 0; turn < 60; turn += 1) await step(random, 1000 + turn);
      const { held, recoveries } = judge();
      total.held += held;
      total.recoveries += recoveries;
      await world.close();
    }
    process.stdout.write(`${seeds} walks: ${JSON.stringify(total)}\n`);
    expect(total.held).toBeGreaterThan(10);
    expect(total.recoveries).toBeGreaterThan(0);
    world = await World.open();
  }, 600_000);
});
