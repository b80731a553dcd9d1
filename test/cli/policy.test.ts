import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainPolicy, testPolicy } from "../../src/cli/policy.ts";
import { baseFacts, POLICY } from "../support/facts-builder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-policy-"));
  write("countersign.yml", POLICY);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const suite = (policy: string, name = "a test") =>
  `tests:\n  - name: ${name}\n    given: { changes: [{ kind: cache.flush }] }\n    expect: { policy: ${policy} }\n`;

const main = join(import.meta.dirname, "..", "..", "src", "cli", "main.ts");
const cli = (args: string[], input = "") =>
  spawnSync(process.execPath, [main, ...args], { encoding: "utf8", input });

describe("countersign policy test", () => {
  it("runs every file, and exits 0 where all pass", async () => {
    write("tests/b.yml", suite("passed", "second"));
    write("tests/a.yml", suite("passed", "first"));
    write("tests/notes.txt", "no test");
    expect(await testPolicy(folder)).toEqual({
      lines: ["✓ tests/a.yml: first", "✓ tests/b.yml: second", "2 passed, 0 failed"],
      exitCode: 0,
    });
  });

  it("tells what came out differently, and which files are no tests, and exits 1", async () => {
    write("tests/a.yml", suite("blocked"));
    write("tests/b.yml", suite("pased"));
    const { lines, exitCode } = await testPolicy(folder);
    expect(exitCode).toBe(1);
    expect(lines.slice(0, 2)).toEqual([
      "✗ tests/a.yml: a test",
      "    policy: expected blocked, got passed",
    ]);
    expect(lines[2]).toMatch(/^tests\/b\.yml:4:23: error: /u);
    expect(lines.at(-1)).toBe("0 passed, 2 failed");
  });

  it("shows the errors of a broken policy", async () => {
    write("countersign.yml", POLICY.replace("version: 1", "version: 2"));
    expect(await testPolicy(folder)).toMatchObject({ exitCode: 1 });
    expect((await explainPolicy(folder)).lines[0]).toMatch(
      /^countersign\.yml:2:10: error: version/u,
    );
  });

  it("says so where there is no policy, or no test", async () => {
    await expect(testPolicy(folder)).rejects.toMatchObject({ code: "usage" });
    rmSync(join(folder, "countersign.yml"));
    await expect(testPolicy(folder)).rejects.toMatchObject({ code: "usage" });
  });
});

describe("countersign policy explain", () => {
  it("tells every rule in words, and each built-in switch", async () => {
    const rules = "rules:\n  - { id: own, assert: { proposal.fork: false }, enforcement: hard }\n";
    write("countersign.yml", `${POLICY}builtin: { known-bad: soft }\n${rules}`);
    const { lines } = await explainPolicy(folder);
    expect(lines.slice(0, 3)).toEqual([
      "own (hard)",
      "    for every change",
      "    asks proposal.fork false",
    ]);
    expect(lines).toContain("known-bad (built in, soft; by itself hard)");
    expect(lines).toContain("no-fork (built in, soft)");
  });
});

describe("the command line", () => {
  it("runs policy tests, and gives their exit code", () => {
    write("tests/a.yml", suite("blocked"));
    expect(cli(["policy", "test", folder])).toMatchObject({ status: 1 });
    write("tests/a.yml", suite("passed"));
    expect(cli(["policy", "test", folder])).toMatchObject({
      status: 0,
      stdout: "✓ tests/a.yml: a test\n1 passed, 0 failed\n",
    });
    expect(cli(["policy", "test", join(folder, "nowhere")]).status).toBe(2);
  });

  it("answers facts from a file and from standard input", () => {
    const facts = `${JSON.stringify(baseFacts())}\n`;
    write("facts.jsonl", facts);
    const [fromFile, fromInput] = [
      cli(["simulate", "--facts", join(folder, "facts.jsonl"), "--json"]),
      cli(["simulate", "--facts", "-", "--json"], facts),
    ];
    expect(JSON.parse(fromFile.stdout)).toMatchObject({ id: "base", verdict: "passed" });
    expect(fromInput.stdout).toBe(fromFile.stdout);
    expect(cli(["simulate", "--facts", "-", "--json"], "{}").status).toBe(1);
    expect(cli(["simulate", "--facts", join(folder, "gone")]).status).toBe(2);
  });
});
