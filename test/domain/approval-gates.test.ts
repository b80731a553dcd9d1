import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import {
  at,
  change,
  type ChangeInput,
  config,
  facts,
  ids,
  opsTeam,
  plan,
  POLICY,
  policyWith,
  proposal,
  review,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput>, policy: string = POLICY) =>
  judgeApprovals(config(policy), facts(over));
const gatesOf = (changes: ChangeInput[], policy: string = POLICY) =>
  judge({ plan: plan(changes) }, policy).gates.map(({ name }) => name);
const members = (...numbers: number[]) => ({
  "acme/ops": { ...opsTeam, members: numbers.map((id) => ({ id, state: "active" as const })) },
});

describe("which gates ask", () => {
  const both = policyWith(
    `  - { name: all, require: [{ role: operators, count: 1 }] }
  - { name: risky shop, when: { tier: production, risk: high }, require: [{ role: security, count: 1 }] }`,
  );

  it("a gate matches when one planned change meets all its conditions", () => {
    const [risky, shop] = [
      change({ risk: "high", tier: "staging" }),
      change({ risk: "low", tier: "production" }),
    ];
    expect(gatesOf([risky, shop], both)).toEqual(["all"]);
    expect(gatesOf([change({ risk: "high" }), shop], both)).toEqual(["all", "risky shop"]);
  });

  it.each<[string, Partial<ChangeInput>, boolean]>([
    ["labels: { client: acme }", {}, true],
    ["labels: { client: [other, acme] }", {}, true],
    ["labels: { client: other }", {}, false],
    ["labels: { constructor: acme }", {}, false],
    ["sites: shop", {}, true],
    ["sites: [blog]", {}, false],
    ["kind: plugin.update", {}, true],
    ["kind: [theme.update]", {}, false],
    ["tier: production", { site: null, kind: "policy.change" }, false],
    ["labels: { client: acme }", { site: null, kind: "policy.change" }, false],
    ["sites: shop", { site: null, kind: "policy.change" }, false],
  ])("%s on %j: %s", (when, over, matches) => {
    const policy = policyWith(
      `  - { name: all, require: [{ role: operators, count: 1 }] }
  - { name: some, when: { ${when} }, require: [{ role: operators, count: 1 }] }`,
    );
    expect(gatesOf([change(over)], policy).includes("some")).toBe(matches);
  });

  it("every planned change must be matched by at least one gate", () => {
    const policy = policyWith(
      "  - { name: g, when: { tier: production }, require: [{ role: operators, count: 1 }] }",
    );
    const uncovered = change({ site: "blog", tier: "staging" });
    expect(judge({ plan: plan([change(), uncovered]) }, policy)).toMatchObject({
      result: "blocked",
      reason: "uncovered_change",
      problems: [{ evidence: ["plugin.update blog"] }],
    });
    const nowhere = change({ site: null, kind: "baseline.change" });
    expect(judge({ plan: plan([nowhere]) }, policy)).toMatchObject({
      reason: "uncovered_change",
      problems: [{ evidence: ["baseline.change"] }],
      discounted: [{ id: ids.ana, reason: "not_in_role" }],
    });
  });

  it.each<[string, Partial<ChangeInput>]>([
    ["risk: high", { risk: null }],
    ["tier: staging", { tier: null }],
    ["labels: { client: other }", { labels: null }],
  ])("waits where %s hangs on a fact that could not be read", (when, over) => {
    const policy = policyWith(
      `  - { name: all, require: [{ role: operators, count: 1 }] }
  - { name: some, when: { ${when} }, require: [{ role: operators, count: 1 }] }`,
    );
    expect(judge({ plan: plan([change(over)]) }, policy)).toMatchObject({
      result: "waiting",
      reason: "facts_unread",
      problems: [{ evidence: ["some"] }],
    });
  });

  it("an unread fact decides nothing where another word says no", () => {
    const policy = policyWith(
      `  - { name: all, require: [{ role: operators, count: 1 }] }
  - { name: some, when: { risk: high, tier: staging }, require: [{ role: operators, count: 1 }] }`,
    );
    expect(judge({ plan: plan([change({ risk: null })]) }, policy).result).toBe("passed");
  });

  it("a change that only an unread gate might cover is not called uncovered", () => {
    const policy = policyWith(
      "  - { name: g, when: { risk: low }, require: [{ role: operators, count: 1 }] }",
    );
    expect(judge({ plan: plan([change({ risk: null })]) }, policy).reason).toBe("facts_unread");
  });
});

