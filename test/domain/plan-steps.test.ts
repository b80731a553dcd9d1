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

const locks: Files = Object.assign(
  {},
  ...[
    "plugins/shop@1.0",
    "plugins/shop@1.00",
    "plugins/shop@1.1",
    "plugins/shop@2.0",
    "plugins/extra@1.0",
  ].map((name) => lock(name)),
  ...["themes/light@1.0", "themes/dark@1.0", "themes/dark@1.1"].map((name) => lock(name)),
  lock("core@7.0.2", "dbVersion: 60000"),
  lock("core@7.1.0", "dbVersion: 60000"),
  lock("core@7.1.1", "dbVersion: 60717"),
  lock("plugins/countersign@1.0.0"),
  lock("plugins/countersign@1.1.0"),
) as Files;

/** The plan of one site whose desired state goes from the first to the second. */
const change = (before: string, after: string) =>
  plan(tree(locks, site("a", before)), tree(locks, site("a", after)));
const plugin = (state: string) => `plugins: { shop: ${state} }`;
const at = (version: string, state: string) => `{ version: "${version}", state: ${state} }`;
const theme = (dark: string, light: string) => `themes: { dark: ${dark}, light: ${light} }`;
const option = (value: string) => `options: { ${value} }`;

describe("the steps of a plugin", () => {
  const absent = "{ state: absent }";
  it.each([
    [
      "",
      at("1.0", "active"),
      ["plugin.install plugins/shop null→1.0", "plugin.activate plugins/shop inactive→active"],
    ],
    ["", at("1.0", "inactive"), ["plugin.install plugins/shop null→1.0"]],
    [
      "",
      absent,
      ["plugin.deactivate plugins/shop null→inactive", "plugin.delete plugins/shop null→null"],
    ],
    [
      absent,
      at("1.0", "active"),
      ["plugin.install plugins/shop null→1.0", "plugin.activate plugins/shop inactive→active"],
    ],
    [absent, absent, []],
    [absent, "", []],
    [at("1.0", "active"), at("1.1", "active"), ["plugin.update plugins/shop 1.0→1.1"]],
    [
      at("1.0", "active"),
      at("1.0", "inactive"),
      ["plugin.deactivate plugins/shop active→inactive"],
    ],
    [at("1.0", "inactive"), at("1.0", "active"), ["plugin.activate plugins/shop inactive→active"]],
    [
      at("1.0", "inactive"),
      at("1.1", "active"),
      ["plugin.update plugins/shop 1.0→1.1", "plugin.activate plugins/shop inactive→active"],
    ],
    [
      at("1.0", "active"),
      at("1.1", "inactive"),
      ["plugin.deactivate plugins/shop active→inactive", "plugin.update plugins/shop 1.0→1.1"],
    ],
    [
      at("1.0", "active"),
      absent,
      ["plugin.deactivate plugins/shop active→inactive", "plugin.delete plugins/shop 1.0→null"],
    ],
    [at("1.0", "inactive"), absent, ["plugin.delete plugins/shop 1.0→null"]],
    [at("1.0", "active"), "", []],
  ])("from %s to %s", (before, after, expected) => {
    const result = change(before && plugin(before), after && plugin(after));
    expect(steps(result)).toEqual(expected);
    expect(result.state).toBe("ok");
  });
});

describe("the steps of a theme", () => {
  const absent = "{ state: absent }";
  const [on, off] = [at("1.0", "active"), at("1.0", "inactive")];
  it.each([
    [theme(off, on), theme(on, off), ["theme.activate themes/dark light→dark"]],
    [
      "",
      theme(on, off),
      [
        "theme.install themes/dark null→1.0",
        "theme.install themes/light null→1.0",
        "theme.activate themes/dark null→dark",
      ],
    ],
    [
      theme(off, on),
      theme(at("1.1", "active"), absent),
      [
        "theme.update themes/dark 1.0→1.1",
        "theme.activate themes/dark light→dark",
        "theme.delete themes/light 1.0→null",
      ],
    ],
    [theme(absent, on), theme(absent, on), []],
    [theme(off, on), "", []],
  ])("from %s to %s", (before, after, expected) => {
    const result = change(before, after);
    expect(steps(result)).toEqual(expected);
    expect(errors(result)).toEqual([]);
  });
  it.each([
    [theme(on, off), theme(off, off)],
    [theme(on, off), theme(absent, off)],
    [theme(on, off), theme(on, on)],
  ])("are impossible from %s to %s", (before, after) => {
    const result = change(before, after);
    expect(errors(result)).toEqual([expect.stringMatching(/^plan.impossible sites\/a.yml:5:/u)]);
    expect(result.state).toBe("failed");
  });
});

