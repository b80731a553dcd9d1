import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeLevels } from "../../src/domain/readiness-levels.ts";
import { at, change, config, facts, plan, POLICY } from "../support/facts-builder.ts";

const policy = config(`${POLICY}readiness:
  - { when: { tier: production }, loopback: proved, restoreDrill: { level: declared, maxAge: 1h } }
  - { when: { tier: staging }, loopback: unknown }
`);
type Given = FactsInput["readiness"];
const pointsOf = (readiness: Given, changes = [change()]) => {
  const given = facts({ now: at(3600), readiness: readiness ?? null, plan: plan(changes) });
  return judgeLevels(policy, given, given.plan?.changes ?? []);
};
const judge = (readiness: Given, changes = [change()]) => {
  const results = new Set(pointsOf(readiness, changes).map(({ result }) => result));
  return (["blocked", "waiting", "passed"] as const).find((one) => results.has(one)) ?? null;
};
const shop = (items: object): Given => ({ shop: items as Record<string, "proved"> });
const drill = { level: "proved", at: at(0) };

describe("readiness by given levels", () => {
  it("passes at the demanded level and age, to the last second", () => {
    expect(judge(shop({ loopback: "proved", restoreDrill: drill }))).toBe("passed");
    expect(judge(shop({ loopback: "proved", restoreDrill: { ...drill, level: "declared" } }))).toBe(
      "passed",
    );
  });

  it.each<[string, object]>([
    ["an item is missing", { loopback: "proved" }],
    ["an item could not be read", { loopback: null, restoreDrill: drill }],
    ["an item is weaker", { loopback: "declared", restoreDrill: drill }],
    ["an item is unknown", { loopback: "unknown", restoreDrill: drill }],
    ["an item is too old", { loopback: "proved", restoreDrill: { ...drill, at: at(-1) } }],
    ["an item is of the future", { loopback: "proved", restoreDrill: { ...drill, at: at(3661) } }],
    ["an item has no time", { loopback: "proved", restoreDrill: "proved" }],
  ])("waits where %s", (_, items) => {
    expect(judge(shop(items))).toBe("waiting");
  });

  it("is blocked by an item that failed, whatever is demanded", () => {
    expect(judge(shop({ loopback: "failed", restoreDrill: drill }))).toBe("blocked");
    const staging = [change({ tier: "staging" })];
    expect(judge(shop({ loopback: "failed" }), staging)).toBe("blocked");
    expect(judge(shop({ loopback: "unknown" }), staging)).toBe("passed");
  });

  it("waits for a site of which nothing is known, and for a token that nobody verified", () => {
    for (const readiness of [null, {}, { shop: null }, { shop: "a.b.c" }, { blog: {} }]) {
      expect(judge(readiness)).toBe("waiting");
    }
  });

  it("demands nothing of sites that the policy does not name, and of control changes", () => {
    expect(judge(null, [change({ tier: "development" })])).toBeNull();
    expect(judge(null, [change({ kind: "site.adopt" })])).toBeNull();
  });

  it("judges every touched site", () => {
    const good = { loopback: "proved", restoreDrill: drill };
    const both = [change(), change({ site: "blog" })];
    expect(judge({ shop: good, blog: good } as Given, both)).toBe("passed");
    expect(judge({ shop: good } as Given, both)).toBe("waiting");
  });

  it("says of each item what was found, how old it is, and what is wanted", () => {
    const words = (items: object) =>
      pointsOf(shop(items)).map(
        ({ site, item, got, wanted }) => `${site} ${item} ${got}; ${wanted}`,
      );
    expect(words({ loopback: "declared", restoreDrill: { ...drill, at: at(-3600) } })).toEqual([
      "shop loopback declared; proved",
      "shop restoreDrill proved, 2 h old; declared, at most 1 h old",
    ]);
    expect(words({ loopback: "failed", restoreDrill: { ...drill, at: at(7200) } })).toEqual([
      "shop loopback failed; proved",
      "shop restoreDrill proved, 0 s old; declared, at most 1 h old",
    ]);
    expect(words({})[0]).toBe("shop loopback not known; proved");
  });
});
