import { describe, expect, it } from "vitest";
import {
  baseline,
  controls,
  errors,
  type Files,
  lock,
  plan,
  shown,
  site,
  steps,
  tree,
} from "../support/control-tree.ts";
import { digest } from "../support/ids.ts";

const policy = `version: 1
roles: { ops: { users: [{ login: ana, id: 1 }] } }
gates: [{ name: all, require: [{ role: ops, count: 1 }] }]
`;
const shop = (version: string, state = "active") =>
  `plugins: { shop: { version: "${version}", state: ${state} } }`;
const fleet: Files = {
  "countersign.yml": policy,
  ...lock("plugins/shop@1.0"),
  ...lock("plugins/shop@1.1"),
  ...site("a", shop("1.0")),
  ...site("b", shop("1.0")),
};
const after = (...changes: Files[]) => plan(tree(fleet), tree(fleet, ...changes));
const key = "A".repeat(43);
const pin = (x = key) =>
  `connector: { epoch: 1, since: 0, key: { kty: OKP, crv: Ed25519, x: ${x} } }`;
const changed = (result: ReturnType<typeof plan>) =>
  result.changes.map(({ kind, site: id, risk }) => `${kind} ${String(id)} ${risk}`);

describe("a site's file", () => {
  it("that appears is added", () => {
    const result = after(site("c"));
    expect(controls(result)).toEqual(["site.add sites/c.yml"]);
    expect(result).toMatchObject({ state: "ok", siteCount: 3 });
    expect(result.changes[0]).toMatchObject({ site: "c", tier: "production", kind: "site.add" });
  });
  it("that goes is removed, without a step", () => {
    const result = after({ "sites/b.yml": null });
    expect(changed(result)).toEqual(["site.remove b high"]);
    expect(result.changes[0]?.reversibility).toBe("partly");
    expect(result.sitePlans.size).toBe(0);
  });
  it("that changes by comments and key order alone changes nothing", () => {
    const text = String(fleet["sites/a.yml"]);
    const turned = text.split("\n").toReversed().join("\n");
    expect(after({ "sites/a.yml": `# why\n${turned}` })).toMatchObject({
      state: "ok",
      changes: [],
      control: [],
      findings: [],
    });
  });
  it.each([
    ["url", site("a", shop("1.0"), { url: "https://new.example" }), ["site.edit a high"]],
    ["tier", site("a", shop("1.0"), { tier: "staging" }), ["site.edit a high", "site.edit a high"]],
    [
      "labels",
      site("a", shop("1.0"), { labels: "{ client: x }" }),
      ["site.edit a medium", "site.edit a medium"],
    ],
    ["health", site("a", shop("1.0"), { extra: "health: [{ path: / }]" }), ["site.edit a medium"]],
    ["volatile", site("a", shop("1.0"), { extra: 'volatile: ["x/**"]' }), ["site.edit a medium"]],
  ])("is edited by its %s", (aspect, files, expected) => {
    const result = after(files);
    expect(changed(result)).toEqual(expected);
    expect(result.changes[0]?.url).toBe(aspect === "url");
    expect(result.control).toHaveLength(1);
  });
  it("is judged as it was and as it will be when it moves to another tier", () => {
    const result = after(site("a", shop("1.1"), { tier: "staging" }));
    expect(result.changes.map(({ kind, tier }) => `${kind} ${String(tier)}`)).toEqual([
      "plugin.update production",
      "site.edit production",
      "site.edit staging",
    ]);
  });
  it("is paired by a connector, which no step needs", () => {
    const result = after(site("a", shop("1.0"), { extra: pin() }));
    expect(changed(result)).toEqual(["connector.pair a high"]);
    expect(result.changes[0]?.cause).toEqual({ file: "sites/a.yml", line: 6, column: 1 });
    const paired = tree(fleet, site("a", shop("1.0"), { extra: pin() }));
    expect(controls(plan(paired, tree(fleet)))).toEqual(["connector.pair sites/a.yml"]);
  });
  it("under a new name is a new site, whose key has to be another", () => {
    const before = tree(fleet, site("a", shop("1.0"), { extra: pin() }));
    const moved = { "sites/a.yml": null, ...site("z", shop("1.0"), { extra: pin() }) };
    const result = plan(before, tree(fleet, moved));
    expect(controls(result)).toEqual([
      "site.remove sites/a.yml",
      "connector.pair sites/z.yml",
      "site.add sites/z.yml",
    ]);
    expect(errors(result)).toEqual(["reference sites/z.yml:6:1"]);
    const unpaired = {
      "sites/a.yml": null,
      ...site("z", shop("1.0"), { extra: pin("B".repeat(42) + "A") }),
    };
    expect(plan(before, tree(fleet, unpaired)).state).toBe("ok");
  });
  it("that pins what a baseline says already is an edit, for no step shows it", () => {
    const common = [fleet, site("a"), baseline("all", shop("1.0"))];
    const result = plan(tree(...common), tree(...common, site("a", shop("1.0"))));
    expect(steps(result)).toEqual([]);
    expect(changed(result)).toEqual(["site.edit a medium"]);
  });
  it("that stops naming a plugin leaves it unmanaged, and says so", () => {
    const result = after(site("a"));
    expect(steps(result)).toEqual([]);
    expect(controls(result)).toEqual(["site.edit sites/a.yml"]);
    expect(result.findings).toEqual([
      expect.objectContaining({ rule: "plan.unmanaged", severity: "note", file: "sites/a.yml" }),
    ]);
  });
  it("whose desired change is all in the steps is no edit", () => {
    expect(controls(after(site("a", shop("1.1", "inactive"))))).toEqual([]);
    const themes = (dark: string, light: string) =>
      `themes: { dark: { version: "1.0", state: ${dark} }, light: { version: "1.0", state: ${light} } }`;
    const result = plan(
      tree(fleet, site("a", themes("inactive", "active"))),
      tree(fleet, site("a", themes("active", "inactive"))),
    );
    expect(controls(result)).toEqual([]);
  });
});

