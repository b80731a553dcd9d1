import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import {
  commitFile,
  files,
  fleet,
  installation,
  openPull,
  person,
  refusal,
  tipOf,
} from "./github-world.ts";

const file = { path: "sites/shop.yml", text: "changed\n" };
let github: SandboxGitHub;
let [agent, ada, app]: Octokit[] = [];

beforeAll(async () => {
  github = await startGitHub({ files });
  [agent, ada] = (["update-agent", "ada"] as const).map((login) => person(github, login));
  app = await installation(github);
});
afterAll(() => github.close());

const lastEvent = (event: string) => github.deliveries.findLast((one) => one.event === event)!;

describe("check runs", () => {
  it("are the App's alone, on commits that exist", async () => {
    const run = { ...fleet, name: "countersign/policy", status: "in_progress" } as const;
    const head_sha = await tipOf(app!, "main");
    expect((await refusal(ada!.rest.checks.create({ ...run, head_sha }))).status).toBe(403);
    const nowhere = { ...run, head_sha: "1".repeat(40) };
    expect((await refusal(app!.rest.checks.create(nowhere))).status).toBe(422);
  });

  it("collect annotations with their columns, and name their App and pull requests", async () => {
    const pull = await openPull(agent!, "annotate", file);
    const annotation = {
      path: file.path,
      start_line: 1,
      end_line: 1,
      start_column: 3,
      end_column: 4,
      annotation_level: "failure" as const,
      message: "unknown key",
      title: "policy",
    };
    const output = { title: "t", summary: "s", annotations: [annotation] };
    const { data: run } = await app!.rest.checks.create({
      ...fleet,
      name: "countersign/policy",
      head_sha: pull.head.sha,
      output,
    });
    await app!.rest.checks.update({ ...fleet, check_run_id: run.id, output });
    const where = { ...fleet, check_run_id: run.id };
    const { data: annotations } = await app!.rest.checks.listAnnotations(where);
    expect(annotations).toMatchObject([annotation, annotation]);
    const { data: shown } = await app!.rest.checks.get(where);
    expect(shown).toMatchObject({
      app: { id: github.appId },
      output: { annotations_count: 2 },
      pull_requests: [{ number: pull.number, head: { sha: pull.head.sha } }],
    });
    const many = { ...output, annotations: Array.from({ length: 51 }, () => annotation) };
    expect((await refusal(app!.rest.checks.update({ ...where, output: many }))).status).toBe(422);
  });

  it("have buttons, and only the ones they show", async () => {
    const actions = [{ label: "Re-check", description: "Judge again", identifier: "recheck" }];
    const head_sha = await tipOf(app!, "main");
    const { data: run } = await app!.rest.checks.create({
      ...fleet,
      name: "countersign/rollback",
      head_sha,
      actions,
    });
    github.clickAction(run.id, "recheck", "olivia");
    await github.settled();
    expect(lastEvent("check_run").payload).toMatchObject({
      action: "requested_action",
      requested_action: { identifier: "recheck" },
      check_run: { id: run.id, app: { id: github.appId } },
      sender: { login: "olivia" },
    });
    expect(() => github.clickAction(run.id, "release", "olivia")).toThrow("no button");
  });
});

describe("deployments", () => {
  it("run through statuses per environment, and retire the one before", async () => {
    const ref = await tipOf(app!, "main");
    const wanted = { ...fleet, ref, environment: "shop", required_contexts: [], auto_merge: false };
    const ids: number[] = [];
    for (const description of ["first", "second"]) {
      const { data } = await app!.rest.repos.createDeployment({ ...wanted, description });
      if (!("id" in data)) throw new Error("no deployment");
      ids.push(data.id);
      const status = { ...fleet, deployment_id: data.id };
      await app!.rest.repos.createDeploymentStatus({ ...status, state: "in_progress" });
      await app!.rest.repos.createDeploymentStatus({ ...status, state: "success" });
    }
    const { data: listed } = await app!.rest.repos.listDeployments({
      ...fleet,
      environment: "shop",
    });
    expect(listed.map(({ id, sha }) => [id, sha])).toEqual(ids.toReversed().map((id) => [id, ref]));
    const statuses = ids.map(async (deployment_id) => {
      const { data } = await app!.rest.repos.listDeploymentStatuses({ ...fleet, deployment_id });
      return data.map(({ state }) => state);
    });
    expect(await Promise.all(statuses)).toEqual([
      ["inactive", "success", "in_progress"],
      ["success", "in_progress"],
    ]);
    const { data: environments } = await app!.rest.repos.getAllEnvironments(fleet);
    expect(environments.environments?.map(({ name }) => name)).toEqual(["shop"]);
    await github.settled();
    expect(lastEvent("deployment_status").payload).toMatchObject({
      deployment_status: { state: "inactive", creator: { login: "countersign[bot]" } },
    });
  });

  it("need the checks they ask for", async () => {
    const ref = await tipOf(app!, "main");
    const wanted = { ...fleet, ref, required_contexts: ["countersign/policy"] };
    expect((await refusal(app!.rest.repos.createDeployment(wanted))).status).toBe(409);
  });
});

