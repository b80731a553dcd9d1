import { describe, expect, it } from "vitest";
import {
  baseline,
  errors,
  type Files,
  lock,
  plan,
  site,
  steps,
  tree,
} from "../support/control-tree.ts";

const policy = `version: 1
tiers: [production, staging]
roles: { ops: { users: [{ login: ana, id: 1 }] } }
gates: [{ name: all, require: [{ role: ops, count: 1 }] }]
`;
const fleet: Files = {
  "countersign.yml": policy,
  ...site("a"),
  ...site("b", "", { tier: "staging" }),
};
const after = (...changes: Files[]) => plan(tree(fleet), tree(fleet, ...changes));
const shop = 'plugins: { shop: { version: "1.0", state: inactive } }';

describe("a missing lock", () => {
  it("is a finding at the line, with the command to paste", () => {
    const result = after(site("a", shop));
    expect(result).toMatchObject({ state: "failed", sitePlans: new Map() });
    expect(result.findings).toEqual([
      {
        rule: "package.lock_missing",
        severity: "error",
        file: "sites/a.yml",
        line: 5,
        column: 23,
        message: "plugins/shop@1.0 has no package lock",
        allowed: null,
        command: "countersign pin plugins/shop@1.0",
      },
    ]);
  });
  it("is reported once for a baseline, however many sites it matches", () => {
    expect(after(baseline("all", shop)).findings).toHaveLength(1);
  });
  it.each([
    ['core: { version: "7.1" }', "countersign pin core@7.1"],
    ['themes: { t: { version: "1.0", state: inactive } }', "countersign pin themes/t@1.0"],
    ['connector: { version: "1.0" }', "countersign pin plugins/countersign@1.0"],
  ])("of %s names its package", (desired, command) => {
    expect(after(site("a", desired)).findings[0]?.command).toBe(command);
  });
  it("is not asked for where nothing is installed", () => {
    const before = tree(fleet, site("a", shop));
    const absent = site("a", "plugins: { shop: { state: absent } }");
    expect(plan(before, tree(fleet, absent)).state).toBe("ok");
  });
});

describe("files that cannot be read", () => {
  it("report all their errors together, and fail the plan", () => {
    const bad = { "sites/a.yml": "url: x\ntier: production\nfoo: 1\n", "baselines/x.yml": "a: [" };
    expect(errors(after(bad))).toEqual([
      "schema baselines/x.yml:1:1".replace("schema", "yaml").replace(":1:1", ":1:5"),
      "schema sites/a.yml:1:6",
      "schema sites/a.yml:3:1",
    ]);
  });
  it.each<[string, string | Uint8Array, string]>([
    ["bytes that are no UTF-8", new Uint8Array([0x75, 0xff]), "yaml sites/a.yml:1:1"],
    ["too much text", `url: ${"x".repeat(1_000_000)}`, "yaml sites/a.yml:1:1"],
    ["a megabyte of nesting", "[".repeat(1_000_000), "yaml sites/a.yml:1:1"],
    ["an alias", "url: &u https://a.example\ntier: *u", "yaml sites/a.yml:1:6"],
    ["__proto__", "__proto__: { tier: production }", "yaml sites/a.yml:1:1"],
  ])("may hold %s", (_, content, expected) => {
    const result = after({ "sites/a.yml": content });
    expect(errors(result)).toContain(expected);
    expect(result).toMatchObject({ state: "failed", changes: [], control: [] });
  });
  it("fail a plan that needs them even where the proposal left them alone", () => {
    const broken = { ...fleet, "sites/b.yml": "url: x" };
    const result = plan(tree(broken), tree(broken, baseline("all", "plugins: {}")));
    expect(errors(result)).toEqual(["schema sites/b.yml:1:1", "schema sites/b.yml:1:6"]);
    const old = { ...fleet, "baselines/x.yml": "when: 1" };
    expect(errors(plan(tree(old), tree(old, site("a", shop))))).toContain(
      "schema baselines/x.yml:1:7",
    );
  });
  it("do not matter to a plan that needs none of them", () => {
    const broken = { ...fleet, "sites/b.yml": "url: x" };
    const result = plan(
      tree(broken),
      tree(broken, site("a", "", { extra: "health: [{ path: / }]" })),
    );
    expect(result.state).toBe("ok");
  });
  it("can be mended: what they managed counts as unmanaged, and says so", () => {
    const locks = lock("plugins/shop@1.0");
    const before = tree(fleet, locks, { "sites/a.yml": "oops", "baselines/all.yml": "oops" });
    const mended = tree(fleet, locks, site("a", shop), baseline("all", "plugins: {}"));
    const result = plan(before, mended);
    expect(result.state).toBe("ok");
    expect(steps(result)).toEqual(["plugin.install plugins/shop null→1.0"]);
    expect(result.findings.map(({ file, severity }) => [file, severity])).toEqual([
      ["baselines/all.yml", "warning"],
      ["sites/a.yml", "warning"],
    ]);
    const gone = plan(
      before,
      tree(fleet, locks, { "sites/a.yml": null, "baselines/all.yml": null }),
    );
    expect(gone.state).toBe("ok");
  });
  it("are refused where a lock is wrong, with the lock's own place", () => {
    const result = after(lock("plugins/shop@1.0", "foo: 1"), site("a", shop));
    expect(errors(result)).toEqual(["schema packages/plugins/shop/1.0.yml:6:1"]);
    const old = { ...fleet, ...lock("plugins/shop@1.0", "foo: 1") };
    expect(errors(plan(tree(old), tree(old, site("a", shop))))).toEqual([
      "schema packages/plugins/shop/1.0.yml:6:1",
    ]);
  });
});

