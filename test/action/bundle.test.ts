/** The built bundle, run as a runner runs it, on the sandbox's GitHub. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockPath, lockText, siteText } from "../../sandbox/control-repository.ts";
import { type Runner, rules, startRunner } from "../support/action-run.ts";

let runner: Runner;
beforeAll(async () => {
  runner = await startRunner();
}, 60_000);
afterAll(() => runner.close());

/** What runs asked for since then; the runner's own token is none of it. */
const ofRuns = (since: number) =>
  runner.github.requests.slice(since).filter(({ by }) => by !== "app");

async function propose(branch: string, version: string): Promise<number> {
  const lock = runner.packages.find("hello-countersign", version);
  return runner.people.propose("ada", {
    branch,
    title: `Bring ${version}`,
    message: `Bring ${version}`,
    files: {
      [lockPath(lock)]: lockText(lock),
      "sites/shop.yml": siteText({ id: "shop", url: "http://127.0.0.1:9", version }),
    },
  });
}

describe("a run that reviews", () => {
  it("takes the fleet over at its first run, and leaves nothing on the runner", async () => {
    const done = await runner.run();
    expect(done, done.log).toMatchObject({ code: 0 });
    expect((await runner.lines())[0]).toMatchObject({ kind: "fleet.bootstrapped" });
    expect(readdirSync(runner.folder).filter((name) => name.startsWith("countersign-"))).toEqual(
      [],
    );
  });
  it("shows the three checks and the plan, tells later steps, and says no secret", async () => {
    const number = await propose("bring", "1.1");
    const done = await runner.run({
      payload: { pull_request: { number } },
      env: { GITHUB_EVENT_NAME: "pull_request_target" },
    });
    expect(done, done.log).toMatchObject({ code: 0 });
    expect((await runner.people.checks(number)).size).toBe(3);
    expect(done.outputs).toMatchObject({ verdict: "waiting" });
    expect(done.outputs["plan_digest"]).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(done.summary).toContain(`#${number}`);
    const shown = (await runner.lines()).filter(({ kind }) => kind === "plan.shown");
    expect(shown).toMatchObject([{ pr: number, plan: done.outputs["plan_digest"] }]);
    const everything = JSON.stringify({ ...done, log: done.log.replace(/^::add-mask::.*$/mu, "") });
    expect(everything).not.toContain(runner.keys.seed);
  }, 60_000);
  it("a second run says and writes nothing twice", async () => {
    const before = await runner.lines();
    expect(await runner.run()).toMatchObject({ code: 0 });
    expect(await runner.lines()).toEqual(before);
    expect(await runner.people.comments(1)).toHaveLength(1);
  }, 60_000);
  it("carries a command out although somebody forged its answer", async () => {
    const id = await runner.people.say("olivia", 1, "/countersign hold shop it looks odd");
    const forged = await runner.forge(1, `<!-- countersign:answer ${id} -->\nDone.`);
    expect(forged).toBe(201);
    expect(await runner.run()).toMatchObject({ code: 0 });
    const lines = await runner.lines();
    expect(lines).toContainEqual(expect.objectContaining({ kind: "level", level: "hold" }));
    expect(lines).toContainEqual(expect.objectContaining({ kind: "answered", comment: id }));
  }, 60_000);
  it("two runs at once leave one log, with each thing on it once", async () => {
    const id = await runner.people.say("olivia", 1, "/countersign hold fleet both of you");
    const both = await Promise.all([runner.run(), runner.run()]);
    expect(
      both.map(({ code }) => code),
      both.map(({ log }) => log).join("\n"),
    ).toEqual([0, 0]);
    const answered = (await runner.lines()).filter(({ comment }) => comment === id);
    expect(answered).toHaveLength(1);
  }, 60_000);
});

describe("a run that was killed", () => {
  it.each(["review.shown", "journal.after", "flush.landed", "job.done", "command.said"])(
    "at %s is made good by the next, once",
    async (name) => {
      const id = await runner.people.say("olivia", 1, `/countersign hold shop at ${name}`);
      await runner.people.commit("ada", {
        branch: "bring",
        message: name,
        files: { "notes.md": name },
      });
      const killed = await runner.run({ env: { COUNTERSIGN_FAILPOINT: name } });
      expect(killed.signal, killed.log).toBe("SIGKILL");
      const done = await runner.run();
      expect(done, done.log).toMatchObject({ code: 0 });
      const lines = await runner.lines();
      expect(lines.filter(({ comment }) => comment === id)).toHaveLength(1);
      const said = (await runner.people.comments(1)).filter((body) =>
        body.includes(`answer ${id} `),
      );
      expect(said).toHaveLength(1);
      const head = await runner.people.head(1);
      expect(
        lines.filter((one) => one["head"] === head && one["kind"] === "plan.shown"),
      ).toHaveLength(1);
    },
    60_000,
  );
});

describe("a run that may not use its keys", () => {
  const refused = async (env: Readonly<Record<string, string>> = {}) => {
    const { github } = runner;
    const start = github.requests.length;
    const { code, outputs, log } = await runner.run({ env });
    const wrote = ofRuns(start).filter(({ method }) => method !== "GET");
    expect({ code, wrote }, log).toEqual({ code: 1, wrote: [] });
    return { reason: outputs["reason_code"], log };
  };
  it("refuses a workflow file that is not the default branch's", async () => {
    const where = "acme/fleet/.github/workflows/countersign.yml@refs/heads/bring";
    expect(await refused({ GITHUB_WORKFLOW_REF: where })).toMatchObject({ reason: "run_refused" });
    expect(await refused({ GITHUB_REF: "refs/heads/bring" })).toMatchObject({
      reason: "run_refused",
    });
  }, 60_000);
  it("does nothing for the events that run the proposal's own file", async () => {
    const start = runner.github.requests.length;
    const asked = () => ofRuns(start);
    for (const event of ["pull_request_review", "merge_group", "pull_request"]) {
      const env = { GITHUB_EVENT_NAME: event, INPUT_SEED: "" };
      expect(await runner.run({ env })).toMatchObject({ code: 0 });
    }
    expect(asked()).toEqual([]);
  }, 60_000);
  it("says that there is no seed, and what may be the reason", async () => {
    const { reason, log } = await refused({ INPUT_SEED: "" });
    expect(reason).toBe("seed_invalid");
    expect(log).toContain("environment: countersign");
  }, 60_000);
  it("refuses while the ruleset is weaker, and after it was changed back", async () => {
    const { people } = runner;
    const [{ id }] = await people.ask<[{ id: number }]>("ada", "GET", "/rulesets");
    const weak = { rules: rules({ require_last_push_approval: false }) };
    await people.ask("ada", "PUT", `/rulesets/${id}`, weak);
    const open = await refused();
    expect(open.reason).toBe("branch_open");
    expect(open.log).toContain("whoever pushed last");
    await people.ask("ada", "PUT", `/rulesets/${id}`, { rules: rules() });
    const changed = await refused();
    expect(changed.log).toContain("was changed since");
  }, 60_000);
  it("refuses an environment that another branch may use, before it looks at the rest", async () => {
    const path = "/environments/countersign/deployment-branch-policies";
    await runner.people.ask("ada", "POST", path, { name: "release/*" });
    expect(await refused()).toMatchObject({ reason: "environment_open" });
  }, 60_000);
});
