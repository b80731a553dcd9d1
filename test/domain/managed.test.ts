import { describe, expect, it } from "vitest";
import { DesiredState } from "../../src/contract/desired-state.ts";
import { effectiveState, entriesOf } from "../../src/domain/effective-state.ts";
import { managedOf } from "../../src/domain/managed.ts";

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
