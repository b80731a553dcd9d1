import { beforeEach, describe, expect, it } from "vitest";
import { levelOf } from "../../src/domain/history.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import { evidence } from "../../src/workflow/evidence.ts";
import { review } from "../../src/workflow/review.ts";
import { localRestoreIdOf } from "../../src/signing/action-id.ts";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import type { Message } from "../../src/workflow/ports.ts";
import { World } from "../support/fleet-world.ts";
import { localRestore } from "../support/local-restore.ts";
import { site as siteId } from "../support/ids.ts";
import { Beating, inventoryText } from "../support/simulated-beats.ts";

let world: World;
let shop: Beating;
const id = siteId("shop");
/** The site's host keeps every request of ours out. */
let isClosed: boolean;
beforeEach(async () => {
  world = await World.open({ sites: ["shop"] });
  shop = new Beating(world);
  isClosed = false;
  const { sites } = world.fleet;
  const open = sites.post.bind(sites);
  Object.assign(sites, {
    post: async (...given: Parameters<typeof open>) =>
      isClosed ? { kind: "unreachable", why: "ECONNREFUSED" } : open(...given),
  });
  await beat();
});
const beat = (receipts?: readonly Message[]) =>
  shop.beat({ inventory: inventoryText, ...(receipts === undefined ? {} : { receipts }) });
/** A beat, and all that follows from it in one run of the site's cron. */
async function turn(): Promise<void> {
  let receipts: readonly Message[] | undefined;
  for (let round = 0; round < 4; round += 1) {
    const { pending = [] } = await beat(receipts);
    receipts = await shop.carryOut(pending);
    if (pending.length === 0) return;
  }
}
const outcomes = () => world.entries("receipt").map(({ out }) => out);

