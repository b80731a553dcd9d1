import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxGitHub, startGitHub } from "../../sandbox/github/start.ts";
import { files, fleet, installation, openPull, passChecks, person, tipOf } from "./github-world.ts";

const run = promisify(execFile);
let github: SandboxGitHub;
let root: string;

beforeAll(async () => {
  github = await startGitHub({ files });
  root = mkdtempSync(path.join(tmpdir(), "github-git-test-"));
});
afterAll(async () => {
  await github.close();
  rmSync(root, { recursive: true });
});

const identity = ["-c", "user.name=Olivia", "-c", "user.email=olivia@users.noreply.github.com"];

async function git(cwd: string, ...args: string[]): Promise<string> {
  const date = "2026-01-02T03:04:05+02:00";
  const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  const quiet = { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" };
  const env = { ...process.env, ...dates, ...quiet };
  const { stdout } = await run("git", [...identity, ...args], { cwd, env });
  return stdout.trim();
}

async function clone(url: string, ...args: string[]): Promise<string> {
  const dir = mkdtempSync(path.join(root, "clone-"));
  await git(root, "clone", "--quiet", ...args, url, dir);
  return dir;
}

async function commit(dir: string, name: string, text: string): Promise<string> {
  writeFileSync(path.join(dir, name), text);
  await git(dir, "add", name);
  await git(dir, "commit", "--quiet", "-m", `Write ${name}`);
  return git(dir, "rev-parse", "HEAD");
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "",
    (error: unknown) => String(error),
  );

describe("a clone", () => {
  it("holds the same commits as the API, with and without a token", async () => {
    const olivia = person(github, "olivia");
    const pull = await openPull(olivia, "merged", { path: "merged.txt", text: "ü\n" });
    await passChecks(await installation(github), pull.head.sha);
    await olivia.rest.pulls.merge({ ...fleet, pull_number: pull.number });
    for (const url of [github.gitUrl, github.gitUrlAs("sam")]) {
      const dir = await clone(url);
      expect(await git(dir, "rev-parse", "HEAD")).toBe(await tipOf(olivia, "main"));
      expect(readFileSync(path.join(dir, "merged.txt"), "utf8")).toBe("ü\n");
      await git(dir, "fsck", "--strict");
      await git(dir, "fetch", "--quiet", "origin", `refs/pull/${pull.number}/head`);
      expect(await git(dir, "rev-parse", "FETCH_HEAD")).toBe(pull.head.sha);
    }
  });

  it("of the orphan audit branch holds nothing else, and follows new commits", async () => {
    const app = await installation(github);
    const append = async (text: string, parents: string[]) => {
      const tree = [{ path: "checkpoint", mode: "100644", type: "blob", content: text } as const];
      const { data: made } = await app.rest.git.createTree({ ...fleet, tree });
      const wanted = { ...fleet, message: text, tree: made.sha, parents };
      return (await app.rest.git.createCommit(wanted)).data.sha;
    };
    const first = await append("1\n", []);
    await app.rest.git.createRef({ ...fleet, ref: "refs/heads/countersign/audit", sha: first });
    const dir = await clone(github.gitUrl, "--single-branch", "--branch", "countersign/audit");
    expect(readdirSync(dir)).toEqual([".git", "checkpoint"]);
    const second = await append("2\n", [first]);
    await app.rest.git.updateRef({ ...fleet, ref: "heads/countersign/audit", sha: second });
    await git(dir, "pull", "--quiet", "--ff-only");
    expect(await git(dir, "log", "--format=%H")).toBe(`${second}\n${first}`);
  });

  it("is refused to a wrong token, which git itself sends only when challenged", async () => {
    const authorization = `Basic ${Buffer.from("olivia:wrong").toString("base64")}`;
    const url = `${github.gitUrl}/info/refs?service=git-upload-pack`;
    expect((await fetch(url, { headers: { authorization } })).status).toBe(401);
    expect((await fetch(url)).status).toBe(200);
  });
});

describe("a push", () => {
  it("moves the API's branch, opens the way to a pull request, and tells the webhook", async () => {
    const dir = await clone(github.gitUrlAs("olivia"));
    await git(dir, "checkout", "--quiet", "-b", "pushed");
    const first = await commit(dir, "pushed.txt", "1\n");
    await git(dir, "push", "--quiet", "origin", "pushed");
    const olivia = person(github, "olivia");
    expect(await tipOf(olivia, "pushed")).toBe(first);
    const wanted = { ...fleet, title: "Pushed", head: "pushed", base: "main" };
    const { data: pull } = await olivia.rest.pulls.create(wanted);
    expect(pull.head.sha).toBe(first);

    await git(dir, "commit", "--quiet", "--amend", "-m", "Rewritten");
    await git(dir, "push", "--quiet", "--force", "origin", "pushed");
    const second = await git(dir, "rev-parse", "HEAD");
    const { data: activity } = await olivia.rest.repos.listActivities({ ...fleet, ref: "pushed" });
    expect(activity.map(({ activity_type, after }) => [activity_type, after])).toEqual([
      ["force_push", second],
      ["branch_creation", first],
    ]);
    expect(activity[0]?.actor?.id).toBe(github.people.olivia.id);
    await github.settled();
    expect(github.deliveries.slice(-2)).toMatchObject([
      { event: "push", payload: { before: first, after: second, forced: true } },
      { event: "pull_request", action: "synchronize", payload: { before: first, after: second } },
    ]);
    const { data: commits } = await olivia.rest.pulls.listCommits({
      ...fleet,
      pull_number: pull.number,
    });
    expect(commits).toMatchObject([
      {
        sha: second,
        author: { login: "olivia" },
        commit: { message: "Rewritten", verification: { verified: false } },
      },
    ]);
  });

  it("needs a token that may write", async () => {
    const dir = await clone(github.gitUrl);
    await commit(dir, "x", "1\n");
    expect(await failure(git(dir, "push", "origin", "HEAD:refs/heads/x"))).toContain(
      "could not read",
    );
    const ada = person(github, "ada");
    await ada.rest.orgs.removeMember({ org: "acme", username: "omar" });
    const push = git(dir, "push", github.gitUrlAs("omar"), "HEAD:refs/heads/x");
    expect(await failure(push)).toContain("403");
  });

  it("to the protected branch is an owner's alone, who may also rewrite it", async () => {
    const dir = await clone(github.gitUrlAs("olivia"));
    await commit(dir, "direct.txt", "1\n");
    const before = await tipOf(person(github, "ada"), "main");
    expect(await failure(git(dir, "push", "origin", "main"))).toContain(
      `Required status check "countersign/policy" is expected.`,
    );
    expect(await tipOf(person(github, "ada"), "main")).toBe(before);
    await git(dir, "push", "--quiet", github.gitUrlAs("ada"), "main");
    await git(dir, "reset", "--quiet", "--hard", "HEAD~1");
    await git(dir, "push", "--quiet", "--force", github.gitUrlAs("ada"), "main");
    const ada = person(github, "ada");
    const { data } = await ada.rest.repos.listActivities({ ...fleet, ref: "main" });
    expect(data.slice(0, 2).map(({ activity_type }) => activity_type)).toEqual([
      "force_push",
      "push",
    ]);
    expect(await tipOf(ada, "main")).toBe(before);
  });

  it("may not rewrite the protected branch even onto a commit whose checks passed", async () => {
    const app = await installation(github);
    const dir = await clone(github.gitUrlAs("olivia"));
    await git(dir, "commit", "--quiet", "--amend", "-m", "Other history");
    await git(dir, "push", "--quiet", "origin", "HEAD:refs/heads/rewritten");
    await passChecks(app, await git(dir, "rev-parse", "HEAD"));
    expect(await failure(git(dir, "push", "--force", "origin", "main"))).toContain(
      "non-fast-forward",
    );
    const next = await clone(github.gitUrlAs("olivia"));
    const head = await commit(next, "checked.txt", "1\n");
    await git(next, "push", "--quiet", "origin", "HEAD:refs/heads/checked");
    await passChecks(app, head);
    await git(next, "push", "--quiet", "origin", "main");
    expect(await tipOf(app, "main")).toBe(head);
  });

  it("of many files by somebody without an account is attributed to nobody", async () => {
    const dir = await clone(github.gitUrlAs("mallory"));
    for (let n = 0; n < 150; n += 1) writeFileSync(path.join(dir, `file-${n}`), `${n}\n`);
    await git(dir, "add", ".");
    await git(dir, "-c", "user.email=nobody@example.com", "commit", "--quiet", "-m", "Many");
    await git(dir, "push", "--quiet", "origin", "HEAD:refs/heads/many");
    const head = await git(dir, "rev-parse", "HEAD");
    const mallory = person(github, "mallory");
    const { data } = await mallory.rest.repos.getCommit({ ...fleet, ref: head });
    expect([data.author, data.committer, data.files?.length]).toEqual([null, null, 150]);
    const wanted = { ...fleet, title: "Many", head: "many", base: "main" };
    const { data: pull } = await mallory.rest.pulls.create(wanted);
    const listed = await mallory.paginate(mallory.rest.pulls.listFiles, {
      ...fleet,
      pull_number: pull.number,
    });
    expect(listed).toHaveLength(150);
    const again = await clone(github.gitUrl, "--branch", "many");
    expect(await git(again, "rev-parse", "HEAD")).toBe(head);
  });

  it("deletes a branch", async () => {
    const dir = await clone(github.gitUrlAs("olivia"));
    await git(dir, "push", "--quiet", "origin", "HEAD:refs/heads/short");
    await git(dir, "push", "--quiet", "origin", ":short");
    const olivia = person(github, "olivia");
    const { data } = await olivia.rest.repos.listActivities({ ...fleet, ref: "short" });
    expect(data[0]?.activity_type).toBe("branch_deletion");
    expect(await failure(tipOf(olivia, "short"))).toContain("Not Found");
  });
});
