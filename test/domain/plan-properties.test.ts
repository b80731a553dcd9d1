import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Step } from "../../src/contract/plan.ts";
import type { Plan } from "../../src/contract/planned-change.ts";
import { inverseOf } from "../../src/domain/reversibility.ts";
import { isRecovery } from "../../src/domain/recovery.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { type Files, lock, plan, tree } from "../support/control-tree.ts";

/** Desired state of a site as a test knows it: each plugin's version and state. */
type Desired = Readonly<Record<string, { version: string; state: string } | null>>;
interface World {
  readonly plugins: Desired;
  readonly theme: string;
  readonly blogname: string | null;
}

const slugs = ["alpha", "beta", "gamma"];
const versions = ["1.0", "1.1", "2.0"];
const locks: Files = Object.assign(
  {},
  ...slugs.flatMap((slug) =>
    versions.map((version) =>
      lock(`plugins/${slug}@${version}`, slug === "alpha" ? "requiresPlugins: [gamma]" : ""),
    ),
  ),
  lock("themes/light@1.0"),
  lock("themes/dark@1.0"),
) as Files;

const software = fc.record({
  version: fc.constantFrom(...versions),
  state: fc.constantFrom("active", "inactive"),
});
const world: fc.Arbitrary<World> = fc
  .record({
    plugins: fc.record(Object.fromEntries(slugs.map((slug) => [slug, fc.option(software)]))),
    theme: fc.constantFrom("light", "dark"),
    blogname: fc.constantFrom("One", "Two"),
  })
  .filter(
    ({ plugins: { alpha, gamma } }) => alpha?.state !== "active" || gamma?.state === "active",
  );

const themes = ["light", "dark"];

function siteText({ plugins, theme, blogname }: World, order: <T>(list: T[]) => T[]): string {
  const pluginLines = order(Object.entries(plugins)).map(([slug, one]) =>
    one === null
      ? `    ${slug}: { state: absent }`
      : `    ${slug}: { ${order([`version: "${one.version}"`, `state: ${one.state}`]).join(", ")} }`,
  );
  const themeLines = order(themes).map(
    (slug) => `    ${slug}: { version: "1.0", state: ${slug === theme ? "active" : "inactive"} }`,
  );
  const desired = order([
    `  plugins:\n${pluginLines.join("\n")}`,
    `  themes:\n${themeLines.join("\n")}`,
    `  options: { blogname: ${String(blogname)} }`,
  ]);
  const keys = order([
    "url: https://a.example",
    "tier: production",
    `desired:\n${desired.join("\n")}`,
  ]);
  return `${keys.join("\n")}\n`;
}

const asIs = <T>(list: T[]): T[] => list;
const reversed = <T>(list: T[]): T[] => list.toReversed();
const of = (one: World, order = asIs): Files => ({ ...locks, "sites/a.yml": siteText(one, order) });
const planOf = (before: World, after: World) => plan(tree(of(before)), tree(of(after)));

/** Carries out the steps as WordPress would, refusing what it would refuse. */
function apply(start: World, steps: readonly Step[]): World {
  const plugins = new Map(Object.entries(start.plugins));
  let { theme, blogname } = start;
  for (const { kind, target, from, to } of steps) {
    const [, name = ""] = target.split("/");
    const found = plugins.get(name) ?? null;
    if (kind === "plugin.install") {
      expect(found).toBeNull();
      plugins.set(name, { version: String(to), state: "inactive" });
    } else if (kind === "plugin.update") {
      expect(found?.version).toBe(from);
      plugins.set(name, { version: String(to), state: found!.state });
    } else if (kind === "plugin.activate" || kind === "plugin.deactivate") {
      expect(found?.state).toBe(from);
      plugins.set(name, { version: found!.version, state: String(to) });
    } else if (kind === "plugin.delete") {
      expect(found).toEqual({ version: from, state: "inactive" });
      plugins.set(name, null);
    } else if (kind === "theme.activate") {
      expect(theme).toBe(from);
      theme = String(to);
    } else if (kind === "option.set") blogname = String(to);
    else throw new Error(`unexpected ${kind}`);
    const needy = plugins.get("alpha")?.state === "active";
    if (needy) expect(plugins.get("gamma")?.state).toBe("active");
  }
  return { plugins: Object.fromEntries(plugins), theme, blogname };
}

const stepsOf = (result: Plan): readonly Step[] => [...result.sitePlans.values()][0]?.steps ?? [];

describe("a plan", () => {
  it("reaches desired state, and every plugin has what it needs after each step", () => {
    fc.assert(
      fc.property(world, world, (before, after) => {
        const result = planOf(before, after);
        expect(result.state).toBe("ok");
        expect(apply(before, stepsOf(result))).toEqual(after);
      }),
      { numRuns: 400 },
    );
  });
  it("is empty between equal states, whatever the order of keys", () => {
    fc.assert(
      fc.property(world, (one) => {
        expect(plan(tree(of(one)), tree(of(one, reversed)))).toMatchObject({
          state: "ok",
          changes: [],
          control: [],
        });
      }),
    );
  });
  it("has one digest, whatever the order of files and keys, and beside unrelated files", () => {
    fc.assert(
      fc.property(world, world, fc.boolean(), (before, after, added) => {
        const files = {
          ...of(after),
          ...(added ? { "sites/new.yml": siteText(after, asIs) } : {}),
        };
        const turned = Object.fromEntries(
          reversed(Object.entries({ ...files, "sites/a.yml": siteText(after, reversed) })),
        );
        if (added) turned["sites/new.yml"] = siteText(after, reversed);
        const unrelated = { "README.md": "x", "sites/zz.yml": siteText(after, asIs) };
        const plain = planTexts(plan(tree(of(before)), tree(files)));
        const shuffled = planTexts(
          plan(tree(unrelated, of(before, reversed)), tree(turned, unrelated)),
        );
        expect(shuffled).toEqual(plain);
      }),
    );
  });
  it("back is the recovery of the plan forth, step by step", () => {
    fc.assert(
      fc.property(world, world, (before, after) => {
        const [forth, back] = [planOf(before, after), planOf(after, before)];
        const [plans, undo] = [[...forth.sitePlans.values()][0], [...back.sitePlans.values()][0]];
        const inverses = stepsOf(forth).map(({ inverse }) => inverse);
        expect(new Set(inverses)).toEqual(
          new Set(
            stepsOf(back).map(({ kind, from, to, package: bytes }) => ({
              kind,
              from,
              to,
              package: bytes,
            })),
          ),
        );
        const themed = stepsOf(forth).some(({ kind }) => kind === "theme.activate");
        if (plans !== undefined && undo !== undefined && !themed) {
          expect(isRecovery(undo, plans)).toBe(true);
        }
      }),
    );
  });
  it("has steps whose inverse's inverse is the step", () => {
    fc.assert(
      fc.property(world, world, (before, after) => {
        for (const { kind, from, to, inverse } of stepsOf(planOf(before, after))) {
          expect(inverse).not.toBeNull();
          const again = inverseOf(inverse!, null);
          expect(again).toEqual({ kind, from, to, package: null });
        }
      }),
    );
  });
});
