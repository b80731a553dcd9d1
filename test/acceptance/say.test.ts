/** The CLI says commands as comments of the person, on the sandbox's GitHub and the real App. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PersonName } from "../../sandbox/github/seed.ts";
import { type App, startApp } from "../support/app.ts";

const run = promisify(execFile);
const cli = path.resolve(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}
const isRan = (value: unknown): value is { code: number; stdout: string; stderr: string } =>
  typeof value === "object" && value !== null && "stdout" in value && "stderr" in value;

async function countersign(who: PersonName, ...args: string[]): Promise<Ran> {
  const token = new URL(app.github.gitUrlAs(who)).password;
  const env = { ...process.env, GH_TOKEN: token, GITHUB_API_URL: app.github.apiUrl };
  return runCli(env, args);
}
async function runCli(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<Ran> {
  try {
    const { stdout, stderr } = await run(process.execPath, [cli, ...args], { env });
    return { code: 0, out: stdout, error: stderr };
  } catch (failure) {
    if (!isRan(failure)) throw failure;
    return { code: failure.code, out: failure.stdout, error: failure.stderr };
  }
}
const here = () => ["--repository", `${app.github.owner}/${app.github.repo}`];
const controlIssues = () =>
  app.people.ask<{ number: number; title: string; user: { login: string } }[]>(
    "ada",
    "GET",
    "/issues?state=open",
  );

describe("a command from a terminal", () => {
  it("is a comment of the person, and prints the App's answer", async () => {
    const held = await countersign("olivia", "hold", "shop", "looks", "odd", ...here());
    expect(held).toMatchObject({ code: 0, out: expect.stringContaining("HOLD now") });
    const [issue] = await controlIssues();
    expect(issue).toMatchObject({ title: "Countersign commands", user: { login: "olivia" } });
    const comments = await app.people.ask<{ body: string; user: { login: string } }[]>(
      "ada",
      "GET",
      `/issues/${issue!.number}/comments`,
    );
    expect(comments[0]).toMatchObject({
      body: "/countersign hold shop looks odd",
      user: { login: "olivia" },
    });
  });
  it("exits with 4 where it is refused, in the issue that is there already", async () => {
    const refused = await countersign("olivia", "release", "shop", "fine", ...here());
    expect(refused).toMatchObject({
      code: 4,
      out: expect.stringContaining("do not hold the role"),
    });
    expect(await controlIssues()).toHaveLength(1);
  });
  it("says nothing that is not written like a command, and exits with 2", async () => {
    const before = app.github.requests.length;
    expect(await countersign("olivia", "hold", "shop", ...here())).toMatchObject({
      code: 2,
      error: expect.stringContaining("/countersign hold <site|fleet> <reason>"),
    });
    expect(app.github.requests.slice(before).filter(({ method }) => method === "POST")).toEqual([]);
  });
  it("exits with 4 where GitHub refuses, and with 3 where it is not reached", async () => {
    const env = { ...process.env, GH_TOKEN: "none", GITHUB_API_URL: app.github.apiUrl };
    expect(await runCli(env, ["panic", "--on", "1", ...here()])).toMatchObject({ code: 4 });
    const nowhere = { ...env, GITHUB_API_URL: "http://127.0.0.1:9" };
    expect(await runCli(nowhere, ["panic", "--on", "1", ...here()])).toMatchObject({ code: 3 });
  });
});

describe("status", () => {
  it("tells from a clone alone what the log says, as text and as JSON", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "countersign-status-"));
    try {
      await run("git", ["clone", "--quiet", app.github.gitUrl, folder]);
      const text = await countersign("ada", "status", "--clone", folder);
      expect(text).toMatchObject({ code: 0, out: expect.stringContaining("Fleet: NORMAL") });
      const json = await countersign("ada", "status", "--clone", folder, "--json");
      expect(JSON.parse(json.out)).toMatchObject({ fleet: { level: "normal" }, incidents: [] });
      const unknown = await countersign("ada", "status", "nowhere", "--clone", folder);
      expect(unknown).toMatchObject({ code: 2, error: expect.stringContaining("is paired here") });
      const none = await countersign("ada", "incident", "show", "999", "--clone", folder);
      expect(none).toMatchObject({ code: 2, error: expect.stringContaining("no incident #999") });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
