/** A workflow that gives a run less than docs/getting-started.md says: each lack is named. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PERMISSIONS } from "../../action/permissions.ts";
import { type ActionFleet, mustEnd, startActionFleet } from "../support/action-fleet.ts";
import { installationToken, permissions } from "../support/action-run.ts";

let fleet: ActionFleet;
beforeAll(async () => {
  fleet = await startActionFleet(["shop"]);
}, 60_000);
afterAll(() => fleet.close());

async function without(names: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const left = Object.entries(permissions).filter(
    ([name]) => !names.includes(name.replaceAll("_", "-")),
  );
  return { INPUT_TOKEN: await installationToken(fleet.github, Object.fromEntries(left)) };
}

describe.each([
  ["review", "pull_request_target", "1.1"],
  ["apply", "push", "1.2"],
  ["reconcile", "schedule", "1.0"],
])("mode %s", (mode, event, version) => {
  /** Something to review, something to answer where no proposal is, and a merged plan to tell. */
  beforeAll(async () => {
    const { people } = fleet;
    await fleet.merge(await fleet.propose({ shop: version }));
    const issue = await people.ask<{ number: number }>("sam", "POST", "/issues", { title: mode });
    await people.say("sam", issue.number, "/countersign hold shop to look at it");
    await people.say("sam", issue.number, "/countersign release shop it was nothing");
    const what = { branch: `notes-${mode}`, files: { "notes.md": mode }, message: mode };
    await people.propose("ada", { ...what, title: mode });
  }, 60_000);

  it.each([
    // Each stops something else; what one of the others is for stops all of it.
    [["checks", "deployments", "issues"]],
    [["actions"]],
    [["contents"]],
    [["pull-requests"]],
  ])("names %j where they are missing", async (names) => {
    const done = await fleet.as(mode, event, await without(names));
    expect(done, done.log).toMatchObject({ code: 1, outputs: { reason_code: "github_refused" } });
    for (const name of names) {
      const words = `permissions:[^\n]*\`${name}: ${PERMISSIONS[name]}\``;
      expect(done.log).toMatch(new RegExp(`::error::[^\n]*${words}`, "u"));
      expect(done.summary.replaceAll("\\", "")).toContain(name);
    }
  });
  it("ends well with all of them, and what was refused is made good", async () => {
    mustEnd(await fleet.as(mode, event));
    expect(await fleet.reckon()).toEqual([]);
    expect(fleet.sites.get("shop")?.site.live.get("plugins/hello-countersign")?.version).toBe(
      version,
    );
  });
});
