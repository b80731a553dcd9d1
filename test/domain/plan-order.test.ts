import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Target, type StepKind } from "../../src/contract/plan.ts";
import type { DraftStep } from "../../src/domain/draft-steps.ts";
import { orderSteps, type Requirements } from "../../src/domain/step-order.ts";
import { errors, lock, plan, site, steps, tree } from "../support/control-tree.ts";

const at = (slug: string, version: string, state = "active") =>
  `${slug}: { version: "${version}", state: ${state} }`;
const plugins = (...all: string[]) => `plugins: { ${all.join(", ")} }`;
const needs = (...slugs: string[]) => `requiresPlugins: [${slugs.join(", ")}]`;

describe("the order of a site's steps", () => {
  it("brings a requirement in before what needs it", () => {
    const locks = [lock("plugins/aa@1.0", needs("zz")), lock("plugins/zz@1.0")];
    const after = site("s", plugins(at("aa", "1.0"), at("zz", "1.0")));
    expect(steps(plan(tree(...locks, site("s")), tree(...locks, after)))).toEqual([
      "plugin.install plugins/zz null→1.0",
      "plugin.activate plugins/zz inactive→active",
      "plugin.install plugins/aa null→1.0",
      "plugin.activate plugins/aa inactive→active",
    ]);
  });
  it("moves a plugin off its requirement before that goes", () => {
    const locks = [
      lock("plugins/aa@1.0", needs("base")),
      lock("plugins/aa@2.0"),
      lock("plugins/base@1.0"),
    ];
    const before = site("s", plugins(at("aa", "1.0"), at("base", "1.0")));
    const after = site("s", plugins(at("aa", "2.0"), "base: { state: absent }"));
    expect(steps(plan(tree(...locks, before), tree(...locks, after)))).toEqual([
      "plugin.update plugins/aa 1.0→2.0",
      "plugin.deactivate plugins/base active→inactive",
      "plugin.delete plugins/base 1.0→null",
    ]);
  });
  it("deactivates the dependent first where both go", () => {
    const locks = [lock("plugins/zz@1.0", needs("aa")), lock("plugins/aa@1.0")];
    const before = site("s", plugins(at("aa", "1.0"), at("zz", "1.0")));
    const after = site("s", plugins("aa: { state: absent }", "zz: { state: absent }"));
    expect(steps(plan(tree(...locks, before), tree(...locks, after)))).toEqual([
      "plugin.deactivate plugins/zz active→inactive",
      "plugin.delete plugins/zz 1.0→null",
      "plugin.deactivate plugins/aa active→inactive",
      "plugin.delete plugins/aa 1.0→null",
    ]);
  });
  it("updates core before plugins on the way up, and after them on the way down", () => {
    const locks = [lock("core@7.0"), lock("core@7.1"), lock("plugins/a@1"), lock("plugins/a@2")];
    const [old, now] = [
      site("s", `core: { version: "7.0" }, ${plugins(at("a", "1"))}`),
      site("s", `core: { version: "7.1" }, ${plugins(at("a", "2"))}`),
    ];
    const kinds = (from: typeof old, to: typeof old) =>
      plan(tree(...locks, from), tree(...locks, to)).changes.map(({ kind }) => kind);
    expect(kinds(old, now)).toEqual(["core.update", "plugin.update"]);
    expect(kinds(now, old)).toEqual(["plugin.update", "core.update"]);
  });
  it("installs a parent theme before its child, and needs it", () => {
    const locks = [lock("themes/child@1.0", "template: parent"), lock("themes/parent@1.0")];
    const child = 'child: { version: "1.0", state: active }';
    const both = site("s", `themes: { ${child}, parent: { version: "1.0", state: inactive } }`);
    expect(steps(plan(tree(...locks, site("s")), tree(...locks, both)))).toEqual([
      "theme.install themes/parent null→1.0",
      "theme.install themes/child null→1.0",
      "theme.activate themes/child null→child",
    ]);
    const gone = site("s", `themes: { ${child}, parent: { state: absent } }`);
    expect(errors(plan(tree(...locks, site("s")), tree(...locks, gone)))).toHaveLength(1);
  });
  it("reports plugins that need each other", () => {
    const locks = [lock("plugins/a@1", needs("b")), lock("plugins/b@1", needs("a"))];
    const after = site("s", plugins(at("a", "1"), at("b", "1")));
    const result = plan(tree(...locks, site("s")), tree(...locks, after));
    expect(errors(result)).toEqual(["plan.impossible sites/s.yml:5:23"]);
    expect(result.findings[0]?.message).toContain("plugins/a, plugins/b");
  });
});

describe("requirements", () => {
  const locks = [
    lock("plugins/aa@1.0", needs("base")),
    lock("plugins/aa@2.0", needs("base")),
    lock("plugins/base@1.0"),
  ];
  const result = (before: string, after: string) =>
    plan(tree(...locks, site("s", before)), tree(...locks, site("s", after)));
  it("are an error where desired state denies them", () => {
    const after = plugins(at("aa", "1.0"), at("base", "1.0", "inactive"));
    expect(errors(result("", after))).toEqual(["plan.dependency_missing sites/s.yml:5:23"]);
    const both = plugins(at("aa", "1.0"), at("base", "1.0"));
    expect(errors(result(both, after))).toEqual(["plan.dependency_missing sites/s.yml:5:23"]);
  });
  it("are a warning where desired state does not name them", () => {
    const { findings, state } = result("", plugins(at("aa", "1.0")));
    expect(findings).toEqual([
      expect.objectContaining({ rule: "plan.dependency_missing", severity: "warning" }),
    ]);
    expect(state).toBe("ok");
  });
  it("do not concern what is inactive, or what no step touches", () => {
    const { findings } = result("", plugins(at("aa", "1.0", "inactive")));
    expect(findings).toEqual([]);
    const odd = plugins(at("aa", "1.0"), at("base", "1.0", "inactive"));
    expect(result(odd, `${odd}, options: { blogname: x }`).findings).toEqual([]);
  });
});

describe("orderSteps", () => {
  const draft = (kind: StepKind, target: string, to: DraftStep["to"] = null): DraftStep => ({
    kind,
    target: Target.parse(target),
    from: null,
    to,
    origin: { file: null, path: [] },
    versions: null,
  });
  const all = [
    draft("maintenance.set", "maintenance", true),
    draft("plugin.deactivate", "plugins/d"),
    draft("core.update", "core"),
    draft("plugin.update", "plugins/c"),
    draft("plugin.update", "plugins/b"),
    draft("plugin.activate", "plugins/b"),
    draft("theme.install", "themes/t"),
    draft("theme.activate", "themes/t"),
    draft("plugin.delete", "plugins/d"),
    draft("theme.delete", "themes/u"),
    draft("option.set", "options/blogname"),
    draft("cache.flush", "cache"),
    draft("maintenance.set", "maintenance", false),
  ];
  const requirements: Requirements = {
    next: (target) => (target === "plugins/b" ? ["plugins/c"] : []),
    previous: () => [],
  };
  it("gives one order, whatever order the steps come in", () => {
    const any = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(any, (shuffled) => {
        expect(orderSteps(shuffled, requirements, () => false)).toEqual({
          kind: "ordered",
          steps: all,
        });
      }),
    );
  });
});
