import { describe, expect, it } from "vitest";
import { Inventory } from "../../src/contract/inventory.ts";
import { SiteFile } from "../../src/contract/site-file.ts";
import { adoptionOf } from "../../src/domain/adoption.ts";

const file = (desired: object = {}): SiteFile =>
  SiteFile.parse({ url: "https://shop.example", tier: "production", desired });
const plugin = (slug: string, over: object = {}) => ({
  file: `${slug}/${slug}.php`,
  slug,
  version: "1.0",
  state: "active",
  ...over,
});
const inventory = (over: object = {}): Inventory =>
  Inventory.parse({
    version: 1,
    home: "https://shop.example",
    core: { version: "7.1.1" },
    plugins: [plugin("shop"), plugin("akismet", { state: "inactive" }), plugin("zoom")],
    themes: [{ slug: "plain", version: "2.1", state: "active" }],
    ...over,
  });

describe("adoptionOf", () => {
  it("takes over what the site runs, in order of the names", () => {
    const adoption = adoptionOf(inventory(), file());
    expect(adoption).toEqual({
      core: { version: "7.1.1" },
      plugins: {
        akismet: { version: "1.0", state: "inactive" },
        shop: { version: "1.0", state: "active" },
        zoom: { version: "1.0", state: "active" },
      },
      themes: { plain: { version: "2.1", state: "active" } },
      left: [],
    });
    expect(Object.keys(adoption?.plugins ?? {})).toEqual(["akismet", "shop", "zoom"]);
  });
  it.each([
    ["a version that is none", { version: "trunk" }],
    ["no version", { version: null }],
    ["a state of its own", { state: "must-use" }],
    ["one file without a folder", { file: "hello.php" }],
    ["a name that is none", { slug: "Not A Slug" }],
  ])("leaves what has %s, and says so", (_name, over) => {
    const odd = plugin("odd", over);
    const adoption = adoptionOf(inventory({ plugins: [odd] }), file());
    expect([adoption?.plugins, adoption?.left]).toEqual([{}, [odd.slug]]);
  });
  it("never adopts the connector, nor a core without a version", () => {
    const given = inventory({ plugins: [plugin("countersign")], core: { version: "7.1-beta" } });
    expect(adoptionOf(given, file())).toMatchObject({ core: null, plugins: {}, left: [] });
  });
  it.each([
    ["a core", { core: { version: "7.1" } }],
    ["a plugin", { plugins: { shop: { version: "2.0", state: "active" } } }],
    ["a theme", { themes: { plain: { state: "absent" } } }],
    ["an option", { options: { blogdescription: "Bread" } }],
  ])("leaves a file alone that desires %s", (_name, desired) => {
    expect(adoptionOf(inventory(), file(desired))).toBeNull();
  });
});
