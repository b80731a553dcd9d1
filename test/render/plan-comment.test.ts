import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/contract/finding.ts";
import { planComment, type PlanView } from "../../src/render/plan-comment.ts";
import { policyCheck } from "../../src/render/policy-check.ts";
import { rollbackCheck } from "../../src/render/rollback-check.ts";
import { lock, plan, site, tree } from "../support/control-tree.ts";

const GITHUB_COMMENT = 65_536;
const GITHUB_SUMMARY = 65_535;
const packages = [lock("plugins/hello@1.0"), lock("plugins/hello@1.1")];
const names = (count: number) =>
  Array.from({ length: count }, (_, at) => `${"s".repeat(50)}-${at}`);
const fleet = (count: number, version: string) =>
  tree(
    ...packages,
    ...names(count).map((name) =>
      site(name, `plugins: { hello: { version: "${version}", state: active } }`),
    ),
  );
const view = (over: Partial<PlanView>): PlanView => ({
  plan: plan(fleet(3, "1.0"), fleet(3, "1.1")),
  digest: null,
  head: "a".repeat(40),
  attested: "b".repeat(40),
  checks: [],
  outcomes: [],
  next: [],
  ...over,
});
const finding = (text: string): Finding => ({
  rule: "schema",
  severity: "error",
  file: "sites/a.yml",
  line: 1,
  column: 1,
  message: text,
  allowed: text,
  command: text,
});
const withFindings = (count: number) => ({
  ...plan(fleet(3, "1.0"), fleet(3, "1.1")),
  findings: Array.from({ length: count }, () => finding("*|<@evil>".repeat(60))),
});

describe("the one comment", () => {
  it("shows an equal change of 500 sites once, counts them, and ends with the tally", () => {
    const text = planComment(view({ plan: plan(fleet(500, "1.0"), fleet(500, "1.1")) }));
    expect(text.length).toBeLessThan(GITHUB_COMMENT);
    expect(text.match(/Update plugin\*\*/gu)).toHaveLength(1);
    expect(text).toContain("**500 sites**");
    expect(text).toContain("`500 sites, 500 with changes, 0 unchanged · 500 reversible`");
  });
  it("stays within GitHub's limit whatever is listed, keeps the tally and counts what is cut", () => {
    const outcomes = names(500).map((name, at) => ({
      site: name,
      outcome: "rolled back ".repeat(5),
      good: at > 3,
      receipt: `sha256:${"0".repeat(64)}`,
    }));
    const text = planComment(view({ plan: withFindings(500), outcomes }));
    expect(text.length).toBeLessThan(GITHUB_COMMENT);
    expect(text).toMatch(/…and \d+ more findings/u);
    expect(text).toMatch(/…and \d+ more sites/u);
    expect(text.match(/❌ \| `s/gu)).toHaveLength(4);
    expect(text).toContain("3 sites, 3 with changes, 0 unchanged");
  });
  it("interprets nothing that a finding quotes", () => {
    const text = planComment(view({ plan: withFindings(1) })).replaceAll(/`[^`]*`/gu, "");
    expect(text).not.toContain("<@evil>");
    expect(text).not.toMatch(/@evil/u);
  });
});

describe("the checks", () => {
  it("fit into GitHub's summary with 500 sites, and count what does not", () => {
    const points = [
      { result: "waiting", reason: "silent", subject: "x".repeat(300), got: "", wanted: "" },
    ] as const;
    const sites = names(500).map((name) => ({ site: name, result: "waiting" as const, points }));
    const ready = names(500).map((name) => ({ site: name, result: "passed" as const, points }));
    const { summary, title } = rollbackCheck("waiting", [...sites, ...ready], []);
    expect(summary.length).toBeLessThanOrEqual(GITHUB_SUMMARY);
    expect(summary.match(/…and \d+ more sites/gu)).toHaveLength(2);
    expect(title).toMatch(/^500 of 1000 ready\./u);
  });
  it("escape the name of a freeze", () => {
    const nothing = { result: "passed", reason: null } as const;
    const wait = {
      reason: "freeze",
      site: "shop",
      evidence: "[x](https://evil.example) @all",
    } as const;
    const judged = {
      result: "waiting",
      reason: "freeze",
      waits: [wait],
      proposedErrors: [],
      withoutWaits: nothing,
      review: null,
    } as unknown as Parameters<typeof policyCheck>[0];
    const { summary } = policyCheck(judged, plan(fleet(1, "1.0"), fleet(1, "1.1")));
    expect(summary).toContain("Frozen");
    expect(summary).not.toMatch(/\]\(http|@all/u);
  });
});

describe("the rollback check", () => {
  const point = (over: object) => ({
    result: "passed" as const,
    reason: "ready" as const,
    subject: "files",
    got: "proved",
    wanted: "proved",
    ...over,
  });
  const one = (...points: ReturnType<typeof point>[]) =>
    rollbackCheck("waiting", [{ site: "shop", result: "waiting", points }], []);

  it("says shortly what is there, and in full what is not", () => {
    const missing = { result: "waiting", reason: "item_missing", got: "not measured" };
    const weak = { result: "waiting", reason: "item_below", subject: "backup", got: "unknown" };
    const { title, summary } = one(point({}), point({ ...missing, subject: "disk" }), point(weak));
    expect(title).toBe("0 of 1 ready. shop: disk was not measured");
    expect(summary.split("\n")).toEqual([
      "- ⏳ `shop`",
      "  - ✅ `files` proved",
      "  - ⏳ `disk` was not measured, wanted proved",
      "  - ⏳ `backup` is weaker than the policy asks for. Got unknown, wanted proved",
    ]);
  });
  it("warns of what no policy asks for", () => {
    const lost = {
      reason: "not_asked_for",
      subject: "previousPackage",
      got: "failed: 404",
      wanted: "",
    };
    expect(one(point(lost)).summary).toContain("  - ⚠️ `previousPackage` is not established");
  });
});