describe("the steps of core, options and the connector", () => {
  it.each([
    ['core: { version: "7.0.2" }', 'core: { version: "7.1.1" }', ["core.update core 7.0.2→7.1.1"]],
    ["", 'core: { version: "7.1.1" }', ["core.update core null→7.1.1"]],
    ['core: { version: "7.1.1" }', 'core: { version: "7.1.1", autoPatch: true }', []],
    ['core: { version: "7.1.1" }', "", []],
    [option("blogname: One"), option("blogname: Two"), ["option.set options/blogname One→Two"]],
    ["", option("posts_per_page: 5"), ["option.set options/posts_per_page null→5"]],
    [option("blogname: One"), "", []],
    [
      "connector: { version: 1.0.0 }",
      "connector: { version: 1.1.0 }",
      ["connector.update connector 1.0.0→1.1.0"],
    ],
  ])("from %s to %s", (before, after, expected) => {
    const result = change(before, after);
    expect(steps(result)).toEqual(expected);
    expect(errors(result)).toEqual([]);
  });
  it("refuses a connector update beside other steps", () => {
    const result = change(
      "connector: { version: 1.0.0 }",
      `connector: { version: 1.1.0 }, ${option("blogname: x")}`,
    );
    expect(errors(result)).toEqual(["plan.connector_alone sites/a.yml:5:12"]);
  });
});

describe("what a step says of itself", () => {
  const facts = (before: string, after: string, index = 0) => {
    const { changes, sitePlans } = change(before, after);
    const step = [...sitePlans.values()][0]?.steps[index];
    return { ...changes[index], step };
  };
  it("names the exact bytes, what is left, and the way back", () => {
    const update = facts(plugin(at("1.0", "active")), plugin(at("1.1", "active")));
    expect(update).toMatchObject({
      site: "a",
      tier: "production",
      labels: { client: "acme" },
      timezone: "Europe/Berlin",
      direction: "up",
      size: "minor",
      risk: "medium",
      riskReasons: ["minor_version"],
      reversibility: "reversible",
      package: { version: "1.1", path: "packages/plugins/shop/1.1.yml", bytes: 1000 },
      previous: { version: "1.0" },
      cause: { file: "sites/a.yml", line: 5, column: 23 },
      step: {
        package: { version: "1.1" },
        inverse: { kind: "plugin.update", from: "1.1", to: "1.0", package: { version: "1.0" } },
      },
    });
  });
  it.each([
    [plugin(at("1.0", "active")), plugin(at("2.0", "active")), "high", "reversible"],
    [plugin(at("2.0", "active")), plugin(at("1.1", "active")), "high", "partly"],
    [plugin(at("1.0", "inactive")), plugin("{ state: absent }"), "high", "not"],
    ["", plugin("{ state: absent }"), "medium", "partly"],
    [plugin(at("1.0", "active")), plugin(at("1.00", "active")), "low", "reversible"],
    ["", plugin(at("1.0", "inactive")), "medium", "reversible"],
    ['core: { version: "7.0.2" }', 'core: { version: "7.1.0" }', "high", "reversible"],
    ['core: { version: "7.1.0" }', 'core: { version: "7.1.1" }', "medium", "not"],
    ['core: { version: "7.1.1" }', 'core: { version: "7.1.0" }', "critical", "not"],
    ["", 'core: { version: "7.1.1" }', "medium", "not"],
    [option("show_on_front: posts"), option("show_on_front: page"), "high", "reversible"],
    ["", option("blogname: x"), "low", "partly"],
    ["connector: { version: 1.0.0 }", "connector: { version: 1.1.0 }", "high", "reversible"],
    [
      theme(at("1.0", "inactive"), at("1.0", "active")),
      theme(at("1.0", "active"), at("1.0", "inactive")),
      "medium",
      "reversible",
    ],
  ])("from %s to %s", (before, after, risk, reversibility) => {
    expect(facts(before, after)).toMatchObject({ risk, reversibility });
  });
  it("has no inverse where the past is not known, and none for a flushed cache", () => {
    expect(facts("", option("blogname: x")).step?.inverse).toBeNull();
    expect(facts("", plugin("{ state: absent }"), 1).step?.inverse).toBeNull();
    expect(facts("", plugin("{ state: absent }"), 1)).toMatchObject({
      riskReasons: ["deletes_code", "previous_unknown"],
    });
  });
  it("keeps the inverse where the previous version has no lock", () => {
    const before = tree(
      locks,
      { "packages/plugins/shop/1.0.yml": null },
      site("a", plugin(at("1.0", "active"))),
    );
    const after = tree(
      locks,
      { "packages/plugins/shop/1.0.yml": null },
      site("a", plugin(at("1.1", "active"))),
    );
    const [step] = [...plan(before, after).sitePlans.values()][0]!.steps;
    expect(step?.inverse).toEqual({ kind: "plugin.update", from: "1.1", to: "1.0", package: null });
  });
  it("finds the lock of the version that is left in the tree before", () => {
    const after = tree(
      locks,
      { "packages/plugins/shop/1.0.yml": null },
      site("a", plugin(at("1.1", "active"))),
    );
    const result = plan(tree(locks, site("a", plugin(at("1.0", "active")))), after);
    expect(result.changes[0]?.previous?.version).toBe("1.0");
  });
});

