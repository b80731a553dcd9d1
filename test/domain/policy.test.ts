import { describe, expect, it } from "vitest";
import { checkPolicy } from "../../src/domain/checks.ts";
import { decide } from "../../src/domain/decide.ts";
import { reviewFindings } from "../../src/domain/policy-findings.ts";
import { reviewPolicy } from "../../src/domain/policy.ts";
import { actor, at, config, facts, plan, proposal } from "../support/facts-builder.ts";
import {
  type Given,
  locked,
  policyOf,
  reviewWith,
  ruleFacts,
  update,
} from "../support/policy-builder.ts";

const young = update({ package: locked({ releasedAt: "2026-11-24T00:00:00Z" }) });
const unknown = update({ package: null });
const age = (enforcement: string, more = "") =>
  policyOf(
    `  - { id: age, assert: { package.ageDays: ">= 3" }, enforcement: ${enforcement}${more} }`,
  );
const first = (text: string, given: Given = {}) => {
  const [review] = reviewWith(text, given).rules;
  if (review === undefined) throw new Error("no rule was judged");
  return review;
};
const override = (rule: string, user: "carol" | "ana" = "carol") => ({
  overrides: [
    { rule, user: actor(user), reason: "under attack", at: at(250), digest: "d1", edited: false },
  ],
});

describe("a rule", () => {
  it.each([
    ["hard", [young], "failed", "blocked"],
    ["soft", [young], "failed", "blocked"],
    ["advisory", [young], "failed", "passed"],
    ["hard", [unknown], "unknown", "waiting"],
    ["soft", [unknown], "unknown", "waiting"],
    ["advisory", [unknown], "unknown", "passed"],
    ["hard", [update()], "passed", "passed"],
    ["hard", [update(), unknown], "unknown", "waiting"],
    ["hard", [unknown, young], "failed", "blocked"],
    ["hard", [update({ kind: "option.set" })], "not_applicable", "passed"],
    ["hard", [], "not_applicable", "passed"],
  ])(
    "that is %s over these changes is judged by the worst of them",
    (enforcement, changes, result, state) => {
      expect(first(age(enforcement), { changes })).toMatchObject({ result, state });
    },
  );

  it("is passed by an override only where it is soft and the right is held", () => {
    expect(first(age("soft"), { changes: [young], ...override("age") })).toMatchObject({
      result: "failed",
      state: "passed",
      overriddenBy: [13],
    });
    expect(first(age("soft"), { changes: [unknown], ...override("age") }).state).toBe("passed");
    expect(first(age("soft"), { changes: [young], ...override("age", "ana") }).state).toBe(
      "blocked",
    );
    expect(first(age("soft"), { changes: [young], ...override("other") }).state).toBe("blocked");
    expect(first(age("hard"), { changes: [young], ...override("age") }).state).toBe("blocked");
  });

  it("leaves off what its `unless` lets off, and shows why", () => {
    const text = age("hard", ", unless: { change.securityFix: true }");
    const affected = [{ package: "plugins/akismet", to: "5.4", name: "CVE-1" }];
    const fed = { ruleFacts: ruleFacts({ vulnerabilities: { at: at(0), affected } }) };
    const exempt = first(text, { changes: [young], ...fed });
    expect(exempt).toMatchObject({ result: "not_applicable", state: "passed" });
    expect(exempt.groups[0]).toMatchObject({
      isExempt: true,
      assert: [],
      unless: [{ clause: "change.securityFix", got: "true", wanted: "true", result: "passed" }],
    });
    const unfed = { ruleFacts: ruleFacts({ vulnerabilities: null }) };
    expect(first(text, { changes: [young], ...unfed }).state).toBe("blocked");
    const both = age("hard", ", unless: { change.securityFix: true, proposal.fork: true }");
    expect(first(both, { changes: [young], ...fed }).state).toBe("blocked");
  });

  it("counts only the sites that its `unless` does not let off", () => {
    const text = policyOf(
      '  - { id: own, unless: { change.direction: down }, assert: { plan.sites: "<= 1" }, enforcement: hard }',
    );
    const sites = [update({ site: "a" }), update({ site: "b", from: "5.5" })];
    expect(first(text, { changes: sites }).state).toBe("passed");
    expect(first(text, { changes: [...sites, update({ site: "c" })] }).state).toBe("blocked");
  });

  it("is about the changes that its `when` chooses, and waits where that is unread", () => {
    const text = policyOf(
      '  - { id: own, when: { tier: staging }, assert: { package.ageDays: ">= 3" }, enforcement: hard }',
    );
    expect(first(text, { changes: [young] })).toMatchObject({
      result: "not_applicable",
      groups: [],
    });
    expect(first(text, { changes: [{ ...young, tier: "staging" }] }).state).toBe("blocked");
    const unread = first(text, { changes: [{ ...young, tier: null }] });
    expect(unread).toMatchObject({ result: "unknown", state: "waiting" });
    expect(unread.groups[0]?.isChosen).toBeNull();
    expect(first(text, { changes: [update({ tier: null })] }).state).toBe("passed");
  });

  it("has one trace for each clause of each change, equal ones together", () => {
    const text = policyOf(
      '  - { id: own, assert: { package.ageDays: ">= 3", proposal.fork: false }, enforcement: hard }',
    );
    const sites = Array.from({ length: 1000 }, (_, index) => `site-${index}`);
    const changes = sites.flatMap((site) => [{ ...young, site }, update({ site })]);
    const { groups } = first(text, { changes, proposal: proposal({ fork: true }) });
    expect(groups.map(({ assert, changes: all }) => [assert, all.length])).toEqual([
      [
        [
          { clause: "package.ageDays", got: "0", wanted: ">= 3", result: "failed" },
          { clause: "proposal.fork", got: "true", wanted: "false", result: "failed" },
        ],
        1000,
      ],
      [
        [
          { clause: "package.ageDays", got: "30", wanted: ">= 3", result: "passed" },
          { clause: "proposal.fork", got: "true", wanted: "false", result: "failed" },
        ],
        1000,
      ],
    ]);
  });
});

