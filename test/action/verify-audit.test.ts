/** The mode that needs neither the seed nor GitHub: a clone is all it reads. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Runner, startRunner } from "../support/action-run.ts";

const run = promisify(execFile);
let runner: Runner;
beforeAll(async () => {
  runner = await startRunner();
  await runner.run();
}, 60_000);
afterAll(() => runner.close());

it("verifies a clone, and is red for one whose log was changed", async () => {
  const clone = path.join(runner.folder, "clone");
  const git = (...args: string[]) => run("git", ["-C", clone, ...args]);
  await run("git", ["clone", "--quiet", runner.github.gitUrl, clone]);
  await git("fetch", "--quiet", "origin", "countersign/audit");
  const env = { INPUT_MODE: "verify-audit", INPUT_CLONE: clone, INPUT_SEED: "", INPUT_TOKEN: "" };
  const good = await runner.run({ env });
  expect(good, good.log).toMatchObject({ code: 0, outputs: { verdict: "passed" } });

  await git("checkout", "--quiet", "-B", "forged", "origin/countersign/audit");
  const tile = path.join(clone, "tiles/000/000.jsonl");
  await run("sed", ["-i", 's/"kind":"hearing"/"kind":"hearinG"/', tile]);
  await git("-c", "user.name=m", "-c", "user.email=m@m", "commit", "--quiet", "-am", "x");
  await git("update-ref", "refs/remotes/origin/countersign/audit", "HEAD");
  const bad = await runner.run({ env });
  expect(bad, bad.log).toMatchObject({ code: 1, outputs: { verdict: "blocked" } });
  expect(bad.log).toContain("::error::entry 1: not_an_entry");
}, 90_000);
