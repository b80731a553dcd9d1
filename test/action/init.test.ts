/** `countersign init` sets a repository up, and the built bundle is content with what it set. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PersonName } from "../../sandbox/github/seed.ts";
import { type Runner, startRunner } from "../support/action-run.ts";

let runner: Runner;
beforeAll(async () => {
  runner = await startRunner({ setUp: "nothing" });
}, 60_000);
afterAll(() => runner.close());

const root = path.resolve(import.meta.dirname, "../..");
const people = ["--operators", "olivia", "omar", "--security", "sam", "sven"];

interface Said {
  readonly code: number | null;
  readonly text: string;
}

async function init(
  who: PersonName,
  args: readonly string[] = people,
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const { github } = runner;
  const all = ["src/cli/main.ts", "init", "--repository", "acme/fleet", ...args];
  const child = spawn(process.execPath, [...all, "--app", String(github.appId)], {
    cwd: root,
    env: {
      PATH: process.env["PATH"] ?? "",
      GH_TOKEN: github.people[who].token,
      GITHUB_API_URL: github.apiUrl,
      ...env,
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, text };
}

const writes = (since: number) =>
  runner.github.requests.slice(since).filter(({ method }) => method !== "GET");

describe("countersign init, before it sets anything", () => {
  it("names all that is wrong with what it is told", async () => {
    const bad = ["--operators", "olivia", "--security", "olivia", "no login", "--uses", "x"];
    const { code, text } = await init("ada", bad);
    expect(code).toBe(2);
    expect(text).toMatch(/"no login" is no login/u);
    expect(text).toContain("--uses is no OWNER/NAME@REF");
    expect((await init("ada", ["--operators", "olivia"])).text).toContain(
      "--security names nobody",
    );
    const one = await init("ada", ["--operators", "olivia", "--security", "olivia"]);
    expect(one.text).toContain("one person cannot approve alone");
  }, 60_000);
  it("refuses people whom GitHub does not know, and whoever is no administrator", async () => {
    const since = runner.github.requests.length;
    const nobody = await init("ada", ["--operators", "olivia", "--security", "nobody-at-all"]);
    expect(nobody).toMatchObject({ code: 2 });
    expect(nobody.text).toContain("no people on GitHub: nobody-at-all");
    const other = await init("mallory");
    expect(other).toMatchObject({ code: 4 });
    expect(other.text).toContain("no administrator");
    expect(writes(since)).toEqual([]);
  }, 60_000);
  it("leaves the seed out of an environment that GitHub does not give", async () => {
    runner.github.setFault(({ method, path: asked }) =>
      method === "PUT" && asked.endsWith("/environments/countersign")
        ? { status: 403, body: { message: "Upgrade to GitHub Pro or make this repository public" } }
        : undefined,
    );
    const since = runner.github.requests.length;
    const { code, text } = await init("ada");
    runner.github.setFault(undefined);
    expect(code).toBe(1);
    expect(text).toContain("Upgrade to GitHub Pro");
    expect(text).toContain("needs a plan of GitHub with environments");
    expect(writes(since)).toHaveLength(1);
    expect(runner.github.secrets.size).toBe(0);
  }, 60_000);
});

describe("countersign init", () => {
  it("goes on where it could not set the ruleset, and says so", async () => {
    runner.github.setFault(({ method, path: asked }) =>
      method === "PUT" && asked.includes("/rulesets/") ? { status: 500 } : undefined,
    );
    const { code, text } = await init("ada");
    runner.github.setFault(undefined);
    expect(code).toBe(1);
    expect(text).toContain("✗ the ruleset of the default branch, in force");
    expect(text).toContain("✓ the files of the control repository");
    const seed = runner.github.secrets.get("COUNTERSIGN_SEED") ?? "";
    expect(seed).toMatch(/^[\w-]{43}$/u);
    expect(text).toContain(seed);
  }, 60_000);
  it("sets what is missing when it is run again, and then a run passes every guard", async () => {
    const seed = runner.github.secrets.get("COUNTERSIGN_SEED") ?? "";
    const early = await runner.run({ env: { INPUT_SEED: seed } });
    expect(early.outputs["reason_code"], early.log).toBe("branch_open");
    const { code, text } = await init("ada");
    expect({ code, text }).toMatchObject({ code: 0 });
    expect(text).not.toContain("✗");
    expect(text).not.toContain(seed);
    expect(runner.github.secrets.get("COUNTERSIGN_SEED")).toBe(seed);
    const done = await runner.run({ env: { INPUT_SEED: seed } });
    expect(done, done.log).toMatchObject({ code: 0 });
    expect((await runner.lines())[0]).toMatchObject({ kind: "fleet.bootstrapped" });
  }, 60_000);
  it("changes nothing the third time", async () => {
    const since = runner.github.requests.length;
    expect(await init("ada")).toMatchObject({ code: 0 });
    expect(writes(since)).toEqual([]);
  }, 60_000);
  it("closes an environment that was opened meanwhile, and says what only people can set", async () => {
    const branches = "/environments/countersign/deployment-branch-policies";
    await runner.people.ask("ada", "POST", branches, { name: "release/*" });
    const [ruleset] = await runner.people.ask<{ id: number }[]>("ada", "GET", "/rulesets");
    const bypass = [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }];
    await runner.people.ask("ada", "PUT", `/rulesets/${ruleset!.id}`, { bypass_actors: bypass });
    const { code, text } = await init("ada");
    expect(code).toBe(1);
    expect(text).toContain("✓ the environment `countersign`, open to the default branch alone");
    expect(text).toContain("somebody is on its bypass list");
    const left = await runner.people.ask<{ branch_policies: unknown[] }>("ada", "GET", branches);
    expect(left.branch_policies).toMatchObject([{ name: "main" }]);
  }, 60_000);
});

describe("what it writes", () => {
  it("is the workflows of docs/examples, byte for byte, and keeps the secret where it belongs", async () => {
    const folder = path.join(root, "docs/examples/workflows");
    for (const name of readdirSync(folder)) {
      const text = readFileSync(path.join(folder, name), "utf8");
      expect(await runner.people.file(`.github/workflows/${name}`), name).toBe(text);
    }
  });
  it("cannot be changed by a push any more", async () => {
    const commit = { branch: "main", message: "past a review", files: { "a.md": "a" } };
    await expect(runner.people.commit("ada", commit)).rejects.toThrow("422");
  });
});
