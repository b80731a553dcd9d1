import type { Octokit } from "@octokit/rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import {
  commitFile,
  files,
  fleet,
  installation,
  openPull,
  passChecks,
  person,
  refusal,
  textOf,
  tipOf,
} from "./github-world.ts";

const path = "sites/shop.yml";
let github: SandboxGitHub;
let [agent, olivia, ada, app]: Octokit[] = [];

beforeAll(async () => {
  github = await startGitHub({ files });
  [agent, olivia, ada] = (["update-agent", "olivia", "ada"] as const).map((login) =>
    person(github, login),
  );
  app = await installation(github);
});
afterAll(() => github.close());

const events = () =>
  github.deliveries.map(({ event, action }) =>
    action === undefined ? event : `${event}.${action}`,
  );

describe("a pull request", () => {
  it("follows the pushes to its branch, and says so", async () => {
    const pull = await openPull(agent!, "follow", { path, text: "1\nb\nc\nd\ne\n" });
    const head = await commitFile(agent!, "follow", { path, text: "2\nb\nc\nd\ne\n" });
    const { data } = await agent!.rest.pulls.get({ ...fleet, pull_number: pull.number });
    expect(data.head.sha).toBe(head);
    await github.settled();
    const sync = github.deliveries.findLast(({ action }) => action === "synchronize")!;
    expect(sync.payload).toMatchObject({
      number: pull.number,
      before: pull.head.sha,
      after: head,
      sender: { login: "update-agent", type: "User" },
      repository: { id: github.repoId },
      installation: { id: github.installationId },
    });
  });

  it("lists its files page by page, and its commits with their accounts", async () => {
    const pull = await openPull(agent!, "list", { path, text: "list\n" });
    await commitFile(agent!, "list", { path: "sites/new.yml", text: "new\n" });
    const where = { ...fleet, pull_number: pull.number };
    const first = await agent!.rest.pulls.listFiles({ ...where, per_page: 1 });
    expect(first.headers.link).toContain('rel="next"');
    const all = await agent!.paginate(agent!.rest.pulls.listFiles, { ...where, per_page: 1 });
    expect(all.map(({ filename, status }) => [filename, status])).toEqual([
      ["sites/new.yml", "added"],
      [path, "modified"],
    ]);
    const { data: commits } = await agent!.rest.pulls.listCommits(where);
    expect(commits.map(({ author, commit }) => [author?.login, commit.message])).toEqual([
      ["update-agent", `Change ${path}`],
      ["update-agent", "Change sites/new.yml"],
    ]);
    const { data } = await agent!.rest.pulls.get(where);
    expect(data).toMatchObject({ changed_files: 2, commits: 2 });
  });

  it("needs a head that exists and brings something, once", async () => {
    const wanted = { ...fleet, title: "x", base: "main" };
    expect(await refusal(agent!.rest.pulls.create({ ...wanted, head: "nowhere" }))).toMatchObject({
      status: 422,
    });
    await openPull(agent!, "twice", { path, text: "twice\n" });
    expect(await refusal(agent!.rest.pulls.create({ ...wanted, head: "twice" }))).toMatchObject({
      status: 422,
    });
  });

  it("is edited, retargeted, closed, reopened and drafted, each with its event", async () => {
    const { number: pull_number } = await openPull(agent!, "edits", { path, text: "edits\n" });
    const where = { ...fleet, pull_number };
    await ada!.rest.git.createRef({
      ...fleet,
      ref: "refs/heads/other",
      sha: await tipOf(ada!, "main"),
    });
    const { data: retargeted } = await agent!.rest.pulls.update({ ...where, base: "other" });
    expect(retargeted.base.ref).toBe("other");
    await github.settled();
    expect(github.deliveries.at(-1)?.payload["changes"]).toMatchObject({
      base: { ref: { from: "main" } },
    });
    const before = github.deliveries.length;
    await agent!.rest.pulls.update({ ...where, state: "closed" });
    await agent!.rest.pulls.update({ ...where, state: "open" });
    github.convertToDraft(pull_number, "update-agent");
    github.markReady(pull_number, "update-agent");
    await github.settled();
    expect(events().slice(before)).toEqual([
      "pull_request.closed",
      "pull_request.reopened",
      "pull_request.converted_to_draft",
      "pull_request.ready_for_review",
    ]);
  });

  it("is closed when its branch is deleted", async () => {
    const { number } = await openPull(agent!, "gone", { path, text: "gone\n" });
    await agent!.rest.git.deleteRef({ ...fleet, ref: "heads/gone" });
    const { data } = await agent!.rest.pulls.get({ ...fleet, pull_number: number });
    expect(data).toMatchObject({ state: "closed", merged: false });
  });

  it("asks people and teams for a review, with one event each, never its author", async () => {
    const { number } = await openPull(agent!, "ask", { path, text: "ask\n" });
    const where = { ...fleet, pull_number: number };
    const self = { ...where, reviewers: ["update-agent"] };
    expect((await refusal(app!.rest.pulls.requestReviewers(self))).status).toBe(422);
    const both = { ...where, reviewers: ["olivia"], team_reviewers: ["security"] };
    const { data } = await app!.rest.pulls.requestReviewers(both);
    expect(data.requested_reviewers?.map(({ login }) => login)).toEqual(["olivia"]);
    await github.settled();
    const asked = github.deliveries.filter(({ action }) => action === "review_requested");
    expect(
      asked.map(({ payload }) => Object.keys(payload).some((key) => key === "requested_team")),
    ).toEqual([false, true]);
    await olivia!.rest.pulls.createReview({ ...where, event: "COMMENT", body: "seen" });
    const { data: left } = await app!.rest.pulls.listRequestedReviewers(where);
    expect([left.users.length, left.teams.map(({ slug }) => slug)]).toEqual([0, ["security"]]);
  });
});

