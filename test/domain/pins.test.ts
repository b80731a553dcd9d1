import { describe, expect, it } from "vitest";
import { editSiteFile } from "../../src/contract/site-file-edit.ts";
import { inverseEdits } from "../../src/domain/inverse-edits.ts";
import { pinEdits } from "../../src/domain/pins.ts";
import { isRecovery } from "../../src/domain/recovery.ts";
import { baseline, lock, plan, site, tree } from "../support/control-tree.ts";
import { site as siteId } from "../support/ids.ts";

const shop = siteId("shop");
const all = (version: string) =>
  [
    `core: { version: "7.1.1", autoPatch: true }`,
    `connector: { version: "0.1.0" }`,
    `plugins: { hello: { version: "${version}", state: active }, old: { state: absent } }`,
    `themes: { storefront: { version: "4.6", state: active } }`,
    `options: { blogname: Acme }`,
  ].join(", ");
const targets = (...names: string[]) => new Set(names);

describe("pinEdits", () => {
  const fleet = tree(baseline("base", all("1.1")), site("shop"));

  it.each<[string, unknown[]]>([
    [
      "plugins/hello",
      [{ path: ["desired", "plugins", "hello"], value: { version: "1.1", state: "active" } }],
    ],
    ["plugins/old", [{ path: ["desired", "plugins", "old"], value: { state: "absent" } }]],
    [
      "themes/storefront",
      [{ path: ["desired", "themes", "storefront"], value: { version: "4.6", state: "active" } }],
    ],
    ["options/blogname", [{ path: ["desired", "options", "blogname"], value: "Acme" }]],
    ["connector", [{ path: ["desired", "connector", "version"], value: "0.1.0" }]],
    [
      "core",
      [
        { path: ["desired", "core", "version"], value: "7.1.1" },
        { path: ["desired", "core", "autoPatch"], value: true },
      ],
    ],
  ])("writes what a baseline gives: %s", (target, edits) => {
    expect(pinEdits(fleet, shop, targets(target))).toEqual(edits);
  });
  it("leaves alone what the site's own file says, and what is not asked for", () => {
    const own = tree(
      fleet.size > 0 ? Object.fromEntries(fleet) : {},
      site("shop", `plugins: { hello: { version: "1.0", state: active } }`),
    );
    expect(pinEdits(own, shop, targets("plugins/hello"))).toEqual([]);
    expect(pinEdits(fleet, shop, targets("plugins/none"))).toEqual([]);
  });
  it("pins nothing where the site has no file that can be read", () => {
    expect(pinEdits(tree(baseline("base", all("1.1"))), shop, targets("core"))).toEqual([]);
    expect(pinEdits(tree({ "sites/shop.yml": "url: [" }), shop, targets("core"))).toEqual([]);
  });
  it("makes the way back from a baseline's update a recovery of this site alone", () => {
    const locks = tree(lock("plugins/hello@1.0"), lock("plugins/hello@1.1"));
    const hello = (version: string) =>
      `plugins: { hello: { version: "${version}", state: active } }`;
    const sites = { ...site("shop"), ...site("blog") };
    const before = new Map([...locks, ...tree(baseline("base", hello("1.0")), sites)]);
    const after = new Map([...locks, ...tree(baseline("base", hello("1.1")), sites)]);
    const forward = plan(before, after).sitePlans.get(shop)!;
    const pins = pinEdits(after, shop, targets("plugins/hello"));
    const text = editSiteFile(String(after.get("sites/shop.yml")), [
      ...pins,
      ...inverseEdits(forward.steps)!,
    ])!;
    const back = plan(after, new Map([...after, ["sites/shop.yml", text]]));
    expect([...back.sitePlans.keys()]).toEqual(["shop"]);
    expect(isRecovery(back.sitePlans.get(shop)!, forward)).toBe(true);
  });
});
