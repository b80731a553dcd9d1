import { describe, expect, it } from "vitest";
import {
  heldBy,
  overrideSteps,
  ruleAnnotations,
  ruleTree,
  warningCount,
} from "../../src/render/policy-rules.ts";
import { actor, at, proposal } from "../support/facts-builder.ts";
import { type Given, locked, policyOf, reviewWith, update } from "../support/policy-builder.ts";

const young = update({ package: locked({ releasedAt: "2026-11-24T00:00:00Z" }) });
const rule = (id: string, enforcement: string, more = "") =>
  `  - { id: ${id}, assert: { package.ageDays: ">= 3" }, enforcement: ${enforcement}${more} }`;
const fork = "  - { id: fork, assert: { proposal.fork: false }, enforcement: hard }";
const deletes =
  '  - { id: other, when: { kind: plugin.delete }, assert: { plan.sites: "<= 1" }, enforcement: hard }';
const review = (rules: string[], given: Given = { changes: [young] }) =>
  reviewWith(policyOf(rules.join("\n")), given);
const override = {
  overrides: [
    {
      rule: "age",
      user: actor("carol"),
      reason: "attack",
      at: at(250),
      digest: "d1",
      edited: false,
    },
  ],
};

describe("the tree of rules", () => {
  it("shows what holds the plan with its traces, and folds the rest", () => {
    expect(ruleTree(review([rule("age", "soft", ", message: Wait."), fork, deletes]))).toBe(
      [
        "- ❌ `age` soft: Wait.",
        "  - ❌ `plugin.update plugins/akismet` on `shop`",
        String.raw`    - ❌ ${"`package.ageDays`"} got 0, wanted &gt;= 3`,
        "",
        "<details><summary>1 rule passed, 1 not applicable</summary>",
        "",
        "- ✅ `fork`",
        "  - ✅ `proposal.fork` got false, wanted false",
        "- ➖ `other`: does not apply to this plan",
        "",
        "</details>",
      ].join("\n"),
    );
  });

  it("marks advice, waiting and overridden rules, the worst first", () => {
    const unknown = update({ package: null });
    const lines = (given: Given, ...rules: string[]) =>
      ruleTree(review(rules, given))
        .split("\n")
        .filter((line) => line.startsWith("- "));
    expect(lines({ changes: [young] }, rule("advice", "advisory"), rule("age", "hard"))).toEqual([
      "- ❌ `age` hard",
      "- ⚠️ `advice` advisory",
    ]);
    expect(lines({ changes: [unknown] }, rule("age", "hard"))).toEqual(["- ⏳ `age` hard"]);
    expect(lines({ changes: [young], ...override }, rule("age", "soft"))).toEqual([
      "- ☑️ `age` soft, overridden by 1 person",
    ]);
  });

  it("says where a rule may not apply, and what was let off", () => {
    const chosen = rule("age", "hard", ", when: { tier: staging }");
    expect(ruleTree(review([chosen], { changes: [{ ...young, tier: null }] }))).toContain(
      "whether the rule applies is not known",
    );
    const exempt = rule("age", "hard", ", unless: { proposal.fork: false }");
    expect(ruleTree(review([exempt]))).toContain("does not apply to this plan (1 change exempt)");
  });

  it("keeps a thousand findings short, and counts what it leaves out", () => {
    const changes = Array.from({ length: 1000 }, (_, index) =>
      update({
        site: `s${index}`,
        target: `plugins/p${index}`,
        package: locked({ bytes: index + 1 }),
      }),
    );
    const rules = Array.from(
      { length: 100 },
      (_, index) => `  - { id: r${index}, assert: { package.bytes: "> 5000" }, enforcement: hard }`,
    );
    const text = ruleTree(review(rules, { changes }));
    expect(text.length).toBeLessThan(45_000);
    expect(text).toContain("  - …and 995 more findings");
    expect(text).toMatch(/- …and \d+ more rules?/u);
    const same = changes.map((change) => ({ ...change, package: locked() }));
    expect(ruleTree(review(rules.slice(0, 1), { changes: same }))).toContain(
      "`plugin.update plugins/p0` and 999 more changes on `s0`, `s1`, `s2`, `s3`, `s4` and 995 more sites",
    );
  });

  it("shows untrusted text as it is", () => {
    const evil = update({ site: "a|b", target: "plugins/`x` @admins <img>", package: null });
    const text = ruleTree(review([rule("age", "hard")], { changes: [evil] }));
    expect(text).not.toContain("a|b");
    expect(text).toContain("``plugin.update plugins/`x` @admins <img>``");
  });
});

describe("the title", () => {
  it("names what refuses, what is missing, and what may be overridden", () => {
    expect(heldBy(review([rule("age", "hard")]))).toBe("Refused by age");
    expect(heldBy(review([rule("age", "soft")]))).toBe(
      "Refused by age; an override would let it pass",
    );
    const four = ["a", "b", "c", "d", "e"].map((id) => rule(id, "hard"));
    expect(heldBy(review(four))).toBe("Refused by a, b, c and 2 more");
    const unknown = { changes: [update({ package: null })] };
    expect(heldBy(review([rule("age", "hard")], unknown))).toBe("Facts are missing for age");
    expect(warningCount(review([rule("age", "advisory"), rule("b", "hard")]))).toBe(1);
  });
});

describe("notes on the proposal's lines", () => {
  it("say each line once, the worst first", () => {
    const changes = [young, { ...young, site: "other" }, update({ package: null })];
    expect(
      ruleAnnotations(
        review([rule("advice", "advisory"), rule("age", "hard", ", message: Wait.")], { changes }),
      ),
    ).toEqual([
      {
        path: "sites/shop.yml",
        line: 7,
        column: 16,
        level: "failure",
        message: "age (hard): Wait.\npackage.ageDays: got 0, wanted >= 3",
      },
      expect.objectContaining({
        level: "warning",
        message: expect.stringMatching(/^advice \(advisory\)/u),
      }),
      expect.objectContaining({ level: "warning" }),
      expect.objectContaining({
        level: "warning",
        message: expect.stringContaining("got not known"),
      }),
    ]);
  });
  it("say nothing of what passes or has no line, and mark what was overridden", () => {
    const { cause: _, ...placeless } = young;
    expect(ruleAnnotations(review([rule("age", "hard"), fork], { changes: [placeless] }))).toEqual(
      [],
    );
    expect(
      ruleAnnotations(review([rule("age", "soft")], { changes: [young], ...override })),
    ).toMatchObject([{ level: "notice", message: expect.stringContaining("(soft, overridden)") }]);
  });
});

describe("what to paste", () => {
  it("is an override for each rule that alone holds the plan", () => {
    const [step, ...rest] = overrideSteps(review([rule("age", "soft")]));
    expect(step).toMatch(/^Or `\/countersign override age <reason>`: /u);
    expect(rest).toEqual([]);
  });
  it("is none where a hard rule holds it too, where one was given, or where nothing is held", () => {
    const forked = { changes: [young], proposal: proposal({ fork: true }) };
    expect(overrideSteps(review([rule("age", "soft"), fork], forked))).toEqual([]);
    expect(overrideSteps(review([rule("age", "soft")], { changes: [young], ...override }))).toEqual(
      [],
    );
    expect(overrideSteps(review([rule("age", "advisory")]))).toEqual([]);
  });
});