describe("baselines", () => {
  const sites = {
    ...site("a"),
    ...site("b", "", { tier: "staging" }),
    ...site("c", "", { labels: "{ client: other }" }),
  };
  it("touch every site that they match, and equal sites share one plan", () => {
    const before = tree(locks, sites, baseline("all", plugin(at("1.0", "active"))));
    const after = tree(locks, sites, baseline("all", plugin(at("1.1", "active"))));
    const result = plan(before, after);
    expect([...result.sitePlans.keys()]).toEqual(["a", "b", "c"]);
    expect(new Set(result.sitePlans.values()).size).toBe(1);
    expect(result.changes.map(({ site: id, tier }) => [id, tier])).toEqual([
      ["a", "production"],
      ["b", "staging"],
      ["c", "production"],
      [null, null],
    ]);
    expect(result.changes[0]?.cause).toEqual({ file: "baselines/all.yml", line: 2, column: 23 });
  });
  it("give sites plans of their own where their pages differ", () => {
    const health = site("b", "", { extra: "health: [{ path: /shop/, text: Buy }]" });
    const cache = site("c", "", { extra: 'volatile: ["cache/**"]' });
    const common = tree(locks, sites, health, cache);
    const after = tree(Object.fromEntries(common), baseline("all", plugin(at("1.0", "inactive"))));
    const plans = [...plan(common, after).sitePlans.values()];
    expect(plans.map((one) => one.health.length)).toEqual([0, 1, 0]);
    expect(plans.map((one) => one.volatile)).toEqual([[], [], ["cache/**"]]);
    expect(new Set(plans.map(({ steps: all }) => all[0])).size).toBe(1);
  });
  it.each([
    ["{ tier: production }", ["a", "c"]],
    ["{ labels: { client: [acme, x] } }", ["a", "b"]],
    ["{ labels: { toString: x } }", []],
    ["{ sites: [b, nobody] }", ["b"]],
    ["{ sites: c, tier: staging }", []],
    ["{}", ["a", "b", "c"]],
  ])("match by %s", (when, expected) => {
    const after = tree(locks, sites, baseline("some", plugin(at("1.0", "active")), when));
    expect([...plan(tree(locks, sites), after).sitePlans.keys()]).toEqual(expected);
  });
  it("yield to the site's own file", () => {
    const own = site("a", plugin(at("1.0", "active")));
    const after = tree(locks, own, baseline("all", plugin(at("2.0", "active"))));
    expect(steps(plan(tree(locks, own), after))).toEqual([]);
  });
  it("may agree, and are an error where two differ for one site", () => {
    const before = tree(locks, site("a"));
    const one = baseline("one", plugin(at("1.0", "active")));
    const agree = plan(
      before,
      tree(locks, site("a"), one, baseline("two", plugin(at("1.0", "active")))),
    );
    expect(agree.state).toBe("ok");
    const two = baseline("two", plugin(at("1.1", "active")));
    const differ = plan(before, tree(locks, site("a"), one, two));
    expect(errors(differ)).toEqual(["baseline.conflict baselines/two.yml:2:23"]);
    const own = site("a", plugin(at("2.0", "active")));
    expect(plan(before, tree(locks, own, one, two)).state).toBe("ok");
  });
  it("follow the tier and labels of the site after", () => {
    const common = [locks, baseline("prod", plugin(at("1.0", "active")), "{ tier: production }")];
    const result = plan(
      tree(...common, site("a", "", { tier: "staging" })),
      tree(...common, site("a")),
    );
    expect(steps(result)[0]).toBe("plugin.install plugins/shop null→1.0");
    expect(result.changes[0]?.tier).toBe("staging");
  });
});
