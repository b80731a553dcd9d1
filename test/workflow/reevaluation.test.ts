/** Open proposals follow the facts: the sweep re-evaluates them, whatever webhook was lost. */
import { afterEach, describe, expect, it } from "vitest";
import { readSettings } from "../../src/server/settings.ts";
import { runJob } from "../../src/server/run-job.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { START, World } from "../support/fleet-world.ts";

let world: World;
afterEach(() => world.close());

const check = (name: string, number = 7) =>
  world.forge.checks.get(`${world.forge.pulls.get(number)!.head} countersign/${name}`);
const result = (name: string, number = 7) => check(name, number)?.result;

/** What the timer does, and every job that comes of it now. */
async function sweepAt(seconds: number): Promise<void> {
  world.clock.seconds = seconds;
  const jobs = [{ kind: "sweep", key: "", runAt: seconds }] as Parameters<typeof runJob>[1][];
  for (let turns = 0; jobs.length > 0 && turns < 50; turns += 1) {
    const [job] = jobs.splice(0, 1);
    const next = await runJob(world.fleet, { ...job!, repo: world.repo, attempts: 1 });
    jobs.push(
      ...next
        .filter(({ runAt }) => runAt <= seconds)
        .map((one) => ({ ...one, repo: 0, attempts: 1 })),
    );
  }
}

const freeze = `freezes:
  - { name: sale, from: "2026-11-24T18:00", until: "2026-11-24T20:00", zone: UTC, reason: sale, owner: sam }
`;
const at = (hour: number) => Date.UTC(2026, 10, 24, hour) / 1000;

describe("an open proposal is re-evaluated", () => {
  it("within two minutes of a lost webhook", async () => {
    const environment = {
      APP_ID: "1",
      PRIVATE_KEY: "-----BEGIN RSA PRIVATE KEY-----",
      WEBHOOK_SECRET: "x".repeat(32),
      COUNTERSIGN_SEED: "A".repeat(43),
    };
    const { sweepSeconds } = readSettings(environment);
    expect(sweepSeconds).toBeLessThanOrEqual(60);
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    expect(result("approvals")).toBe("waiting");
    // The review's webhook never comes.
    world.forge.review(7, "olivia");
    await sweepAt(world.clock.seconds + sweepSeconds);
    expect(result("approvals")).toBe("passed");
  });

  it("when a freeze begins, and when it ends, to the second", async () => {
    world = await World.open({ policy: freeze });
    await world.propose(7, { shop: "1.1" });
    for (const [seconds, wanted] of [
      [at(18) - 1, "passed"],
      [at(18), "waiting"],
      [at(20) - 1, "waiting"],
      [at(20), "passed"],
    ] as const) {
      await sweepAt(seconds);
      expect([seconds - START, result("policy")]).toEqual([seconds - START, wanted]);
    }
    expect(check("policy")?.title).toBe("The policy has no objection");
  });

  it("when a silent site answers again, and when one falls silent", async () => {
    world = await World.open();
    const shop = world.sites.get("shop")!;
    shop.faults.push("unreachable");
    await world.propose(7, { shop: "1.1" });
    expect(result("rollback")).toBe("waiting");
    await sweepAt(world.clock.seconds + 60);
    expect(result("rollback")).toBe("passed");
    shop.faults.push("unreachable");
    await sweepAt(world.clock.seconds + 300);
    expect(result("rollback")).toBe("waiting");
  });

  it("when a site is no longer where the plan begins", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    expect(result("rollback")).toBe("passed");
    world.sites.get("shop")!.install("plugins/hello", "0.9");
    await sweepAt(world.clock.seconds + 300);
    expect(result("rollback")).toBe("waiting");
    expect(check("rollback")?.title).toContain("is not what this plan begins with");
  });

  it("when the policy at the attested commit is another one", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    expect(result("policy")).toBe("passed");
    world.extraPolicy =
      'rules:\n  - { id: tiny, assert: { package.bytes: "<= 1" }, enforcement: hard }\n';
    await world.propose(8, { shop: "1.0" });
    await world.approve(8, "sam");
    await world.approve(8, "olivia");
    world.forge.merge(8, "ada");
    world.wait(5);
    await settle(world.fleet);
    expect(world.entries("range").at(-1)).toMatchObject({ pr: 8, result: "authorised" });
    expect(result("policy")).toBe("passed");
    await sweepAt(world.clock.seconds + 60);
    expect(check("policy")).toMatchObject({ result: "blocked", title: "Refused by tiny" });
  });

  it("and shows the very same text where nothing changed, for hours", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    await world.approve(7);
    const shown = () => JSON.stringify([...world.forge.checks, [...world.forge.shown]]);
    const before = shown();
    for (let turn = 1; turn <= 5; turn += 1) await sweepAt(world.clock.seconds + 1800);
    expect(shown()).toBe(before);
    expect(world.entries("plan.shown")).toHaveLength(1);
    await review(world.fleet, 7);
    expect(shown()).toBe(before);
  });
});
