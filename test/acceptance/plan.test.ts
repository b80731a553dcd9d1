/** The plan that the bot posts is the one that anybody computes from a clone. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockPath, lockText } from "../../sandbox/control-repository.ts";
import { until } from "../../sandbox/until.ts";
import { type App, startApp } from "../support/app.ts";

const run = promisify(execFile);
const main = path.resolve(import.meta.dirname, "../../src/cli/main.ts");

let app: App;
let folder: string;
beforeAll(async () => {
  app = await startApp();
  folder = mkdtempSync(path.join(tmpdir(), "countersign-plan-"));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await app.close();
});

describe("the posted plan", () => {
  it("has the digest that `countersign plan` gives on a clone, also after the branch moved on", async () => {
    const lock = app.packages.find("hello-countersign", "1.1");
    const site = (await app.people.file("sites/shop.yml")).replace('"1.0"', '"1.1"');
    const pull = await app.people.propose("update-agent", {
      branch: "update",
      files: { "sites/shop.yml": site, [lockPath(lock)]: lockText(lock) },
      message: "Update",
      title: "Update",
    });
    // Something else lands on the default branch that plans nothing.
    await app.people.commit("ada", {
      branch: "main",
      files: { "NOTES.md": "A note.\n" },
      message: "Note",
    });
    await run("git", ["clone", "--quiet", app.github.gitUrl, folder]);
    const posted = await until("the plan is posted", async () => {
      const [comment] = await app.people.comments(pull);
      return /Plan `(sha256:[0-9a-f]{64})`/u.exec(comment ?? "")?.[1];
    });
    const args = [main, "plan", "--after", "origin/update", "--json"];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    const report: { digest: string } = JSON.parse(stdout);
    expect(report.digest).toBe(posted);
  });
});
