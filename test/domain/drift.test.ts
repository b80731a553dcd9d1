import { describe, expect, it } from "vitest";
import { DesiredState } from "../../src/contract/desired-state.ts";
import { Inventory } from "../../src/contract/inventory.ts";
import { driftOf, recordedDrift } from "../../src/domain/drift.ts";
import { effectiveState, entriesOf } from "../../src/domain/effective-state.ts";
import { digest, site } from "../support/ids.ts";

const item = (slug: string, version: string | null, state = "active") => ({ slug, version, state });
const plugin = (slug: string, version: string | null, state?: string) => ({
  ...item(slug, version, state),
  file: `${slug}/${slug}.php`,
});
function drift(
  desired: object,
  { core = "6.8", plugins = [], themes = [], ...more }: Partial<Record<string, unknown>> = {},
) {
  const own = entriesOf(DesiredState.parse(desired), null);
  const inventory = { version: 1, home: "https://a.example", core: { version: core } };
  return driftOf(
    effectiveState(own, []).entries,
    Inventory.parse({ ...inventory, plugins, themes, ...more }),
  );
}

describe("drift", () => {
  it("is each difference, with what would make the file say what is live", () => {
    const found = drift(
      {
        plugins: {
          a: { version: "1.0", state: "active" },
          gone: { version: "1.0", state: "active" },
          back: { state: "absent" },
          same: { version: "2", state: "inactive" },
        },
        themes: { t: { version: "1", state: "active" } },
        options: { blogname: "A shop" },
      },
      {
        plugins: [
          plugin("a", "1.1", "inactive"),
          plugin("back", "3.0"),
          plugin("same", "2", "inactive"),
        ],
        themes: [item("t", "2")],
      },
    );
    const rows = found.differences.map(({ target, live, wanted }) => [target, live, wanted]);
    expect(rows).toEqual([
      ["plugins/a", "1.1 inactive", "1.0 active"],
      ["plugins/gone", "absent", "1.0 active"],
      ["plugins/back", "3.0 active", "absent"],
      ["themes/t", "2 active", "1 active"],
    ]);
    expect(found.differences.map(({ edit }) => edit?.value)).toEqual([
      { version: "1.1", state: "inactive" },
      { state: "absent" },
      { version: "3.0", state: "active" },
      { version: "2", state: "active" },
    ]);
  });
  it("counts what nobody desires, without the connector, and plans nothing about it", () => {
    const told = [plugin("x", "1"), plugin("Odd.Name", "1"), plugin("countersign", "0.1.0")];
    expect(drift({}, { plugins: told })).toEqual({
      differences: [],
      unmanaged: 2,
      others: ["plugins/x"],
    });
  });
  it("of options is looked at where the inventory tells them, by value and type", () => {
    const desired = { options: { blogname: "A shop", posts_per_page: 10, blog_public: 1 } };
    expect(drift(desired).differences).toEqual([]);
    const rows = (options: object) =>
      drift(desired, { options }).differences.map(({ target, live, edit }) => [
        target,
        live,
        edit?.value ?? null,
      ]);
    expect(rows({ blogname: "A shop", posts_per_page: 10, blog_public: 1 })).toEqual([]);
    expect(rows({ blogname: "Mine", posts_per_page: 500, start_of_week: 3 })).toEqual([
      ["options/blogname", "other", "Mine"],
      ["options/blog_public", "absent", null],
      ["options/posts_per_page", "other", null],
    ]);
  });
  it("says when and by whom it was changed there, where the site knows", () => {
    const wanted = {
      plugins: { a: { version: "1.0", state: "active" } },
      core: { version: "6.9" },
    };
    const touched = [
      { target: "plugins/a", at: 1, by: 1 },
      { target: "plugins/a", at: 1_760_000_000, by: 3 },
      { target: "core", at: 2 ** 45, by: 3 },
    ];
    const found = drift(wanted, { plugins: [plugin("a", "2.0")], touched });
    expect(found.differences.map((one) => [one.target, one.touched])).toEqual([
      ["core", null],
      ["plugins/a", { at: 1_760_000_000, by: 3 }],
    ]);
    const [untold] = drift(wanted, { plugins: [plugin("a", "2.0")] }).differences;
    expect(untold?.touched).toBeNull();
  });
  it("is what no file can say, where a version or a state is none", () => {
    const wanted = { version: "1.0", state: "active" };
    const found = drift(
      { core: { version: "6.8" }, plugins: { a: wanted, b: wanted, c: wanted } },
      {
        core: "7.0-beta1",
        plugins: [
          plugin("a", null),
          plugin("b", "1.0", "network-active"),
          { ...plugin("c", "1.0"), file: "c.php" },
        ],
      },
    );
    expect(found.differences.map(({ live, edit }) => [live, edit?.value ?? null])).toEqual([
      ["other", null],
      ["other", null],
      ["other", null],
      ["absent", { state: "absent" }],
    ]);
  });
  it.each<[boolean, string, string | null]>([
    [true, "6.8.3", null],
    [true, "6.9", "6.9"],
    [true, "6.8", "6.8"],
    [false, "6.8.3", "6.8.3"],
    [false, "6.8.1", null],
  ])("of a core with autoPatch %s that runs %s is %s", (autoPatch, core, live) => {
    const { differences } = drift({ core: { version: "6.8.1", autoPatch } }, { core });
    expect(differences[0]?.live ?? null).toBe(live);
    if (live !== null) {
      const value = autoPatch ? { version: live, autoPatch } : { version: live };
      expect(differences[0]?.edit).toEqual({ path: ["desired", "core"], value });
    }
  });
  it("of the connector is its version, where the inventory tells one", () => {
    const desired = { connector: { version: "0.2.0" } };
    expect(drift(desired).differences).toEqual([]);
    const told = (version: string) => ({ plugins: [plugin("countersign", version)] });
    expect(drift(desired, told("0.2.0")).differences).toEqual([]);
    expect(drift(desired, told("0.1.0")).differences).toMatchObject([{ live: "0.1.0" }]);
  });
  it("on record is the newest of each site, until a line says that it is over", () => {
    const entry = (name: string, count: number) => ({
      at: "2026-11-24T12:00:00Z",
      count,
      differences: [],
      inv: digest("i"),
      kind: "drift" as const,
      site: site(name),
      unmanaged: 0,
    });
    const other = {
      ...entry("shop", 1),
      kind: "level",
      level: "hold",
      cause: "x",
      by: null,
    } as const;
    const { count: _count, differences: _none, inv: _inv, unmanaged: _un, ...level } = other;
    const found = recordedDrift([entry("shop", 1), level, entry("blog", 2), entry("shop", 0)]);
    expect([...found.keys()]).toEqual(["blog"]);
    const kept = recordedDrift([entry("shop", 1), { ...entry("shop", 0), unmanaged: 3 }]);
    expect(kept.get(site("shop"))).toMatchObject({ count: 0, unmanaged: 3 });
  });
});
