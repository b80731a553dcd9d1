/** What people, time and lost webhooks do around a merge. Each is decided on facts read anew. */
import { afterEach, describe, expect, it } from "vitest";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { sweep } from "../../src/workflow/sweep.ts";
import { World } from "../support/fleet-world.ts";
import { people, type Who } from "../support/memory-forge.ts";

let world: World;
afterEach(() => world.close());

const ranges = () =>
  world
    .entries("range")
    .slice(1)
    .map(({ result, reasons }) => `${result} ${reasons.join(" ")}`);
const approvals = (number = 7) =>
  world.forge.checksOn(world.forge.pulls.get(number)!.head)["approvals"];
const leave = (...ids: readonly number[]) => {
  const members = [11, 12].filter((id) => !ids.includes(id));
  const active = members.map((id) => ({ id, state: "active" as const }));
  world.forge.teams.set("acme/ops", { state: "ok", members: active });
};
async function approved(by: Who = "olivia"): Promise<void> {
  world = await World.open();
  await world.propose(7, { shop: "1.1" });
  await world.approve(7, by);
  expect(approvals()).toBe("passed");
}

describe("what changes after an approval", () => {
  it("a reviewer who leaves the team does not count any more, before the merge and at it", async () => {
    await approved();
    leave(11);
    await review(world.fleet, 7);
    expect(approvals()).toBe("waiting");
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(ranges()[0]).toMatch(/^unattested/u);
    expect(world.entries("verdict")[0]?.discounted).toMatchObject([
      { id: 11, reasons: ["not_in_role"] },
    ]);
  });
  it("who is in a team is read again at the merge, however short a time ago it was read", async () => {
    await approved();
    world.forge.merge(7, "ada");
    world.forge.calls.length = 0;
    await settle(world.fleet);
    const { calls } = world.forge;
    expect(calls).toContain("forgetPeople");
    expect(calls.indexOf("forgetPeople")).toBeLessThan(calls.indexOf("team"));
  });
  it("a team that is gone blocks, and says what to do", async () => {
    await approved();
    world.forge.teams.delete("acme/ops");
    await review(world.fleet, 7);
    expect(approvals()).toBe("blocked");
  });
  it("a suspended reviewer does not count", async () => {
    await approved();
    world.forge.suspended.add(people.olivia.id);
    await review(world.fleet, 7);
    expect(approvals()).not.toBe("passed");
  });
  it("a dismissal takes the approval back, and a later one revives no older approval", async () => {
    await approved();
    const asked = world.forge.review(7, "olivia", "CHANGES_REQUESTED");
    world.wait(5);
    await review(world.fleet, 7);
    expect(approvals()).toBe("blocked");
    const dismissal = { was: "CHANGES_REQUESTED", by: people.olivia.id, at: asked.submittedAt };
    const reviews = world.forge.reviews.get(7)!;
    world.forge.reviews.set(7, [
      ...reviews.slice(0, -1),
      { ...asked, state: "DISMISSED", dismissal },
    ]);
    await review(world.fleet, 7);
    expect(approvals()).toBe("waiting");
  });
  it("a push, also by force, leaves the approval with the old commit, however new it is", async () => {
    await approved();
    const tip = (await world.forge.branchTip("main"))!;
    const pushed = world.forge.commit("pushed", await world.files({ shop: "1.2" }), tip);
    world.forge.move("change-7", pushed, "ada", "force_push");
    world.forge.pulls.get(7)!.head = pushed;
    const old = { ...world.forge.review(7, "omar"), commit: world.entries("plan.shown")[0]!.head };
    world.forge.reviews.set(7, [...world.forge.reviews.get(7)!.slice(0, -1), old]);
    world.wait(5);
    await review(world.fleet, 7);
    expect(approvals()).toBe("waiting");
  });
  it("closing and re-opening, a draft and back, another base and back change none", async () => {
    await approved();
    const pull = world.forge.pulls.get(7)!;
    for (const [away, back] of [
      [{ state: "closed" }, { state: "open" }],
      [{ draft: true }, { draft: false }],
      [{ base: "release" }, { base: "main" }],
    ] as const) {
      Object.assign(pull, away);
      await review(world.fleet, 7);
      Object.assign(pull, back);
      await review(world.fleet, 7);
      expect(approvals()).toBe("passed");
    }
  });
});