describe("refs and activity", () => {
  it("fast-forward only, unless forced, and keep an orphan branch", async () => {
    const branch = "countersign/audit";
    const commitOn = async (text: string, parents: string[]) => {
      const tree = [{ path: "checkpoint", mode: "100644", type: "blob", content: text } as const];
      const { data } = await app!.rest.git.createTree({ ...fleet, tree });
      const commit = { ...fleet, message: text, tree: data.sha, parents };
      return (await app!.rest.git.createCommit(commit)).data;
    };
    const first = await commitOn("1", []);
    expect(first).toMatchObject({
      author: { name: "countersign[bot]" },
      committer: { name: "GitHub" },
      verification: { verified: true },
    });
    await app!.rest.git.createRef({ ...fleet, ref: `refs/heads/${branch}`, sha: first.sha });
    const second = await commitOn("2", [first.sha]);
    const rival = await commitOn("3", [first.sha]);
    const ref = `heads/${branch}`;
    await app!.rest.git.updateRef({ ...fleet, ref, sha: second.sha });
    const lost = app!.rest.git.updateRef({ ...fleet, ref, sha: rival.sha, force: false });
    expect((await refusal(lost)).status).toBe(422);
    await app!.rest.git.updateRef({ ...fleet, ref, sha: rival.sha, force: true });
    await app!.rest.git.deleteRef({ ...fleet, ref });
    const { data } = await app!.rest.repos.listActivities({
      ...fleet,
      ref: `refs/heads/${branch}`,
    });
    expect(data.map(({ activity_type, before, after }) => [activity_type, before, after])).toEqual([
      ["branch_deletion", rival.sha, "0".repeat(40)],
      ["force_push", second.sha, rival.sha],
      ["push", first.sha, second.sha],
      ["branch_creation", "0".repeat(40), first.sha],
    ]);
    expect(data[0]?.actor).toMatchObject({ login: "countersign[bot]", type: "Bot" });
    await github.settled();
    const pushes = github.deliveries.filter(
      ({ event, payload }) => event === "push" && payload["ref"] === `refs/heads/${branch}`,
    );
    expect(
      pushes.map(({ payload: { created, forced, deleted } }) => [created, forced, deleted]),
    ).toEqual([
      [true, false, false],
      [false, false, false],
      [false, true, false],
      [false, false, true],
    ]);
  });

  it("page the activity by cursor, newest first", async () => {
    for (const text of ["1", "2", "3"]) await commitFile(agent!, "pages", { path: "x", text });
    const query = { ...fleet, ref: "pages", per_page: 1 };
    const all = await app!.paginate(app!.rest.repos.listActivities, query);
    expect(all.map(({ activity_type }) => activity_type)).toEqual([
      "push",
      "push",
      "push",
      "branch_creation",
    ]);
  });

  it("let an owner push to the default branch, and nobody else", async () => {
    const push = commitFile(agent!, "main", { path: "direct", text: "1" });
    expect((await refusal(push)).status).toBe(409);
    const before = await tipOf(app!, "main");
    const after = await commitFile(ada!, "main", { path: "direct", text: "1" });
    const { data } = await app!.rest.repos.listActivities({ ...fleet, ref: "main" });
    expect(data[0]).toMatchObject({
      activity_type: "push",
      before,
      after,
      actor: { id: github.people.ada.id },
    });
    await github.settled();
    expect(lastEvent("push").payload).toMatchObject({
      head_commit: { id: after, added: ["direct"], modified: [] },
      sender: { login: "ada" },
    });
  });
});