describe("pull delivery", () => {
  it("hands an action out with an ack, and gets its receipt with the next beat", async () => {
    await world.bring(2, { shop: "1.1" });
    isClosed = true;
    await deliver(world.fleet, id); // tries the push door, and finds it closed
    expect(await world.fleet.store.beat(world.repo, id)).toMatchObject({
      closedAt: world.clock.now(),
    });
    world.wait(300);
    await turn();
    expect(world.sites.get("shop")!.done).toEqual(["plugins/hello 1.0→1.1"]);
    expect(outcomes()).toEqual(["applied"]);
    expect(world.sites.get("shop")!.refused).toBe(0);
  });
  it("waits for the beat once the door is known to be closed, and pushes again once it is open", async () => {
    await world.bring(2, { shop: "1.1" });
    isClosed = true;
    await world.fleet.store.noteContact(world.repo, id, { closedAt: world.clock.now() });
    await deliver(world.fleet, id);
    expect(world.entries("sent")).toEqual([]);
    isClosed = false;
    await world.run("shop");
    expect(outcomes()).toEqual(["applied"]);
    expect(await world.fleet.store.beat(world.repo, id)).toMatchObject({ closedAt: null });
  });
  it("runs one token once, however often the same ack is carried out", async () => {
    await world.bring(2, { shop: "1.1" });
    isClosed = true;
    await world.fleet.store.noteContact(world.repo, id, { closedAt: world.clock.now() });
    const { pending = [] } = await beat();
    expect(pending).toHaveLength(1);
    const first = await shop.carryOut(pending);
    const second = await shop.carryOut(pending);
    expect(second).toEqual(first);
    await beat(first);
    await beat(second);
    expect(outcomes()).toEqual(["applied"]);
    expect(levelOf(world.fleet.log.history, id).level).toBe("normal");
  });
  it("gives nothing out at HOLD, or to a site whose clock is off", async () => {
    await world.bring(2, { shop: "1.1" });
    isClosed = true;
    const closedAt = world.clock.now();
    await world.fleet.store.noteContact(world.repo, id, { closedAt });
    const off = await shop.beat({
      inventory: inventoryText,
      claims: { iat: world.clock.now() - 40 },
    });
    expect(off).toMatchObject({ pending: [] });
    await world.fleet.log.append(() => ({
      entries: [
        {
          at: "2026-11-24T12:00:00Z",
          by: 13,
          cause: "commanded",
          kind: "level",
          level: "hold",
          site: id,
        },
      ],
    }));
    expect(await beat()).toMatchObject({ pending: [] });
    expect(world.entries("sent")).toEqual([]);
  });
  it("waits two intervals longer before it says that an outcome is unknown", async () => {
    await world.bring(2, { shop: "1.1" });
    isClosed = true;
    await world.fleet.store.noteContact(world.repo, id, { closedAt: world.clock.now() });
    const claims = { every: 3600 };
    await shop.beat({ inventory: inventoryText, claims }); // its ack, with the action, is lost
    const levelAt = async (seconds: number) => {
      world.wait(seconds);
      await deliver(world.fleet, id);
      return levelOf(world.fleet.log.history, id).level;
    };
    expect(await levelAt(1200)).toBe("normal");
    expect(await levelAt(6000)).toBe("normal");
    expect(await levelAt(901)).toBe("hold");
  });
  it("asks by the ack what became of an action whose push got no answer", async () => {
    await world.bring(2, { shop: "1.1" });
    world.sites.get("shop")!.faults.push("answer_lost");
    await deliver(world.fleet, id);
    isClosed = true;
    world.wait(300);
    await turn();
    expect(outcomes()).toEqual(["applied"]);
    expect(world.entries("sent")).toHaveLength(1);
  });
  it("brings readiness to a review that could not ask", async () => {
    isClosed = true;
    const head = await world.propose(2, { shop: "1.1" });
    const shown = () => world.forge.checksOn(head)["rollback"];
    expect(shown()).toBe("waiting");
    world.wait(60);
    await turn();
    await review(world.fleet, 2);
    expect(shown()).toBe("passed");
  });
  it("takes no evidence that answers nothing that was asked, and none twice", async () => {
    isClosed = true;
    await world.propose(2, { shop: "1.1" });
    const { pending = [] } = await beat();
    const answer = await world.sites.get("shop")!.post(pending[0]!);
    const body = answer.kind === "answered" ? answer.body! : { token: "" };
    expect(await evidence(world.fleet, body)).toMatchObject({ kind: "accepted" });
    expect(await evidence(world.fleet, body)).toEqual({
      kind: "refused",
      why: "answers nothing that was asked",
    });
    expect(world.entries("level")).toEqual([]);
  });
});

describe("receipts that a beat brings", () => {
  const receipt = (over: Partial<ClaimsOf<"receipt">> = {}) => localRestore(world, "shop", over);
  const causes = () => world.entries("level").map(({ cause }) => cause);

  it("are on record before the ack, with what they mean for the level", async () => {
    const message = await receipt();
    expect(await beat([message])).toMatchObject({ kind: "accepted", jobs: [{ kind: "incident" }] });
    await beat([message]);
    expect(outcomes()).toEqual(["local_restore"]);
    expect(causes()).toEqual(["local_restore"]);
  });
  it("are an incident where their action or number has another one on record", async () => {
    await beat([await receipt()]);
    const sub = localRestoreIdOf({ rseq: 2, site: id });
    await beat([await receipt({ t1: world.clock.now() + 1 }), await receipt({ sub })]);
    expect(outcomes()).toEqual(["local_restore"]);
    expect(causes()).toEqual(["local_restore", "receipt_mismatch"]);
  });
  it("are an incident where nobody authorised what they tell of", async () => {
    await beat([await receipt({ out: "applied", mode: "apply" })]);
    expect(outcomes()).toEqual([]);
    expect(causes()).toEqual(["receipt_mismatch"]);
  });
  it("are passed over where they do not verify, and hold up no others", async () => {
    const forged = { ...(await receipt()), detail: "{ }" };
    await beat([forged, await receipt()]);
    expect(outcomes()).toEqual(["local_restore"]);
  });
});
