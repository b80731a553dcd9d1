import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FleetPlan, SitePlan } from "../../src/contract/plan.ts";
import { parseCanonical } from "../../src/signing/canonical.ts";
import { digestOfBytes, digestOfText } from "../../src/signing/digest.ts";
import { planTexts } from "../../src/signing/plan-text.ts";
import { baseline, lock, plan, site, tree } from "../support/control-tree.ts";
import { type PlanCase, PLANS, plansText } from "../vectors/plan/generate.ts";

const stored = readFileSync(PLANS, "utf8");
const { cases } = JSON.parse(stored) as { cases: PlanCase[] };

describe("the golden plans", () => {
  it("are what the trees come to, byte for byte", () => {
    expect(plansText()).toBe(stored);
  });
  it("have texts that the schemas accept and digests that anyone can compute", () => {
    for (const { fleet, sites } of cases) {
      if (fleet === null) continue;
      const { sites: list } = FleetPlan.parse(parseCanonical(fleet.text));
      expect(digestOfText(fleet.text)).toBe(fleet.digest);
      expect(list).toEqual(
        Object.entries(sites).map(([id, { digest }]) => ({ site: id, plan: digest })),
      );
      for (const { text, digest } of Object.values(sites)) {
        expect(SitePlan.safeParse(parseCanonical(text)).success).toBe(true);
        expect(digestOfText(text)).toBe(digest);
        expect(text).not.toContain("acme");
      }
    }
  });
  it("include one that failed, which has no digest", () => {
    const failed = cases.filter(({ fleet }) => fleet === null);
    expect(failed.map(({ id }) => id)).toEqual(["missing-lock"]);
    expect(failed[0]?.errors).toEqual(["sites/a.yml:5:23 plugins/shop@9.9 has no package lock"]);
  });
});

describe("planTexts", () => {
  const shop = (version: string) => `plugins: { shop: { version: "${version}", state: active } }`;
  const locks = [lock("plugins/shop@1.0"), lock("plugins/shop@1.1")];
  const sites = [site("a"), site("b")];
  const result = planTexts(
    plan(
      tree(...locks, ...sites, baseline("all", shop("1.0"))),
      tree(...locks, ...sites, baseline("all", shop("1.1"))),
    ),
  );
  it("gives equal sites one text", () => {
    const [a, b] = [...(result?.sites.values() ?? [])];
    expect(a).toBe(b);
  });
  it("digests policy files by their bytes, whether they are text or not", () => {
    const digestOf = (content: string | Uint8Array) => {
      const texts = planTexts(plan(tree(), tree({ ".github/x": content })));
      return FleetPlan.parse(parseCanonical(texts!.fleet.text)).control[0]?.to;
    };
    expect(digestOf("é")).toBe(digestOfText("é"));
    expect(digestOf(new Uint8Array([255]))).toBe(digestOfBytes(new Uint8Array([255])));
  });
});