describe("seats", () => {
  const two = policyWith(
    `  - name: g
    require: [{ role: operators, count: 1 }, { role: security, count: 1 }]`,
  );
  const carolIsBoth = members(ids.carol, ids.ana, ids.opener);

  it("people are assigned so that as many as possible are filled, not first come", () => {
    const reviews = [review("carol"), review("ana")];
    const result = judge({ teams: carolIsBoth, reviews }, two);
    expect(result.result).toBe("passed");
    expect(result.gates[0]?.seats.map(({ filledBy }) => filledBy)).toEqual([
      [ids.ana],
      [ids.carol],
    ]);
  });

  it("one person fills one seat, though counted for both roles", () => {
    expect(judge({ teams: carolIsBoth, reviews: [review("carol")] }, two)).toMatchObject({
      result: "waiting",
      counted: [ids.carol],
      gates: [{ missing: 1 }],
    });
  });

  it("whoever counts for one requirement is not discounted for another", () => {
    const risky = { plan: plan([change({ risk: "high" })]), reviews: [review("ana")] };
    expect(judge(risky)).toMatchObject({
      counted: [ids.ana],
      discounted: [],
      gates: [{ discounted: [] }, { discounted: [{ id: ids.ana, reason: "not_in_role" }] }],
    });
  });

  it("one short gate is known to be wrong, whatever another has", () => {
    const risky = { plan: plan([change({ risk: "high" })]), reviews: [review("ana")] };
    expect(judge(risky)).toMatchObject({ result: "waiting", isKnownWrong: true });
    expect(judge({ ...risky, reviewsComplete: false }).isKnownWrong).toBe(false);
  });

  it("requirements of different gates need distinct people as well", () => {
    const policy = policyWith(
      `  - { name: one, require: [{ role: operators, count: 1 }] }
  - { name: other, require: [{ role: operators, count: 1 }] }`,
    );
    expect(judge({}, policy)).toMatchObject({
      result: "waiting",
      gates: [
        { name: "one", result: "passed" },
        { name: "other", missing: 1 },
      ],
    });
    expect(judge({ reviews: [review("ana"), review("ben")] }, policy).result).toBe("passed");
  });

  it("distinct: false uses no seats", () => {
    const policy = policyWith(
      `  - { name: one, require: [{ role: operators, count: 1 }] }
  - { name: other, distinct: false, require: [{ role: operators, count: 1 }] }`,
    );
    expect(judge({}, policy).result).toBe("passed");
    expect(judge({ reviews: [] }, policy).gates).toMatchObject([{ missing: 1 }, { missing: 1 }]);
  });

  it("requirements that their present holders cannot meet are blocked and say how many there are", () => {
    const policy = policyWith("  - { name: g, require: [{ role: operators, count: 3 }] }");
    const result = judge({}, policy);
    expect(result).toMatchObject({ result: "blocked", reason: "too_few_holders" });
    expect(result.gates[0]?.seats[0]).toMatchObject({ able: 2, missing: 2 });
  });

  it("requirements that can be met each but not together are blocked", () => {
    const both = members(ids.carol, ids.opener);
    const alone = two.replace(", { login: dan, id: 14 }", "");
    expect(judge({ teams: both, reviews: [] }, alone).reason).toBe("too_few_holders");
    expect(judge({ teams: both, reviews: [] }, two).reason).toBe("missing_approvals");
  });
});