describe("adoption", () => {
  const adopted = (name: string) => ({ extra: `adopted: ${digest(name)}` });
  it("takes the file's differences into desired state without steps or locks", () => {
    const result = after(site("a", shop("9.9", "inactive"), adopted("x")));
    expect(changed(result)).toEqual(["site.adopt a low"]);
    expect(result.changes[0]?.cause.line).toBe(6);
    expect(result.state).toBe("ok");
  });
  it("comes with the pairing of a site", () => {
    const before = tree(fleet, site("c"));
    const words = { extra: `${pin()}\nadopted: ${digest("x")}` };
    const result = plan(before, tree(fleet, site("c", shop("9.9"), words)));
    expect(controls(result)).toEqual(["connector.pair sites/c.yml", "site.adopt sites/c.yml"]);
    expect(result.sitePlans.size).toBe(0);
  });
  it("counts only in the proposal that changes its line", () => {
    const before = tree(fleet, site("a", shop("1.0"), adopted("x")));
    const result = plan(before, tree(fleet, site("a", shop("1.1"), adopted("x"))));
    expect(steps(result)).toEqual(["plugin.update plugins/shop 1.0→1.1"]);
    expect(controls(result)).toEqual([]);
  });
  it("leaves what a baseline changes to its steps", () => {
    const extra = lock("plugins/extra@1.0");
    const more = baseline("all", 'plugins: { extra: { version: "1.0", state: inactive } }');
    const result = after(extra, more, site("a", shop("9.9"), adopted("x")));
    expect(result.changes.filter(({ site: id }) => id === "a").map(shown)).toEqual([
      "plugin.install plugins/extra null→1.0",
      "site.adopt sites/a.yml null→null",
    ]);
  });
  it("can be the first thing a new site does", () => {
    expect(controls(after(site("c", shop("9.9"), adopted("x"))))).toEqual([
      "site.add sites/c.yml",
      "site.adopt sites/c.yml",
    ]);
  });
});

