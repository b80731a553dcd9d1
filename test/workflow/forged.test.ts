/** A burst of messages that do not verify: shown, waited for where the policy asks, and forgotten. */
import { afterEach, describe, expect, it } from "vitest";
import { BURST } from "../../src/domain/forged.ts";
import { review } from "../../src/workflow/review.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { World } from "../support/fleet-world.ts";
import { Beating } from "../support/simulated-beats.ts";

let world: World;
afterEach(() => world.close());

const stranger = signerOf(Buffer.alloc(32, 77));
async function burst(): Promise<void> {
  const shop = new Beating(world);
  for (let turn = 0; turn < BURST.messages; turn += 1) {
    expect(await shop.beat({ signer: stranger })).toMatchObject({ kind: "refused" });
  }
}
const rollback = () => {
  const { head } = world.forge.pulls.get(7)!;
  const { result, summary } = world.forge.checks.get(`${head} countersign/rollback`)!;
  return { result, isTold: summary.includes("messages in its name did not verify") };
};

describe("a burst of forged messages", () => {
  it("is shown with readiness, and holds nothing by itself", async () => {
    world = await World.open({ sites: ["shop", "blog"] });
    await burst();
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback()).toEqual({ result: "passed", isTold: true });
    expect(world.entries("level")).toEqual([]);
  });
  it("makes readiness wait where the policy asks, of its site alone, until it is quiet", async () => {
    world = await World.open({
      sites: ["shop", "blog"],
      policy: "readiness:\n  - { messages: proved }\n",
    });
    await world.propose(7, { shop: "1.1", blog: "1.0" });
    expect(rollback().result).toBe("passed");
    await burst();
    await review(world.fleet, 7);
    expect(rollback()).toEqual({ result: "waiting", isTold: true });
    world.wait(BURST.quietSeconds + 1);
    await review(world.fleet, 7);
    expect(rollback()).toEqual({ result: "passed", isTold: false });
  });
});
