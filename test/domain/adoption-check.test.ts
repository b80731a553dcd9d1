import { describe, expect, it } from "vitest";
import { Inventory } from "../../src/contract/inventory.ts";
import { SiteFile } from "../../src/contract/site-file.ts";
import { adoptedEntries, unborneEntries } from "../../src/domain/adoption-check.ts";
import { digest } from "../support/ids.ts";

const file = (desired: object, adopted?: string) =>
  SiteFile.parse({
    url: "https://shop.example",
    tier: "production",
    desired,
    ...(adopted === undefined ? {} : { adopted: digest(adopted) }),
  });
const a = (version: string) => ({ a: { version, state: "active" } });
const inventory = (more: object = {}) =>
  Inventory.parse({
    version: 1,
    home: "https://shop.example",
    core: { version: "6.8" },
    plugins: [{ file: "a/a.php", slug: "a", version: "1.1", state: "active" }],
    themes: [],
    ...more,
  });

describe("what a file adopts", () => {
  it("is every value that it gains or changes beside a new `adopted` line", () => {
    const before = file({ core: { version: "6.8" }, plugins: a("1.0") }, "one");
    const after = { core: { version: "6.8" }, plugins: a("1.1"), options: { blogname: "B" } };
    const targets = adoptedEntries(before, file(after, "two")).map(({ target }) => target);
    expect(targets).toEqual(["plugins/a", "options/blogname"]);
    expect(adoptedEntries(before, file(after, "one"))).toEqual([]);
    expect(adoptedEntries(before, file(after))).toEqual([]);
    expect(adoptedEntries(null, file(after, "one"))).toHaveLength(3);
  });
  it("has to stand in the inventory, an option in one that tells options", () => {
    const entries = (desired: object) => adoptedEntries(null, file(desired, "one"));
    expect(unborneEntries(entries({ plugins: a("1.1") }), inventory())).toEqual([]);
    expect(unborneEntries(entries({ plugins: a("1.2") }), inventory())).toMatchObject([
      { target: "plugins/a", live: "1.1 active" },
    ]);
    const option = entries({ options: { blogname: "B" } });
    expect(unborneEntries(option, inventory())).toEqual([
      { target: "options/blogname", live: "not told" },
    ]);
    expect(unborneEntries(option, inventory({ options: { blogname: "B" } }))).toEqual([]);
    expect(unborneEntries(option, inventory({ options: { blogname: "C" } }))).toHaveLength(1);
  });
});
