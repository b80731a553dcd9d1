/** A merged plan goes out by canary and waves: everything from the log, across restarts. */
import { afterEach, describe, expect, it } from "vitest";
import { deliver } from "../../src/workflow/deliver.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { World } from "../support/fleet-world.ts";
import { digest, site as siteId } from "../support/ids.ts";

let world: World;
afterEach(() => world.close());

const names = Array.from({ length: 10 }, (_, at) => `site${at}`);
const versions = (version: string) => Object.fromEntries(names.map((name) => [name, version]));
const POLICY = `rollout: { canary: { sites: [site7] }, waves: [50%, 100%], soak: 1h, expiresAfter: 2d }\n`;

async function open(policy = POLICY): Promise<void> {
  world = await World.open({ sites: names, policy });
  await world.bring(7, versions("1.1"));
}
/** Every site whose turn it is runs; time does not pass beyond what an action needs. */
async function round(): Promise<string[]> {
  const before = done().length;
  for (const name of names) {
    const now = world.clock.seconds;
    for (let turns = 0; turns < 5; turns += 1) {
      const next = await deliver(world.fleet, siteId(name));
      if (next === null || next.runAt > now + 30) break;
    }
    world.clock.seconds = now + 1;
  }
  return done().slice(before);
}
const done = () => world.entries("receipt").map(({ site }) => String(site));
const outs = () => world.entries("receipt").map(({ out }) => out);

describe("a rollout", () => {
  it("begins with the canary, soaks, and goes on wave by wave, each site once", async () => {
    await open();
    expect(await round()).toEqual(["site7"]);
    expect(await round()).toEqual([]);
    await world.restart();
    world.wait(3500);
    expect(await round()).toEqual([]);
    world.wait(100);
    expect(await round()).toEqual(["site0", "site1", "site2", "site3"]);
    await world.restart();
    expect(await round()).toEqual([]);
    world.wait(3600);
    expect(await round()).toEqual(["site4", "site5", "site6", "site8", "site9"]);
    expect(outs()).toEqual(names.map(() => "applied"));
    expect(new Set(done()).size).toBe(10);
  });
  it("wakes those whose turn it is: a report asks for them, and for a look when the soak is over", async () => {
    await open();
    await round();
    const jobs = await world.report(7);
    const soaked = world.clock.seconds;
    expect(jobs.filter(({ kind }) => kind === "deliver")).toEqual([]);
    const look = jobs.find(({ kind, key }) => kind === "report" && key === "7");
    expect(look!.runAt).toBeGreaterThan(soaked + 3500);
    world.clock.seconds = look!.runAt;
    const woken = (await world.report(7)).filter(({ kind }) => kind === "deliver");
    expect(woken.map(({ key }) => key)).toEqual(["site0", "site1", "site2", "site3"]);
  });
  it("says in the comment whom each site waits for, and until when", async () => {
    await open();
    await world.report(7);
    const comment = () => world.forge.shown.get(7)!.text;
    expect(comment()).toMatch(/`site7` \| authorised, not sent yet/u);
    expect(comment()).toMatch(/`site0` \| waits for the canary to end well/u);
    await round();
    await world.report(7);
    expect(comment()).toMatch(
      /`site0` \| waits while the sites before it soak, until \S+ \d\d:\d\d UTC/u,
    );
    expect(comment()).toMatch(/`site9` \| waits for an earlier wave to end well/u);
    expect(comment()).not.toContain("/countersign resume");
  });
  it("says in the comment that a bad outcome stopped the others, and what a person can say", async () => {
    await open();
    world.sites.get("site7")!.faults.push("rolls_back");
    await round();
    await world.report(7);
    const { text } = world.forge.shown.get(7)!;
    expect(text.match(/stopped, nothing changed: another site did not end well/gu)).toHaveLength(9);
    expect(text).toContain("`/countersign resume` lets them go on");
    expect(text).toContain("`/countersign abandon` gives them up");
  });
  it("stops on the first bad outcome for good, and lapses on record", async () => {
    await open();
    world.sites.get("site7")!.faults.push("rolls_back");
    expect(await round()).toEqual(["site7"]);
    world.wait(24 * 3600);
    await world.restart();
    expect(await round()).toEqual([]);
    world.wait(24 * 3600 + 1);
    expect(await round()).toEqual([]);
    expect(world.entries("ended").map(({ how }) => how)).toEqual(Array(9).fill("lapsed"));
    expect(world.entries("sent")).toHaveLength(1);
    expect([...world.sites.values()].flatMap((site) => site.done)).toEqual([]);
  });
  it("goes on where a person says retry and the site ends well", async () => {
    await open();
    world.sites.get("site7")!.faults.push("refuses");
    await round();
    await world.say(7, "olivia", "/countersign retry site7");
    expect(await round()).toEqual(["site7"]);
    world.wait(3600);
    expect(await round()).toEqual(["site0", "site1", "site2", "site3"]);
  });
  it("goes on without a site that has its recovery, where a person says resume", async () => {
    const sha256 = digest("plugins/hello@1.1");
    const cleared = `cleared:\n  - { sha256: "${sha256}", reason: it was the host }\n`;
    await open(`rollout: { waves: [30%, 100%] }\n${cleared}`);
    world.sites.get("site0")!.faults.push("rolls_back");
    expect(await round()).toEqual(["site0"]);
    await world.report(7);
    const back = Math.max(...world.forge.pulls.keys());
    await review(world.fleet, back);
    world.wait(5);
    await world.approve(back);
    world.forge.merge(back, "ada");
    world.wait(1);
    await settle(world.fleet);
    // The way back waits for no wave and no stop.
    expect(await round()).toEqual(["site0"]);
    expect(await round()).toEqual([]);
    const answer = await world.say(7, "olivia", "/countersign resume 7");
    expect(answer).toContain("goes on without");
    expect(await round()).toEqual(names.slice(1));
  });
  it("sends nothing to a second site while the first one's answer is lost for too long", async () => {
    await open();
    world.sites.get("site7")!.faults.push("answer_lost", ...Array(60).fill("unreachable"));
    await deliver(world.fleet, siteId("site7"));
    world.wait(16 * 60);
    await deliver(world.fleet, siteId("site7"));
    world.wait(7200);
    expect(await round()).toEqual([]);
    expect(world.entries("sent")).toHaveLength(1);
  });
});