describe("the rest of the repository", () => {
  it.each([
    "countersign.yml",
    ".github/workflows/x.yml",
    "CODEOWNERS",
    "docs/CODEOWNERS",
    "tests/a.yml",
    "tests/deep/b.txt",
  ])("counts %s as policy", (path) => {
    const result = after({ [path]: `${policy}# more\n` });
    expect(changed(result)).toEqual(["policy.change null critical"]);
    expect(result.state).toBe("ok");
  });
  it("digests policy by its bytes, text or not", () => {
    const result = after({ ".github/logo.png": new Uint8Array([0xff, 1]) });
    expect(result.control).toEqual([
      expect.objectContaining({
        from: null,
        to: { form: "bytes", content: new Uint8Array([0xff, 1]) },
      }),
    ]);
  });
  it("validates a changed policy in full, and refuses its removal", () => {
    expect(errors(after({ "countersign.yml": `${policy}foo: 1\n` }))).toEqual([
      "schema countersign.yml:4:1",
    ]);
    expect(errors(after({ "countersign.yml": null }))).toEqual(["reference countersign.yml:1:1"]);
  });
  it("leaves an old error in the policy to whoever judges by it", () => {
    const broken = { ...fleet, "countersign.yml": "version: 7" };
    expect(plan(tree(broken), tree(broken, site("a", shop("1.1")))).state).toBe("ok");
    const mended = plan(tree(broken), tree(broken, { "countersign.yml": policy }));
    expect(mended.state).toBe("ok");
  });
  it("lists files that mean nothing, and refuses misplaced ones", () => {
    const result = after({ "README.md": "x", "docs/a.md": "y", "sites/A B.yml": "z" });
    expect(result.otherPaths).toEqual(["README.md", "docs/a.md"]);
    expect(errors(result)).toEqual(["path sites/A B.yml:1:1"]);
    const stray = { ...fleet, "sites/A B.yml": "z" };
    expect(plan(tree(stray), tree(fleet)).state).toBe("ok");
  });
  it("shows locks that come, go and change", () => {
    expect(changed(after(lock("plugins/new@1.0")))).toEqual(["package.lock null low"]);
    expect(changed(after({ "packages/plugins/shop/1.1.yml": null }))).toEqual([
      "package.lock null low",
    ]);
    expect(changed(after(lock("plugins/shop@1.0", 'requires: "6.1"')))).toEqual([
      "package.lock null low",
    ]);
    const path = "packages/plugins/shop/1.0.yml";
    const other = String(fleet[path]).replace(digest("plugins/shop@1.0"), digest("evil"));
    const repin = after({ [path]: other });
    expect(changed(repin)).toEqual(["package.repin null critical"]);
    expect(repin.changes[0]).toMatchObject({
      from: digest("plugins/shop@1.0"),
      to: digest("evil"),
    });
    expect(after({ [path]: `# note\n${String(fleet[path])}` }).changes).toEqual([]);
  });
  it("shows a baseline by what it means, and one that could not be read by its bytes", () => {
    const before = tree(fleet, baseline("all", "plugins: {}"));
    const note = { "baselines/all.yml": "# note\ndesired: { plugins: {} }\nwhen: {}\n" };
    expect(plan(before, tree(fleet, note)).changes).toEqual([]);
    const gone = plan(tree(fleet, { "baselines/all.yml": "oops" }), tree(fleet));
    expect(changed(gone)).toEqual(["baseline.change null medium"]);
    expect(gone.control[0]).toMatchObject({ from: { form: "bytes", content: "oops" }, to: null });
  });
  it("takes a lock that could not be read as known, so its mending is a repin", () => {
    const path = "packages/plugins/shop/1.0.yml";
    const broken = tree(fleet, { [path]: "bytes: x" });
    expect(changed(plan(broken, tree(fleet)))).toEqual(["package.repin null critical"]);
    expect(errors(plan(tree(fleet), broken)).length).toBeGreaterThan(3);
  });
});