describe("the moment of the merge", () => {
  it("auto-merge in the second of the last approval is in time", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    world.forge.review(7, "olivia");
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
  });
  it("an approval after a merge by force counts for nothing", async () => {
    world = await World.open();
    await world.propose(7, { shop: "1.1" });
    world.forge.merge(7, "ada");
    world.wait(1);
    world.forge.review(7, "olivia");
    await settle(world.fleet);
    expect(ranges()[0]).toMatch(/^unattested/u);
    expect(world.entries("verdict")[0]?.discounted[0]?.reasons).toContain("after_merge");
  });
  it("a merge during the first review finds no plan that anybody had seen", async () => {
    world = await World.open();
    const tip = (await world.forge.branchTip("main"))!;
    const head = world.forge.commit("head 7", await world.files({ shop: "1.1" }), tip);
    world.forge.propose(7, head, "ada");
    const { reviewsOf } = world.forge;
    world.forge.reviewsOf = async (number) => {
      if (world.forge.pulls.get(7)?.state === "open") {
        world.forge.review(7, "olivia");
        world.forge.merge(7, "ada");
        world.wait(2);
      }
      return reviewsOf(number);
    };
    await review(world.fleet, 7);
    await settle(world.fleet);
    expect(ranges()[0]).toMatch(/^unattested/u);
    expect(world.entries("authorised")).toEqual([]);
  });
  it("a merge during a later review is judged by what was on record before", async () => {
    await approved();
    const { reviewsOf } = world.forge;
    world.forge.reviewsOf = async (number) => {
      if (world.forge.pulls.get(7)?.state === "open") world.forge.merge(7, "ada");
      return reviewsOf(number);
    };
    await Promise.all([review(world.fleet, 7), settle(world.fleet)]);
    await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
    expect(world.entries("authorised")).toHaveLength(1);
  });
});

describe("webhooks", () => {
  it("that are all lost are made up for by the sweep", async () => {
    world = await World.open();
    const tip = (await world.forge.branchTip("main"))!;
    const head = world.forge.commit("head 7", await world.files({ shop: "1.1" }), tip);
    world.forge.propose(7, head, "ada");
    for (const { kind, key } of await sweep(world.fleet)) {
      if (kind === "review") await review(world.fleet, Number(key));
    }
    world.wait(5);
    world.forge.review(7, "olivia");
    world.forge.merge(7, "ada");
    for (const { kind } of await sweep(world.fleet))
      if (kind === "settle") await settle(world.fleet);
    expect(ranges()).toEqual(["authorised approved"]);
  });
  it("that come twice, late and in the wrong order change nothing", async () => {
    await approved();
    world.forge.merge(7, "ada");
    await settle(world.fleet);
    const before = world.fleet.log.entries.length;
    await review(world.fleet, 7);
    await settle(world.fleet);
    await review(world.fleet, 7);
    await settle(world.fleet);
    expect(world.fleet.log.entries).toHaveLength(before);
  });
});

describe("roles that an unattested push rewrote", () => {
  it("do not judge what comes after it: the policy is that of the attested commit", async () => {
    world = await World.open();
    const tip = (await world.forge.branchTip("main"))!;
    const policy = (await world.policy()).replace("teams: [acme/ops]", "teams: [acme/friends]");
    const files = await world.files({ shop: "1.0" }, new Map([["countersign.yml", policy]]));
    world.forge.move("main", world.forge.commit("rewritten", files, tip), "sam");
    world.forge.teams.set("acme/friends", { state: "ok", members: [{ id: 13, state: "active" }] });
    await settle(world.fleet);
    expect(ranges()).toEqual(["unattested direct_push"]);
    expect(world.fleet.log.history.fleetLevel.level).toBe("hold");
    const head = world.forge.commit(
      "head 8",
      await world.files({ shop: "1.1" }, new Map([["countersign.yml", policy]])),
      (await world.forge.branchTip("main"))!,
    );
    world.forge.propose(8, head, "ada");
    await review(world.fleet, 8);
    world.wait(5);
    await world.approve(8, "sam");
    expect(approvals(8)).not.toBe("passed");
  });
});

describe("settling by a later approved proposal", () => {
  it("shows the whole difference, authorises it, and ends the HOLD", async () => {
    world = await World.open();
    const tip = (await world.forge.branchTip("main"))!;
    const direct = world.forge.commit("direct", await world.files({ shop: "1.1" }), tip);
    world.forge.move("main", direct, "sam");
    await settle(world.fleet);
    expect(ranges()).toEqual(["unattested direct_push"]);
    await world.propose(8, { shop: "1.2" });
    await world.approve(8);
    world.forge.merge(8, "ada");
    await settle(world.fleet);
    expect(ranges()[1]).toBe("authorised approved");
    expect(world.fleet.log.history.unattested).toEqual([]);
    expect([...world.fleet.log.history.siteLevels.values()].map(({ level }) => level)).toEqual([
      "normal",
    ]);
    await world.run("shop");
    expect(world.sites.get("shop")!.live.get("plugins/hello")?.version).toBe("1.2");
  });
});
