/** The demo's story as assertions, on a real WordPress: each step checks what it claims. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  auditLines,
  firstSite,
  outcomeOf,
  settledChecks,
  versionOnDisk,
} from "../../sandbox/look.ts";
import { proposeVersion, story } from "../../sandbox/story.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { startWorld, type World } from "../../sandbox/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

describe("one change travels the whole way", () => {
  for (const step of story()) {
    it(step.title, async () => {
      expect(await step.run(world)).not.toBe("");
    });
  }
});

describe("what the story leaves behind", () => {
  it("is one comment a proposal, however often it was reviewed", async () => {
    for (const pull of [3, 4, 5]) expect(await world.people.comments(pull)).toHaveLength(1);
  });
  it("is one action a merge, and every receipt of one that was authorised before it", async () => {
    const lines = await auditLines(world);
    const authorised = lines.filter(({ kind }) => kind === "authorised").map(({ sub }) => sub);
    expect(new Set(authorised).size).toBe(3);
    for (const { kind, sub } of lines) {
      if (kind === "receipt" || kind === "sent") expect(authorised).toContain(sub);
    }
  });
  it("asks nobody to review what nobody has to, and never the author", async () => {
    const pull = await world.people.ask<{ requested_reviewers: { login: string }[] }>(
      "ada",
      "GET",
      "/pulls/4",
    );
    const asked = pull.requested_reviewers.map(({ login }) => login);
    expect(asked).not.toContain("update-agent");
    expect(["olivia", "omar"]).toEqual(expect.arrayContaining(asked));
  });
});

describe("afterwards", () => {
  it("a restarted App goes on where it was, and a redelivered webhook runs nothing again", async () => {
    const before = (await auditLines(world)).length;
    await world.restartApp();
    const merged = world.github.deliveries.filter(
      ({ event, action }) => event === "pull_request" && action === "closed",
    );
    for (const delivery of merged) await world.github.redeliver(delivery);
    await world.github.settled(1500);
    const lines = await auditLines(world);
    expect(
      lines.slice(before).filter(({ kind }) => kind === "authorised" || kind === "sent"),
    ).toEqual([]);
  });

  it("a package with other bytes is refused by the site, and its disk is as it was", async () => {
    const { people, packages } = world;
    const pull = await proposeVersion(world, { from: "1.1", version: "1.3" });
    await settledChecks(world, pull);
    await until("the policy has no objection", async () => {
      const check = (await people.checks(pull)).get("countersign/policy");
      return check?.conclusion === "success";
    });
    // Sooner the policy check would refuse it.
    packages.tamper("hello-countersign", "1.3");
    await readingTime();
    await people.approve("omar", pull);
    await until("it is approved", async () => {
      const checks = [...(await people.checks(pull)).values()];
      return checks.every(({ conclusion }) => conclusion === "success");
    });
    expect((await people.merge("omar", pull)).status).toBe(200);
    expect(await outcomeOf(world, pull)).toBe("refused:package_mismatch");
    expect(await versionOnDisk(world)).toBe("1.1");
    const page = await fetch(`${firstSite(world).url}/`);
    expect(await page.text()).toContain("<!-- hello-countersign 1.1 -->");
  });
});
