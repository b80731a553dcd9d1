/** A person has a real WordPress take back what it applied, and the branch follows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { auditLines, expectLivePage, settledChecks, versionOnDisk } from "../../sandbox/look.ts";
import { proposeVersion } from "../../sandbox/story.ts";
import { readingTime, until } from "../../sandbox/until.ts";
import { startWorld, type World } from "../../sandbox/world.ts";
import { startSites } from "../support/world-sites.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld({ startSites });
});
afterAll(() => world.close());

async function land(pull: number): Promise<void> {
  await settledChecks(world, pull);
  await readingTime();
  await world.people.approve("olivia", pull);
  await until("it may be merged", async () => {
    const checks = [...(await world.people.checks(pull)).values()];
    return checks.length === 3 && checks.every(({ conclusion }) => conclusion === "success");
  });
  expect((await world.people.merge("olivia", pull)).status).toBe(200);
}
const ends = (pr: number, mode: string) =>
  until(
    `#${pr} has ended (${mode})`,
    async () => {
      const lines = await auditLines(world);
      const own = lines.filter((one) => one.kind === "authorised" && one.pr === pr);
      const sub = own.find((one) => "mode" in one && one.mode === mode)?.sub;
      return lines.find((one) => one.kind === "receipt" && one.sub === sub)?.out;
    },
    90,
  );

describe("rollback by a comment", () => {
  it("restores the files of a real site, and leaves it unfinished until the branch follows", async () => {
    const { people } = world;
    const pull = await proposeVersion(world, { from: "1.0", version: "1.1" });
    await land(pull);
    expect(await ends(pull, "apply")).toBe("applied");
    expect(await versionOnDisk(world)).toBe("1.1");

    const site = world.sites[0]!.id;
    const said = await people.say("omar", pull, `/countersign rollback ${site}`);
    const answer = await until("it is answered", async () =>
      (await people.comments(pull)).find((one) => one.includes(`countersign:answer ${said} `)),
    );
    expect(answer).toContain("Authorised, on record");
    expect(await ends(pull, "rollback")).toBe("applied");
    expect(await versionOnDisk(world)).toBe("1.0");
    await expectLivePage(world, "1.0");

    const follows = await until("the branch can follow", async () => {
      const open = await people.ask<{ number: number; head: { ref: string } }[]>(
        "ada",
        "GET",
        "/pulls?state=open",
      );
      return open.find(({ head }) => head.ref.startsWith(`countersign/rollback-${pull}-`))?.number;
    });
    await land(follows);
    expect(await ends(follows, "recover")).toBe("already_applied");
    expect(await people.file(`sites/${site}.yml`)).toContain('version: "1.0"');
  });
});