describe("the policy's review", () => {
  const two = policyOf(
    [
      '  - { id: age, assert: { package.ageDays: ">= 3" }, enforcement: hard }',
      "  - { id: fork, assert: { proposal.fork: false }, enforcement: hard }",
    ].join("\n"),
  );
  it.each([
    [[update()], false, "passed"],
    [[unknown], false, "waiting"],
    [[unknown], true, "blocked"],
  ])("is the worst of its rules", (changes, fork, result) => {
    expect(reviewWith(two, { changes, proposal: proposal({ fork }) }).result).toBe(result);
  });

  it("finds the same for every rule that asks the same", () => {
    const both = policyOf(
      ["a", "b"]
        .map((id) => `  - { id: ${id}, assert: { package.ageDays: ">= 3" }, enforcement: hard }`)
        .join("\n"),
    );
    const found = reviewWith(both, { changes: [young, update()] }).rules;
    expect(found.map(({ groups }) => groups.map(({ result }) => result))).toEqual([
      ["failed", "passed"],
      ["failed", "passed"],
    ]);
  });

  it("tells every rule as findings, at the line that asks for the change", () => {
    const found = reviewFindings(reviewWith(two, { changes: [young, unknown] }));
    expect(found).toEqual([
      {
        rule: "age",
        severity: "error",
        result: "blocked",
        file: "sites/shop.yml",
        line: 7,
        trace: ["package.ageDays: got 0, wanted >= 3: failed"],
      },
      {
        rule: "age",
        severity: "warning",
        result: "waiting",
        file: "sites/shop.yml",
        line: 7,
        trace: ["package.ageDays: got not known, wanted >= 3: unknown"],
      },
      {
        rule: "fork",
        severity: "note",
        result: "passed",
        file: "sites/shop.yml",
        line: 7,
        trace: ["proposal.fork: got false, wanted false: passed"],
      },
    ]);
  });

  it("tells advice as a warning, what was overridden as a note, what does not apply as that", () => {
    const advice = reviewFindings(reviewWith(age("advisory"), { changes: [young] }));
    expect(advice).toMatchObject([{ severity: "warning", result: "passed" }]);
    const soft = reviewFindings(reviewWith(age("soft"), { changes: [young], ...override("age") }));
    expect(soft).toMatchObject([{ severity: "note", result: "passed" }]);
    const none = reviewFindings(reviewWith(age("hard"), { changes: [] }));
    expect(none).toMatchObject([{ file: null, line: null, trace: ["no change is concerned"] }]);
    const exempt = age("hard", ", unless: { proposal.fork: false }");
    expect(reviewFindings(reviewWith(exempt))).toMatchObject([
      {
        result: "passed",
        trace: ["unless proposal.fork: got false, wanted false: passed", "exempt"],
      },
    ]);
    const { cause: _, ...placeless } = young;
    expect(reviewFindings(reviewWith(age("hard"), { changes: [placeless] }))).toMatchObject([
      { file: null, line: null },
    ]);
  });
});