describe("merging", () => {
  it("is refused until every required check has passed on the head", async () => {
    const pull = await openPull(agent!, "early", { path: "early.txt", text: "1\n" });
    const where = { ...fleet, pull_number: pull.number };
    expect(await refusal(olivia!.rest.pulls.merge(where))).toMatchObject({
      status: 405,
      says: expect.stringContaining('"countersign/policy" is expected'),
    });
    await passChecks(app!, pull.head.sha);
    const failed = { status: "completed", conclusion: "failure" } as const;
    const { head } = pull;
    const name = "countersign/approvals";
    await app!.rest.checks.create({ ...fleet, name, head_sha: head.sha, ...failed });
    expect((await refusal(olivia!.rest.pulls.merge(where))).says).toContain(name);
    await passChecks(app!, head.sha, [name]);
    expect(
      (await refusal(olivia!.rest.pulls.merge({ ...where, sha: "0".repeat(40) }))).status,
    ).toBe(409);
    expect((await olivia!.rest.pulls.merge({ ...where, sha: head.sha })).data.merged).toBe(true);
  });

  it("lets an owner past a red check, unless the rule binds everybody", async () => {
    const pull = await openPull(agent!, "owner", { path: "owner.txt", text: "1\n" });
    const { data } = await ada!.rest.pulls.merge({ ...fleet, pull_number: pull.number });
    expect(data.merged).toBe(true);
    const strict = await startGitHub({ files, protection: "everybody" });
    const second = await openPull(person(strict, "update-agent"), "x", { path, text: "x\n" });
    const merge = person(strict, "ada").rest.pulls.merge({ ...fleet, pull_number: second.number });
    expect((await refusal(merge)).status).toBe(405);
    await strict.close();
  });

  it("joins what both sides changed, line by line, and announces it", async () => {
    const pull = await openPull(agent!, "join", { path, text: "a\nb\nc\nd\nE\n" });
    await commitFile(ada!, "main", { path, text: "A\nb\nc\nd\ne\n" });
    await passChecks(app!, pull.head.sha);
    const base = await tipOf(ada!, "main");
    const { data } = await olivia!.rest.pulls.merge({ ...fleet, pull_number: pull.number });
    expect(await textOf(ada!, path, "main")).toBe("A\nb\nc\nd\nE\n");
    const { data: commit } = await ada!.rest.repos.getCommit({ ...fleet, ref: data.sha });
    expect(commit.parents.map(({ sha }) => sha)).toEqual([base, pull.head.sha]);
    expect(commit).toMatchObject({
      author: { login: "olivia" },
      committer: { login: "web-flow" },
      commit: { verification: { verified: true, reason: "valid" } },
    });
    await github.settled();
    const [closed, push] = github.deliveries.slice(-2);
    expect(closed?.payload).toMatchObject({
      action: "closed",
      pull_request: {
        merged: true,
        merge_commit_sha: data.sha,
        merged_by: { login: "olivia", id: github.people.olivia.id },
      },
    });
    expect(push?.payload).toMatchObject({ ref: "refs/heads/main", before: base, after: data.sha });
  });

  it("refuses a conflict", async () => {
    const pull = await openPull(agent!, "clash", { path, text: "theirs\n" });
    await commitFile(ada!, "main", { path, text: "ours\n" });
    await passChecks(app!, pull.head.sha);
    const merge = olivia!.rest.pulls.merge({ ...fleet, pull_number: pull.number });
    expect(await refusal(merge)).toMatchObject({
      status: 405,
      says: expect.stringContaining("merge conflicts"),
    });
  });

  it.each(["squash", "rebase"] as const)("by %s leaves one parent line", async (merge_method) => {
    const file = `${merge_method}.txt`;
    const pull = await openPull(agent!, merge_method, { path: file, text: "1\n" });
    const head = await commitFile(agent!, merge_method, { path: file, text: "2\n" });
    const base = await tipOf(ada!, "main");
    await passChecks(app!, head);
    const where = { ...fleet, pull_number: pull.number };
    const { data } = await olivia!.rest.pulls.merge({ ...where, merge_method });
    expect(await textOf(ada!, file, "main")).toBe("2\n");
    const { data: commits } = await ada!.rest.repos.listCommits({ ...fleet, sha: data.sha });
    const own = commits.slice(
      0,
      commits.findIndex(({ sha }) => sha === base),
    );
    expect(own.map(({ parents }) => parents.length)).toEqual(
      merge_method === "squash" ? [1] : [1, 1],
    );
    const [signed, committer] = merge_method === "squash" ? [true, "web-flow"] : [false, "olivia"];
    expect(own[0]).toMatchObject({
      author: { login: "update-agent" },
      committer: { login: committer },
      commit: { verification: { verified: signed } },
    });
    for (const { sha } of own) {
      const known = await ada!.rest.repos.listPullRequestsAssociatedWithCommit({
        ...fleet,
        commit_sha: sha,
      });
      expect(known.data.map(({ number }) => number)).toEqual([pull.number]);
    }
  });

  it("brings a branch up to date by a commit of whoever asked", async () => {
    const pull = await openPull(agent!, "behind", { path: "behind.txt", text: "1\n" });
    await commitFile(ada!, "main", { path: "ahead.txt", text: "1\n" });
    const where = { ...fleet, pull_number: pull.number };
    await olivia!.rest.pulls.updateBranch(where);
    const { data: commits } = await olivia!.rest.pulls.listCommits(where);
    expect(commits.map(({ author }) => author?.login)).toEqual(["update-agent", "olivia"]);
    expect(await textOf(olivia!, "ahead.txt", "behind")).toBe("1\n");
  });

  it("is recognised in a direct push, whose activity stays a push", async () => {
    const pull = await openPull(agent!, "direct", { path: "direct.txt", text: "1\n" });
    const head = await tipOf(ada!, "direct");
    await ada!.rest.git.updateRef({ ...fleet, ref: "heads/main", sha: head });
    const { data } = await ada!.rest.pulls.get({ ...fleet, pull_number: pull.number });
    expect(data).toMatchObject({
      merged: true,
      merge_commit_sha: head,
      merged_by: { login: "ada" },
    });
    const { data: activity } = await ada!.rest.repos.listActivities({ ...fleet, ref: "main" });
    expect(activity[0]).toMatchObject({
      activity_type: "push",
      after: head,
      actor: { login: "ada" },
    });
  });
});
