import { describe, expect, it } from "vitest";
import { editSiteFile } from "../../src/contract/site-file-edit.ts";
import type { Step } from "../../src/contract/plan.ts";
import { inverseEdits } from "../../src/domain/inverse-edits.ts";
import { planTrees } from "../../src/domain/plan.ts";
import { isRecovery } from "../../src/domain/recovery.ts";
import { lock, site, tree } from "../support/control-tree.ts";
import { site as siteId } from "../support/ids.ts";
import { inverse, step, update } from "../support/steps.ts";

const hello = ["desired", "plugins", "hello"];

describe("inverseEdits", () => {
  it.each<[string, Step, unknown]>([
    ["an update", update("1.0", "1.1"), [{ path: [...hello, "version"], value: "1.0" }]],
    [
      "an activation",
      step({
        kind: "plugin.activate",
        target: "plugins/hello",
        from: "inactive",
        to: "active",
      }),
      [{ path: [...hello, "state"], value: "inactive" }],
    ],
    [
      "an installation",
      step({ kind: "plugin.install", target: "plugins/hello", from: null, to: "1.0" }),
      [{ path: hello, value: { state: "absent" } }],
    ],
    [
      "a deletion",
      step({ kind: "theme.delete", target: "themes/storefront", from: "4.6.0", to: null }),
      [
        {
          path: ["desired", "themes", "storefront"],
          value: { version: "4.6.0", state: "inactive" },
        },
      ],
    ],
    [
      "a switch of themes, which is two edits",
      step({ kind: "theme.activate", target: "themes/new", from: "old", to: "new" }),
      [
        { path: ["desired", "themes", "new", "state"], value: "inactive" },
        { path: ["desired", "themes", "old", "state"], value: "active" },
      ],
    ],
    [
      "core",
      step({ kind: "core.update", target: "core", from: "7.1", to: "7.1.1" }),
      [{ path: ["desired", "core", "version"], value: "7.1" }],
    ],
    [
      "the connector",
      step({ kind: "connector.update", target: "connector", from: "1.0", to: "1.1" }),
      [{ path: ["desired", "connector", "version"], value: "1.0" }],
    ],
    [
      "an option",
      step({ kind: "option.set", target: "options/posts_per_page", from: 10, to: 20 }),
      [{ path: ["desired", "options", "posts_per_page"], value: 10 }],
    ],
    [
      "an option that was not there",
      step(
        { kind: "option.set", target: "options/blogdescription", from: null, to: "x" },
        { inverse: inverse({ kind: "option.set", from: "x", to: null }) },
      ),
      [{ path: ["desired", "options", "blogdescription"], value: undefined }],
    ],
  ])("brings back %s", (_name, one, edits) => {
    expect(inverseEdits([one])).toEqual(edits);
  });
  it.each<[string, Step]>([
    [
      "a step without an inverse",
      step({ kind: "cache.flush", target: "cache", from: null, to: null }),
    ],
    [
      "maintenance, which desired state does not name",
      step({ kind: "maintenance.set", target: "maintenance", from: false, to: true }),
    ],
    [
      "an inverse whose value names nothing to write",
      step(
        { kind: "maintenance.set", target: "maintenance", from: null, to: true },
        { inverse: inverse({ kind: "maintenance.set", from: "on", to: "off" }) },
      ),
    ],
    [
      "a switch from a theme that is not known",
      update("1.0", "1.1", { inverse: inverse({ kind: "theme.activate", from: null }) }),
    ],
    ["an update from what is not known", update("1.0", "1.1", { inverse: inverse({ to: null }) })],
  ])("has none for %s, and then none for the whole plan", (_name, one) => {
    expect(inverseEdits([one])).toBeNull();
    expect(inverseEdits([update("1.0", "1.1"), one])).toBeNull();
  });
});

describe("the edited file", () => {
  const locks = [lock("plugins/hello@1.0"), lock("plugins/hello@1.1"), lock("plugins/extra@2.0")];
  const themes = [lock("themes/old@1.0"), lock("themes/new@1.0")];
  const oldTheme = "old: { version: '1.0', state: active }";
  it.each([
    [
      "an update",
      "hello: { version: '1.0', state: active }",
      "hello: { version: '1.1', state: active }",
    ],
    [
      "an installation that activates",
      "hello: { state: absent }",
      "hello: { version: '1.0', state: active }",
    ],
    [
      "a deletion of what was active",
      "hello: { version: '1.0', state: active }",
      "hello: { state: absent }",
    ],
  ])("plans the recovery of %s", (_name, before, after) => {
    expectRecovery(`plugins: { ${before} }`, `plugins: { ${after} }`);
  });
  it("plans the recovery of a new theme, installed and switched to", () => {
    expectRecovery(
      `themes: { ${oldTheme}, new: { state: absent } }`,
      "themes: { old: { version: '1.0', state: inactive }, new: { version: '1.0', state: active } }",
    );
  });

  function expectRecovery(before: string, after: string): void {
    const all = [...locks, ...themes];
    const old = tree(...all, site("shop", before));
    const merged = tree(...all, site("shop", after));
    const unfinished = planTrees({ before: old, after: merged }).sitePlans.get(siteId("shop"))!;
    const text = editSiteFile(
      String(merged.get("sites/shop.yml")),
      inverseEdits(unfinished.steps) ?? [],
    );
    const reverted = tree(...all, { "sites/shop.yml": text });
    const plan = planTrees({ before: merged, after: reverted });
    expect(plan.findings).toEqual([]);
    expect(isRecovery(plan.sitePlans.get(siteId("shop"))!, unfinished)).toBe(true);
  }
});