describe("the policy check", () => {
  const check = (text: string, given: Parameters<typeof facts>[0]) => {
    const all = facts({ checks: {}, plan: plan([young]), ruleFacts: ruleFacts(), ...given });
    return checkPolicy(config(text), all, all.plan?.changes ?? []);
  };
  it("is the rules' result, with the traces beside it", () => {
    expect(check(age("hard"), {})).toMatchObject({ result: "blocked", reason: "policy_blocked" });
    expect(check(age("hard"), {}).review?.rules).toHaveLength(1);
    expect(check(age("advisory"), {})).toMatchObject({ result: "passed", reason: null });
    expect(check(age("hard"), { plan: plan([unknown]) })).toMatchObject({
      result: "waiting",
      reason: "rules_not_judged",
    });
  });
  it("takes a given result as it is, and judges no rule", () => {
    const given = check(age("hard"), { checks: { policy: "passed" } });
    expect(given).toMatchObject({ result: "passed", review: null });
  });
  it("waits for a plan wherever there is a rule", () => {
    const computing = plan([], { state: "computing" });
    expect(check(age("hard"), { plan: computing })).toMatchObject({
      result: "waiting",
      reason: "rules_not_judged",
      review: null,
    });
    expect(check(age("hard"), { plan: plan([], { changes: null }) }).result).toBe("waiting");
    expect(check(policyOf(""), { plan: computing })).toMatchObject({ result: "passed" });
  });
  it("asks built-in rules only where the facts speak of what they look at", () => {
    const silent = facts({ plan: plan([young]) });
    const text = policyOf("").replace("release-age: off", "release-age: hard");
    expect(reviewPolicy(config(text), silent, silent.plan?.changes ?? []).rules).toEqual([]);
    expect(reviewWith(text, { changes: [young] }).result).toBe("blocked");
  });
});

describe("the answer to facts", () => {
  it("holds the rules' findings, and their result in the verdict", () => {
    const text = age("hard");
    const given = {
      checks: { rollback: "passed" as const },
      config: { state: "ok" as const, text },
    };
    const answer = decide(facts({ ...given, plan: plan([young]), ruleFacts: ruleFacts() }));
    expect(answer.verdict).toBe("blocked");
    expect(answer.findings).toContainEqual({
      rule: "age",
      severity: "error",
      result: "blocked",
      file: "sites/shop.yml",
      line: 7,
      trace: ["package.ageDays: got 0, wanted >= 3: failed"],
    });
    expect(
      decide(facts({ ...given, plan: plan([update()]), ruleFacts: ruleFacts() })).verdict,
    ).toBe("passed");
    const unread = decide(facts({ ...given, plan: plan([unknown]), ruleFacts: null }));
    expect(unread.verdict).toBe("waiting");
  });
});
