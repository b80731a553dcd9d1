import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { attestedCommit } from "../../src/cli/attested-commit.ts";
import { openClone } from "../../src/cli/clone.ts";
import { describePlan, planClone, planExitCode, planJson } from "../../src/cli/plan.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { type Files, lock, plan, site, tree } from "../support/control-tree.ts";

const shop = (version: string) => `plugins: { shop: { version: "${version}", state: active } }`;
const base: Files = {
  ...lock("plugins/shop@1.0"),
  ...lock("plugins/shop@1.1"),
  ...site("a", shop("1.0")),
  ...site("b", shop("1.0")),
  "logo.png": new Uint8Array([0xff, 0xfe]),
};

let folder = "";
const git = (...args: string[]) =>
  execFileSync(
    "git",
    ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    },
  ).trim();

function commit(files: Files): string {
  for (const [path, content] of Object.entries(files)) {
    const name = join(folder, path);
    mkdirSync(dirname(name), { recursive: true });
    if (content === null) rmSync(name);
    else writeFileSync(name, content);
  }
  git("add", "-A");
  git("commit", "-q", "--allow-empty", "-m", "x");
  return git("rev-parse", "HEAD");
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-plan-"));
  git("init", "-q", "-b", "main");
  commit(base);
  git("switch", "-q", "-c", "change");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("countersign plan", () => {
  it("gives the plan that the trees come to, digest and texts alike", async () => {
    commit(site("a", shop("1.1")));
    const report = await planClone(folder, {});
    const expected = planTexts(plan(tree(base), tree(base, site("a", shop("1.1")))));
    expect(planJson(report)).toMatchObject({
      state: "ok",
      digest: expected?.fleet.digest,
      fleet: expected?.fleet,
      sites: { a: expected?.sites.get("a" as never) },
      siteCount: 2,
    });
    expect(describePlan(report)).toBe(
      `plugin.update plugins/shop 1.0 → 1.1 · medium risk, reversible · site a\nPlan ${expected?.fleet.digest}`,
    );
    expect(planExitCode(report)).toBe(0);
  });
  it("merges the head into the tip, as the App does", async () => {
    commit(site("a", shop("1.1")));
    git("switch", "-q", "main");
    commit({ ...site("b", shop("1.1")), "README.md": "moved on" });
    const report = await planClone(folder, { after: "change" });
    expect(report.kind === "plan" && report.plan.changes.map((one) => one.site)).toEqual(["a"]);
    const same = await planClone(folder, { before: "main", after: "change" });
    expect(planJson(same)).toEqual(planJson(report));
  });
  it("compares two commits of one line as they stand, also backwards", async () => {
    const first = git("rev-parse", "main");
    const second = commit(site("a", shop("1.1")));
    const back = await planClone(folder, { before: second, after: first });
    expect(describePlan(back)).toContain("plugin.update plugins/shop 1.1 → 1.0 · high risk");
  });
  it("says which files conflict", async () => {
    commit(site("a", shop("1.1")));
    git("switch", "-q", "main");
    commit({ "sites/a.yml": null });
    const report = await planClone(folder, { after: "change" });
    expect(planJson(report)).toMatchObject({ state: "conflict", paths: ["sites/a.yml"] });
    expect(describePlan(report)).toContain("sites/a.yml");
    expect(planExitCode(report)).toBe(1);
  });
  it("shows one site's part alone, which the fleet's text still proves", async () => {
    commit({ ...site("a", shop("1.1")), ...site("b", shop("1.1")), CODEOWNERS: "* @x" });
    const all = planJson(await planClone(folder, {})) as { fleet: object; changes: unknown[] };
    const part = planJson(await planClone(folder, { site: "b" }));
    expect(all.changes).toHaveLength(3);
    expect(part).toMatchObject({ fleet: all.fleet, changes: [{ site: "b" }] });
    expect(Object.keys((part as { sites: object }).sites)).toEqual(["b"]);
    await expect(planClone(folder, { site: "B/../c" })).rejects.toMatchObject({ code: "usage" });
  });
  it("prints findings with their place, what is allowed and the command, and exits 1", async () => {
    commit({ ...site("a", shop("9.9")), "sites/X.yml": "" });
    const report = await planClone(folder, {});
    expect(planExitCode(report)).toBe(1);
    const text = describePlan(report);
    expect(text).toContain("sites/a.yml:5:23: error: plugins/shop@9.9 has no package lock\n");
    expect(text).toContain("\n  countersign pin plugins/shop@9.9\n");
    expect(text).toContain("\n  allowed: sites/<site-id>.yml");
    expect(text).toMatch(/No digest: the plan has errors.$/u);
  });
  it("says so when there is nothing to do, and counts many sites", async () => {
    expect(describePlan(await planClone(folder, {}))).toMatch(/^Nothing to do.\nPlan sha256:/u);
    const many = Array.from({ length: 10 }, (_, index) =>
      site(`s${index}`, 'options: { blogname: "x\\ny" }'),
    );
    commit(Object.assign({}, ...many) as Files);
    expect(describePlan(await planClone(folder, {}))).toContain(
      'option.set options/blogname – → "x\\ny" · low risk, partly reversible · 10 sites: s0, s1, s2, s3, s4, s5, s6, s7 and 2 more',
    );
  });
  it("names what the clone does not have", async () => {
    await expect(planClone(folder, { after: "nowhere" })).rejects.toMatchObject({ code: "usage" });
    await expect(planClone(join(folder, "none"), {})).rejects.toMatchObject({
      code: "clone_unreadable",
    });
  });
  it("begins at the attested commit of the audit log, and refuses a log that is none", async () => {
    expect(await attestedCommit(await openClone(folder))).toBeNull();
    git("switch", "-q", "--orphan", "countersign/audit");
    commit({ "tiles/000/000.jsonl": '{"kind":"nonsense"}\n' });
    git("switch", "-q", "change");
    await expect(planClone(folder, {})).rejects.toMatchObject({ code: "log_unreadable" });
    expect((await planClone(folder, { before: "main" })).kind).toBe("plan");
  });
});
