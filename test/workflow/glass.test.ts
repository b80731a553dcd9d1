/** Broken glass: loud, on record, and followed by an incident that a review closes. */
import { afterEach, describe, expect, it } from "vitest";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { tendIncidents } from "../../src/workflow/tend.ts";
import type { Who } from "../support/memory-forge.ts";
import { World } from "../support/fleet-world.ts";
import { digestOfText } from "../../src/signing/digest.ts";

let world: World;
afterEach(() => world.close());

const rights = `  break-glass: { role: operators, count: 2, for: 30m }
  retry: { role: operators }
`;
const glass = "/countersign break-glass operators nobody is awake";
/** Merged with the glass of its one gate broken. @returns the incident's issue */
async function broken(): Promise<number> {
  world = await World.open({ rights });
  await world.propose(7, { shop: "1.1" });
  for (const who of ["olivia", "omar"] satisfies Who[]) await world.say(7, who, glass);
  await review(world.fleet, 7);
  const merge = world.forge.merge(7, "ada");
  world.wait(1);
  await settle(world.fleet);
  await report(world.fleet, `glass ${merge}`);
  return Math.max(...world.forge.issues.keys());
}

describe("broken glass", () => {
  it("is shown in the comment before the merge, and goes on record with it", async () => {
    const issue = await broken();
    expect(world.forge.shown.get(7)?.text).toContain("Glass was broken");
    expect(world.entries("glass")).toMatchObject([
      { by: [11, 12], gate: digestOfText("operators"), pr: 7 },
    ]);
    expect(world.entries("authorised")).toHaveLength(1);
    expect(world.forge.issues.get(issue)).toMatchObject({
      open: true,
      title: "Incident: glass was broken for #7",
    });
    expect(world.forge.issues.get(issue)?.body).toContain("`operators`, by `olivia` and `omar`");
    expect(world.forge.issues.get(issue)?.body).toContain("@sam, @sven");
  });
  it("has one incident, however often it is told, that nothing but a review closes", async () => {
    const issue = await broken();
    const { merge } = world.entries("glass")[0]!;
    await report(world.fleet, `glass ${merge}`);
    await world.run("shop");
    await world.report(7);
    await tendIncidents(world.fleet);
    expect(world.forge.issues.size).toBe(1);
    expect(world.forge.issues.get(issue)?.open).toBe(true);
    expect(await world.say(issue, "sam", "/countersign reviewed it was right")).toContain(
      "on record",
    );
    expect(world.forge.issues.get(issue)?.open).toBe(false);
    expect(world.entries("incident").map(({ phase }) => phase)).toEqual(["in_review", "closed"]);
    expect(world.entries("commanded")).toMatchObject([{ name: "reviewed", by: [13], issue }]);
    expect(await world.say(issue, "sven", "/countersign reviewed me too")).toContain("already");
  });
  it.each([
    ["the author", "ada", "/countersign reviewed fine", "had a hand"],
    ["without the right", "olivia", "/countersign reviewed fine", "do not hold the role"],
    ["without words", "sam", "/countersign reviewed", "It is written"],
  ] as const)("is not reviewed by %s", async (_why, who, words, answer) => {
    const issue = await broken();
    expect(await world.say(issue, who, words)).toContain(answer);
    expect(world.forge.issues.get(issue)?.open).toBe(true);
  });
  it("is not reviewed by whoever broke it, whatever right they hold", async () => {
    world = await World.open({
      rights: `  break-glass: { role: security, count: 2, for: 30m }\n`,
    });
    await world.propose(7, { shop: "1.1" });
    for (const who of ["sam", "sven"] satisfies Who[]) await world.say(7, who, glass);
    const merge = world.forge.merge(7, "ada");
    world.wait(1);
    await settle(world.fleet);
    await report(world.fleet, `glass ${merge}`);
    const issue = Math.max(...world.forge.issues.keys());
    expect(await world.say(issue, "sam", "/countersign reviewed fine")).toContain("you caused");
    expect(world.forge.issues.get(issue)?.open).toBe(true);
  });
  it("is not one person's, and is no glass any more when its time is over", async () => {
    world = await World.open({ rights });
    await world.propose(7, { shop: "1.1" });
    await world.say(7, "olivia", glass);
    await world.say(7, "olivia", glass);
    await review(world.fleet, 7);
    const { head } = world.forge.pulls.get(7)!;
    expect(world.forge.checksOn(head)["approvals"]).toBe("waiting");
    await world.say(7, "omar", glass);
    await review(world.fleet, 7);
    expect(world.forge.checksOn(head)["approvals"]).toBe("passed");
    world.wait(31 * 60);
    await review(world.fleet, 7);
    expect(world.forge.checksOn(head)["approvals"]).toBe("waiting");
  });
  it("is nothing that other incidents or pull requests know", async () => {
    await broken();
    expect(await world.say(7, "sam", "/countersign reviewed fine")).toContain("no incident about");
  });
});
