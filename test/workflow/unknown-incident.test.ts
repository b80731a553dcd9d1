/** A network that is down is one cause: one issue, however many sites are behind it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deliver } from "../../src/workflow/deliver.ts";
import { report } from "../../src/workflow/report.ts";
import { World } from "../support/fleet-world.ts";
import { ActionId } from "../../src/contract/ids.ts";
import { level, sent } from "../support/entries.ts";
import { site } from "../support/ids.ts";

const names = Array.from({ length: 12 }, (_, at) => `site-${String(at).padStart(2, "0")}`);
let world: World;
beforeEach(async () => {
  world = await World.open({ sites: names });
});
afterEach(() => world.close());

const issues = () => [...world.forge.issues.keys()];
const told = () => world.entries("incident").map(({ site: of }) => of);
const tend = () => report(world.fleet, "incidents");

/** It left for every site, no answer came, and nothing reaches them any more. */
async function lose(): Promise<void> {
  await world.bring(7, Object.fromEntries(names.map((name) => [name, "1.1"])));
  for (const name of names) {
    world.sites.get(name)!.faults.push("answer_lost", ...Array(500).fill("unreachable"));
    await deliver(world.fleet, site(name));
  }
  world.wait(16 * 60);
}
/** That nobody knows is noted when a site is asked again. */
async function look(...some: readonly string[]): Promise<void> {
  for (const name of some) await deliver(world.fleet, site(name));
}

describe("sites of which nobody knows what became of their action", () => {
  beforeEach(lose);

  it("share one issue, which names them all", async () => {
    await look(...names);
    await tend();
    expect(told()).toEqual(names);
    expect(issues()).toHaveLength(1);
    const text = world.forge.shown.get(issues()[0]!)?.text ?? "";
    expect(text).toContain("It is the same at 12 sites");
    for (const name of names) expect(text).toContain(name);
    expect(text).not.toContain("Seen again");
  });
  it("are told in it when they follow, once a minute at most, each once", async () => {
    await look(names[0]!);
    await tend();
    await look(names[1]!, names[2]!);
    await tend();
    expect(told()).toEqual(names.slice(0, 1));
    world.wait(60);
    await tend();
    await tend();
    expect(told()).toEqual(names.slice(0, 3));
    world.wait(60);
    await tend();
    expect(told()).toEqual(names.slice(0, 3));
    expect(issues()).toHaveLength(1);
  });
  it("have another issue where it was another plan", async () => {
    await look(names[0]!, names[1]!);
    await tend();
    const [first] = world.entries("authorised");
    const other = { ...first!, pr: 8, site: site(names[2]!), sub: ActionId.parse("b".repeat(26)) };
    const { log } = world.fleet;
    await log.append(() => ({
      entries: [other, sent(other), level(names[2]!, "hold", "outcome_unknown")],
    }));
    await tend();
    expect(issues()).toHaveLength(2);
  });
  it("leave it open until the last of them is released, and then close it", async () => {
    const lost = names.slice(0, 2);
    await look(...lost);
    await tend();
    const [issue] = issues();
    for (const name of lost) {
      world.sites.get(name)!.faults.length = 0;
      await world.run(name);
    }
    const open = [];
    for (const name of lost) {
      await world.say(issue!, "sam", `/countersign release ${name} its receipt is there`);
      await tend();
      open.push(world.forge.issues.get(issue!)?.open);
    }
    expect(open).toEqual([true, false]);
  });
});
