import { site } from "../support/ids.ts";
import { describe, expect, it } from "vitest";
import { DesiredState } from "../../src/contract/desired-state.ts";
import { effectiveState, entriesOf } from "../../src/domain/effective-state.ts";
import { managedIn, managedOf } from "../../src/domain/managed.ts";

const managed = (desired: unknown, baseline: unknown = {}) =>
  managedOf(
    effectiveState(entriesOf(DesiredState.parse(desired), null), [
      entriesOf(DesiredState.parse(baseline), "baselines/all.yml"),
    ]).entries,
    { volatile: ["plugins/akismet/cache/**"] },
  );

describe("what a site is told of its desired state", () => {
  it("names the software of its own file and its baselines, sorted, and no options", () => {
    expect(
      managed(
        {
          core: { version: "7.1.1" },
          plugins: { zeta: { state: "absent" } },
          themes: { storefront: { version: "4.6.0", state: "active" } },
          options: { blogname: "Shop" },
        },
        { plugins: { akismet: { version: "5.4", state: "active" } } },
      ),
    ).toEqual({
      autoPatch: false,
      managed: ["core", "plugins/akismet", "plugins/zeta", "themes/storefront"],
      volatile: ["plugins/akismet/cache/**"],
    });
  });
  it("says whether core's security releases stay on", () => {
    expect(managed({ core: { version: "7.1.1", autoPatch: true } }).autoPatch).toBe(true);
    expect(managed({}, { core: { version: "7.1.1", autoPatch: true } }).autoPatch).toBe(true);
  });
  it("names nothing where nothing is desired", () => {
    expect(managed({})).toEqual({
      autoPatch: false,
      managed: [],
      volatile: ["plugins/akismet/cache/**"],
    });
  });
});

describe("what the sites of a tree are told", () => {
  const own =
    "url: https://shop.example\ntier: production\ndesired: { core: { version: '7.1.1' } }\n";
  const baseline =
    "when: {}\ndesired: { plugins: { akismet: { version: '5.4', state: active } } }\n";
  const told = (files: Record<string, string>) =>
    managedIn(new Map(Object.entries({ "sites/shop.yml": own, ...files })))(site("shop"));
  it("is their own file and the baselines that choose them", () => {
    expect(told({})?.managed).toEqual(["core"]);
    expect(told({ "baselines/all.yml": baseline })?.managed).toEqual(["core", "plugins/akismet"]);
  });
  it("is nothing where a file cannot be read: never less than what is managed", () => {
    expect(told({ "baselines/all.yml": "desired: 3\n" })).toBeNull();
    expect(told({ "sites/shop.yml": "url: no\n" })).toBeNull();
    expect(managedIn(new Map())(site("shop"))).toBeNull();
  });
});
