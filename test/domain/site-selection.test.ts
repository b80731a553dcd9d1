import { describe, expect, it } from "vitest";
import { SiteSelector } from "../../src/contract/selector.ts";
import { selectsSite } from "../../src/domain/site-selection.ts";
import { site } from "../support/ids.ts";

const shop = { site: site("shop"), tier: "production", labels: { client: "acme", eu: "yes" } };

describe("selectsSite", () => {
  it.each([
    [{}, true],
    [{ tier: "production" }, true],
    [{ tier: ["staging", "production"] }, true],
    [{ tier: "staging" }, false],
    [{ sites: ["shop", "blog"] }, true],
    [{ sites: "blog" }, false],
    [{ labels: { client: "acme" } }, true],
    [{ labels: { client: ["x", "acme"], eu: "yes" } }, true],
    [{ labels: { client: "acme", eu: "no" } }, false],
    [{ labels: { missing: "x" } }, false],
    [{ tier: "production", sites: "blog" }, false],
  ])("judges %j as %s: every word has to hold", (when, expected) => {
    expect(selectsSite(SiteSelector.parse(when), shop)).toBe(expected);
  });
  it("knows no label that every object inherits", () => {
    const inherited = { labels: { toString: [String(Reflect.get({}, "toString"))] } };
    expect(selectsSite(inherited, shop)).toBe(false);
  });
});