describe("names that have to exist", () => {
  it.each<[string, Files, string]>([
    ["a site's tier", site("a", "", { tier: "prod" }), "reference sites/a.yml:2:7"],
    [
      "a baseline's tier",
      baseline("x", "plugins: {}", "{ tier: prod }"),
      "reference baselines/x.yml:1:15",
    ],
    [
      "an operation's tier",
      { "operations/2026-11-24-x.yml": "when: { tier: prod }\nrun: cache.flush" },
      "reference operations/2026-11-24-x.yml:1:15",
    ],
    [
      "a lock's source",
      {
        "packages/plugins/x/1.0.yml": String(
          lock("plugins/x@1.0")["packages/plugins/x/1.0.yml"],
        ).replace("wordpress.org", "nowhere"),
      },
      "reference packages/plugins/x/1.0.yml:1:9",
    ],
  ])("include %s", (_, files, expected) => {
    expect(errors(after(files))).toEqual([expected]);
  });
  it("are checked on every site when a tier goes away", () => {
    const fewer = policy.replace(", staging", "");
    expect(errors(after({ "countersign.yml": fewer }))).toEqual(["reference sites/b.yml:2:7"]);
  });
  it("are not checked without a policy that can be read", () => {
    const none = { ...fleet, "countersign.yml": null };
    const odd = site("a", "", { tier: "prod" });
    const result = plan(tree(none), tree(none, odd, lock("plugins/x@1.0")));
    expect(result.state).toBe("ok");
  });
});

describe("operations", () => {
  const flush = (name: string, when = "{}", run = "cache.flush"): Files => ({
    [`operations/2026-11-24-${name}.yml`]: `when: ${when}\nrun: ${run}\n`,
  });
  it("run once on every site they match", () => {
    const result = after(flush("x", "{ tier: staging }"));
    expect([...result.sitePlans.keys()]).toEqual(["b"]);
    expect(result.changes).toMatchObject([
      { kind: "cache.flush", target: "cache", risk: "low", reversibility: "reversible" },
    ]);
    expect(result.changes[0]?.cause).toEqual({
      file: "operations/2026-11-24-x.yml",
      line: 2,
      column: 1,
    });
    const known = { ...fleet, ...flush("x") };
    expect(steps(plan(tree(known), tree(known, site("c"))))).toEqual([]);
  });
  it("close and open a site around everything else, each once", () => {
    const result = after(
      lock("plugins/shop@1.0"),
      site("a", shop),
      flush("1", "{ sites: [a] }", "maintenance.off"),
      flush("2", "{ sites: [a] }", "maintenance.on"),
      flush("3", "{ sites: [a] }"),
      flush("4", "{ sites: [a] }"),
    );
    expect(steps(result)).toEqual([
      "maintenance.set maintenance false→true",
      "plugin.install plugins/shop null→1.0",
      "cache.flush cache null→null",
      "maintenance.set maintenance true→false",
    ]);
    expect(result.changes.map(({ risk }) => risk)).toEqual([
      "medium",
      "medium",
      "low",
      "low",
      "low",
    ]);
  });
  it("of the same kind are one step, asked for by the first", () => {
    const result = after(flush("2", "{ sites: [a] }"), flush("1", "{ sites: [a] }"));
    expect(result.changes.map(({ cause }) => cause.file)).toEqual(["operations/2026-11-24-1.yml"]);
  });
  it("run only where they match, beside the same steps elsewhere", () => {
    const shared = baseline("all", "options: { blogname: x }");
    const result = after(shared, flush("x", "{ sites: [b] }"));
    const kinds = [...result.sitePlans].map(([id, { steps: all }]) => [id, all.length]);
    expect(kinds).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });
  it("are never edited or renamed, and may be removed", () => {
    const known = { ...fleet, ...flush("x") };
    const path = "operations/2026-11-24-x.yml";
    const edited = plan(tree(known), tree(known, flush("x", "{ tier: staging }")));
    expect(errors(edited)).toEqual([`operation.changed ${path}:1:1`]);
    const renamed = plan(tree(known), tree(known, { [path]: null }, flush("y")));
    expect(errors(renamed)).toEqual(["operation.changed operations/2026-11-24-y.yml:1:1"]);
    expect(plan(tree(known), tree(fleet))).toMatchObject({ state: "ok", changes: [] });
  });
  it("say so when no site matches, and when they are wrong", () => {
    const nobody = after(flush("x", "{ sites: [nobody] }"));
    expect(nobody.findings).toMatchObject([{ severity: "warning", line: 1, column: 1 }]);
    expect(errors(after(flush("x", "{}", "rm")))).toEqual([
      "schema operations/2026-11-24-x.yml:2:6",
    ]);
    expect(after(flush("x", "{}"), { "sites/a.yml": null, "sites/b.yml": null }).state).toBe("ok");
  });
});

describe("what leaves a baseline", () => {
  it("is noted once, where it stood", () => {
    const before = tree(fleet, baseline("all", shop), baseline("old", "options: { blogname: x }"));
    const result = plan(before, tree(fleet, baseline("all", "plugins: {}")));
    expect(steps(result)).toEqual([]);
    expect(
      result.findings.map(({ rule, file, line, column }) => [rule, file, line, column]),
    ).toEqual([
      ["plan.unmanaged", "baselines/all.yml", 2, 12],
      ["plan.unmanaged", "baselines/old.yml", 1, 1],
    ]);
  });
});