describe("rights that a plan needs", () => {
  const policyChange = change({ site: null, kind: "policy.change" });

  it("change-policy is a requirement with a seat of its own", () => {
    const result = judge({ plan: plan([policyChange]), reviews: [review("ana"), review("carol")] });
    expect(result).toMatchObject({ result: "passed", counted: [ids.ana, ids.carol] });
    expect(result.gates.map(({ name }) => name)).toEqual(["operators", "rights.change-policy"]);
    expect(judge({ plan: plan([policyChange]) }).result).toBe("waiting");
  });

  it.each([change({ kind: "connector.pair" }), change({ kind: "site.edit", url: true })])(
    "pair is needed for %j",
    (needs) => {
      expect(gatesOf([needs])).toEqual(["operators", "rights.pair"]);
    },
  );

  it("one change that needs a right is enough, whatever stands beside it", () => {
    expect(gatesOf([change(), change({ kind: "connector.pair" })])).toContain("rights.pair");
    expect(gatesOf([change(), policyChange])).toContain("rights.change-policy");
  });

  it("an edited countersign.yml needs change-policy though no change says so", () => {
    const edited = proposal({ configAtHead: `${POLICY}# more\n` });
    expect(judge({ proposal: edited }).gates.map(({ name }) => name)).toEqual([
      "operators",
      "high risk",
      "rights.change-policy",
    ]);
    expect(judge({ proposal: edited, plan: plan([policyChange]) }).gates).toHaveLength(2);
    const same = proposal({ configAtHead: POLICY });
    expect(judge({ proposal: same }).gates).toHaveLength(1);
  });

  it("a missing right is nobody's, which blocks a plan with steps", () => {
    const policy = POLICY.replace("  change-policy: { role: security, count: 1 }\n", "");
    const reviews = [review("ana"), review("carol"), review("owner")];
    expect(judge({ plan: plan([change(), policyChange]), reviews }, policy)).toMatchObject({
      result: "blocked",
      reason: "right_missing",
      problems: [{ evidence: ["change-policy"] }],
    });
  });

  it("a missing right falls to the owners where the plan has no steps", () => {
    const policy = POLICY.replace("  change-policy: { role: security, count: 1 }\n", "");
    const judged = (name: "carol" | "owner") =>
      judge({ plan: plan([policyChange]), reviews: [review("ana"), review(name)] }, policy);
    expect(judged("carol").result).toBe("waiting");
    expect(judged("owner")).toMatchObject({
      result: "passed",
      ownersStandInFor: ["rights.change-policy"],
    });
  });

  it("any-role is held by the holders of every role", () => {
    const policy = POLICY.replace(
      "change-policy: { role: security, count: 1 }",
      "change-policy: any-role",
    );
    const reviews = [review("ana"), review("ben")];
    expect(judge({ plan: plan([policyChange]), reviews }, policy).result).toBe("passed");
  });
});

describe("how long an approval is good", () => {
  const aged = policyWith("  - { name: g, maxAge: 14d, require: [{ role: operators, count: 1 }] }");
  const days14 = 14 * 86_400;
  const now = (seconds: number) => ({ now: at(200 + seconds) });

  it("as long as now − submittedAt ≤ maxAge, to the last second", () => {
    expect(judge(now(days14), aged).result).toBe("passed");
    expect(judge(now(days14 + 1), aged).discounted).toMatchObject([
      { id: ids.ana, reason: "expired" },
    ]);
  });

  it("without maxAge approvals do not expire", () => {
    expect(judge(now(500 * 86_400)).result).toBe("passed");
  });

  it("objections never expire", () => {
    const reviews = [review("ben", { state: "CHANGES_REQUESTED" })];
    expect(judge({ ...now(500 * 86_400), reviews }, aged).reason).toBe("changes_requested");
  });

  it("not a number of seconds is never fresh", () => {
    const given = { ...facts(), now: Number.NaN };
    expect(judgeApprovals(config(aged), given).result).toBe("waiting");
  });
});

