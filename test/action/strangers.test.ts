/** Proposals by whoever may write, or from a fork, and a repository that was opened meanwhile. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockPath, lockText } from "../../sandbox/control-repository.ts";
import { readingTime } from "../../sandbox/until.ts";
import { type ActionFleet, mustEnd, startActionFleet } from "../support/action-fleet.ts";
import { rules } from "../support/action-run.ts";

let fleet: ActionFleet;
beforeAll(async () => {
  fleet = await startActionFleet(["shop"]);
}, 60_000);
afterAll(() => fleet.close());

const review = (number: number) =>
  fleet.run({
    payload: { pull_request: { number } },
    env: { INPUT_MODE: "review", GITHUB_EVENT_NAME: "pull_request_target" },
  });
const approvals = async (pull: number) =>
  (await fleet.people.checks(pull)).get("countersign/approvals");

describe("a proposal from a fork", () => {
  it("is read through the API and judged, and the fork is given nothing", async () => {
    const { people, github, packages } = fleet;
    const lock = packages.find("hello-countersign", "1.1");
    const site = (await people.file("sites/shop.yml")).replace('"1.0"', '"1.1"');
    const files = {
      "sites/shop.yml": site,
      [lockPath(lock)]: lockText(lock),
      "package.json": '{ "scripts": { "preinstall": "touch /tmp/pwned" } }',
    };
    const what = {
      branch: "from-a-fork",
      title: "$(id)",
      message: "::set-output name=x::y",
      files,
    };
    const pull = await people.propose("ada", what);
    github.moveToFork(pull, github.addRepository("fork", { "README.md": "A fork.\n" }));
    const since = github.requests.length;
    const done = mustEnd(await review(pull));
    expect((await people.checks(pull)).size).toBe(3);
    expect(done.outputs["plan_digest"]).toMatch(/^sha256:/u);
    expect(done.outputs["verdict"]).not.toBe("passed");
    // All of it under the repository itself: nothing is asked of the fork, and nothing is cloned.
    const asked = github.requests.slice(since).filter(({ by }) => by === "countersign[bot]");
    expect(
      asked.filter(
        ({ path }) =>
          !/^\/(repos\/acme\/fleet[/?]|repos\/acme\/fleet$|orgs\/acme\/members|graphql|user\/)/u.test(
            path,
          ),
      ),
    ).toEqual([]);
    expect(readdirSync(fleet.folder).filter((name) => !/^(dist|event\.json)$/u.test(name))).toEqual(
      [],
    );
    const told = JSON.stringify([
      done.outputs,
      done.summary,
      done.log.replace(/^::add-mask::.*$/mu, ""),
    ]);
    expect(told).not.toContain(fleet.keys.seed);
    expect(told).not.toMatch(/gh[ps]_\w{10}/u);
    expect(told).not.toContain("::set-output");
    expect(fleet.sites.get("shop")!.site.ran).toEqual([]);
  }, 60_000);
});

describe("a proposal that changes the workflow and its owners", () => {
  it("is judged by the rules of the base: the people of `change-policy` have to approve", async () => {
    const { people } = fleet;
    const workflow = ".github/workflows/countersign-review.yml";
    const pull = await people.propose("ada", {
      branch: "evil",
      title: "Tidy up",
      message: "Tidy up",
      files: {
        [workflow]: "on: push\njobs: { x: { steps: [{ run: 'echo $SEED | rev' }] } }\n",
        CODEOWNERS: "* @mallory\n",
      },
    });
    mustEnd(await review(pull));
    expect((await approvals(pull))?.conclusion).toBe("action_required");
    await readingTime();
    await people.approve("olivia", pull);
    mustEnd(await review(pull));
    const waiting = await approvals(pull);
    expect(waiting?.conclusion).toBe("action_required");
    expect(waiting?.summary.replaceAll("\\", "")).toContain("⏳ rights.change-policy");
    // Its own file is refused before anything is asked of GitHub but the default branch's name.
    const where = "acme/fleet/.github/workflows/countersign-review.yml@refs/heads/evil";
    const own = await fleet.as("review", "push", {
      GITHUB_WORKFLOW_REF: where,
      GITHUB_REF: "refs/heads/evil",
    });
    expect(own.outputs["reason_code"], own.log).toBe("run_refused");
    await people.approve("sven", pull);
    const done = mustEnd(await review(pull));
    expect((await approvals(pull))?.conclusion, done.log).toBe("success");
  }, 60_000);
});

describe("a merged plan while the repository is open", () => {
  it("stays where it is: nothing is minted until both are closed", async () => {
    const { people } = fleet;
    const { site } = fleet.sites.get("shop")!;
    await fleet.merge(await fleet.propose({ shop: "1.2" }));
    const heard = site.received.length;
    const refused = async () => (await fleet.as("apply", "push")).outputs["reason_code"];

    const branches = "/environments/countersign/deployment-branch-policies";
    const { id } = await people.ask<{ id: number }>("ada", "POST", branches, { name: "release/*" });
    expect(await refused()).toBe("environment_open");
    await people.ask("ada", "DELETE", `${branches}/${id}`);

    const [ruleset] = await people.ask<{ id: number }[]>("ada", "GET", "/rulesets");
    const weak = rules({ require_code_owner_review: false });
    await people.ask("ada", "PUT", `/rulesets/${ruleset!.id}`, { rules: weak });
    expect(await refused()).toBe("branch_open");
    expect(await fleet.of("authorised")).toEqual([]);
    expect(site.received).toHaveLength(heard);
  }, 60_000);
});
