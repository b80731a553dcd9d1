import { describe, expect, it } from "vitest";
import { Inventory } from "../../src/contract/inventory.ts";
import { compareTrees, treesOf } from "../../src/domain/changed-trees.ts";
import { digest } from "../support/ids.ts";

const known = (target: string, version: string, of: string) => ({
  target,
  version,
  tree: digest(of),
});

describe("files under an unchanged version", () => {
  it("are what the inventory measured: a version, and no link among them", () => {
    const item = { state: "active", version: "1.0" };
    const inventory = Inventory.parse({
      version: 1,
      home: "https://shop.example",
      core: { version: "6.8" },
      plugins: [
        { ...item, slug: "a", file: "a/a.php", tree: digest("a") },
        { ...item, slug: "linked", file: "linked/l.php", tree: "unknown" },
        { ...item, slug: "single", file: "single.php", tree: null },
        { ...item, slug: "old", file: "old/o.php" },
        { ...item, slug: "bare", file: "bare/b.php", version: null, tree: digest("b") },
      ],
      themes: [{ ...item, slug: "t", tree: digest("t") }],
    });
    expect(treesOf(inventory)).toEqual([
      known("plugins/a", "1.0", "a"),
      known("themes/t", "1.0", "t"),
    ]);
  });
  it("that are others than before are named with both digests, and stay held against the first", () => {
    const before = [known("plugins/a", "1.0", "one")];
    const { changed, known: kept } = compareTrees(before, [known("plugins/a", "1.0", "two")]);
    expect(changed).toEqual([{ ...known("plugins/a", "1.0", "two"), was: digest("one") }]);
    expect(compareTrees(kept, [known("plugins/a", "1.0", "one")]).changed).toEqual([]);
    expect(compareTrees(kept, [known("plugins/a", "1.0", "two")]).changed).toHaveLength(1);
  });
  it("of another version are another question, and the newest is held against from then on", () => {
    const { changed, known: kept } = compareTrees(
      [known("plugins/a", "1.0", "one")],
      [known("plugins/a", "1.1", "two"), known("plugins/b", "1", "b")],
    );
    expect(changed).toEqual([]);
    expect(kept).toEqual([known("plugins/a", "1.1", "two"), known("plugins/b", "1", "b")]);
  });
  it("are not forgotten while they cannot be measured", () => {
    const first = [known("plugins/a", "1.0", "one")];
    const { changed, known: kept } = compareTrees(first, []);
    expect(changed).toEqual([]);
    expect(compareTrees(kept, [known("plugins/a", "1.0", "two")]).changed).toHaveLength(1);
  });
});