describe("keep: same-plan", () => {
  const keep = policyWith(
    "  - { name: g, keep: same-plan, require: [{ role: operators, count: 1 }] }",
  );
  const showing = (head: string, digest: string, time: number, configuration = "c1") => ({
    head,
    digest,
    config: configuration,
    at: at(time),
  });
  const pushed = proposal({ head: "h2" });
  const first = showing("h1", "d1", 100);

  it("keeps an approval over a push from the moment the same plan is shown for the new head", () => {
    const shown = [first, showing("h2", "d1", 300)];
    expect(judge({ proposal: pushed, shown }, keep).result).toBe("passed");
    expect(judge({ proposal: pushed, shown: [first] }, keep).result).toBe("waiting");
    expect(judge({ proposal: pushed, shown }).result).toBe("waiting");
  });

  it.each<[string, ReturnType<typeof showing>[]]>([
    ["another plan between", [first, showing("h3", "d9", 250), showing("h2", "d1", 300)]],
    ["another configuration since", [first, showing("h2", "d1", 300, "c2")]],
    [
      "another configuration when it was given",
      [{ ...first, config: "c0" }, showing("h2", "d1", 300)],
    ],
    [
      "a configuration nobody could read",
      [{ ...first, config: null as never }, showing("h2", "d1", 300)],
    ],
    [
      "another plan in the second of the approval",
      [first, showing("h3", "d9", 200), showing("h2", "d1", 300)],
    ],
    ["no plan before it", [showing("h2", "d1", 300)]],
  ])("does not keep it over %s", (_, shown) => {
    expect(judge({ proposal: pushed, shown }, keep).result).toBe("waiting");
  });

  it("is a key of gates: for a right nothing is kept", () => {
    const policyChange = change({ site: null, kind: "policy.change" });
    const shown = [first, showing("h2", "d1", 300)];
    const reviews = [review("ana"), review("carol")];
    const given = { proposal: pushed, shown, reviews, plan: plan([policyChange]) };
    expect(judge(given, keep).gates).toMatchObject([
      { name: "g", result: "passed" },
      { name: "rights.change-policy", missing: 1 },
    ]);
  });

  it("does not keep it where the present configuration is not known", () => {
    const shown = [first, showing("h2", "d1", 300)];
    expect(judge({ proposal: pushed, shown, config: null }, keep).result).toBe("waiting");
    const current = [first, showing("h2", "d1", 300)].map((one) => ({ ...one, config: "current" }));
    expect(judge({ proposal: pushed, shown: current, config: null }, keep).result).toBe("passed");
  });

  it("current stands for the present configuration", () => {
    const shown = [
      showing("h1", "current", 100, "current"),
      showing("h2", "current", 300, "current"),
    ];
    expect(judge({ proposal: pushed, shown }, keep).result).toBe("passed");
  });
});

describe("unread facts", () => {
  it.each<[string, Partial<FactsInput>]>([
    ["reviews", { reviews: null }],
    ["reviews", { reviewsComplete: false }],
    ["reviews", { reviewsComplete: null }],
    ["reviews", { reviews: [review("ana"), review("ben", { submittedAt: null })] }],
    ["shown plans", { shown: null }],
    ["head", { proposal: proposal({ head: null }) }],
  ])("wait: %s in %j", (what, over) => {
    expect(judge(over)).toMatchObject({
      result: "waiting",
      reason: "facts_unread",
      problems: [{ evidence: [what] }],
      isKnownWrong: false,
    });
  });

  it("a plan that is not known waits, and one that failed blocks", () => {
    const { plan: _, ...without } = facts();
    const unknown = [plan([], { state: "computing" }), plan([change()], { digest: null }), null];
    for (const one of unknown) expect(judge({ plan: one }).reason).toBe("plan_unknown");
    expect(judge({ plan: { ...plan([]), changes: null } }).reason).toBe("plan_unknown");
    expect(judgeApprovals(config(), without).reason).toBe("plan_unknown");
    expect(judge({ plan: plan([], { state: "failed" }) })).toMatchObject({
      result: "blocked",
      reason: "plan_failed",
    });
  });

  it("an empty plan passes, whatever reviews and commits say", () => {
    expect(judge({ plan: plan([]), reviews: null, commits: null })).toMatchObject({
      result: "passed",
      reason: "nothing_to_do",
      isKnownWrong: false,
    });
    expect(judge({ plan: plan([], { digest: null }) }).result).toBe("waiting");
  });
});
