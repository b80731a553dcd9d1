import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { readConfiguration } from "../../src/domain/configuration.ts";
import { judgeVerdict, verdictOf } from "../../src/domain/verdict.ts";
import { change, facts, plan, POLICY, proposal, review } from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput> = {}) => {
  const given = facts(over);
  const { result, reason } = judgeVerdict(readConfiguration(given), given);
  return { result, reason };
};
const gatesOf = (over: Partial<FactsInput> = {}) => {
  const given = facts(over);
  return judgeVerdict(readConfiguration(given), given).gates;
};
const policy = (text: string) => ({ config: { state: "ok" as const, text, digest: "c1" } });
const branch = (over: object) => ({
  branch: { bootstrapped: true, log: "ok" as const, connectors: 1, unattested: [], ...over },
});
const passed = { result: "passed", reason: null };

describe("the verdict", () => {
  it("is passed when every gate is, and names them all", () => {
    expect(judge()).toEqual(passed);
    expect(gatesOf().map(({ name }) => name)).toEqual([
      "operators",
      "countersign/approvals",
      "countersign/policy",
      "countersign/rollback",
    ]);
  });

  it("is never passed where nothing was judged", () => {
    expect(verdictOf([], null).result).toBe("blocked");
  });

  it("is that of the worst gate", () => {
    const objection = review("ben", { state: "CHANGES_REQUESTED" });
    expect(judge({ reviews: [objection], checks: { policy: "waiting" } })).toEqual({
      result: "blocked",
      reason: "changes_requested",
    });
  });

  it.each<[FactsInput["checks"], string, string | null]>([
    [{ packages: "passed" }, "passed", null],
    [{ packages: "waiting" }, "waiting", "packages_unread"],
    [{ packages: null }, "waiting", "packages_unread"],
    [{ packages: "blocked" }, "blocked", "packages_differ"],
    [{ packages: "blocked", policy: "waiting" }, "blocked", "packages_differ"],
    [{ packages: "waiting", policy: "blocked" }, "blocked", "policy_blocked"],
    [{ packages: "blocked", policy: "blocked" }, "blocked", "policy_blocked"],
    [{ packages: "waiting", policy: "waiting" }, "waiting", "policy_waiting"],
  ])("takes the comparison of packages beside the rules: %o", (checks, result, reason) => {
    expect(judge({ checks })).toEqual({ result, reason });
  });

  it("shows who fills which seat", () => {
    expect(gatesOf()[0]).toMatchObject({
      requirements: [{ role: "operators", count: 1, filledBy: [11], missing: 0, able: 2 }],
    });
  });
});

describe("odd proposals", () => {
  it.each<[string, Partial<FactsInput>, { result: string; reason: string | null }]>([
    [
      "a draft waits",
      { proposal: proposal({ draft: true }) },
      { result: "waiting", reason: "draft" },
    ],
    [
      "a draft of which nobody knows waits",
      { proposal: proposal({ draft: null }) },
      { result: "waiting", reason: "facts_unread" },
    ],
    [
      "a closed one is blocked",
      { proposal: proposal({ state: "closed" }) },
      { result: "blocked", reason: "not_a_proposal" },
    ],
    [
      "one into another branch is blocked",
      { proposal: proposal({ base: "staging" }) },
      { result: "blocked", reason: "not_a_proposal" },
    ],
    ["none at all is blocked", { proposal: null }, { result: "blocked", reason: "not_a_proposal" }],
    [
      "a merged one whose merge is not known yet waits",
      { proposal: proposal({ state: "merged" }) },
      { result: "waiting", reason: "merge_unread" },
    ],
    [
      "one whose state is unread waits",
      { proposal: proposal({ state: null }) },
      { result: "waiting", reason: "facts_unread" },
    ],
    [
      "one whose base is unread waits",
      { proposal: proposal({ base: null }) },
      { result: "waiting", reason: "facts_unread" },
    ],
    [
      "an empty plan passes as nothing to do",
      { plan: plan([]), reviews: [], commits: null },
      passed,
    ],
    [
      "an empty plan of a draft waits",
      { plan: plan([]), proposal: proposal({ draft: true }) },
      { result: "waiting", reason: "draft" },
    ],
    [
      "an empty plan passes whatever policy and readiness say",
      { plan: plan([]), checks: { policy: "blocked", rollback: null } },
      passed,
    ],
    [
      "an empty plan that edits the policy is not nothing",
      { plan: plan([]), proposal: proposal({ configAtHead: `${POLICY}# x\n` }) },
      { result: "waiting", reason: "missing_approvals" },
    ],
  ])("%s", (_, over, verdict) => {
    expect(judge(over)).toEqual(verdict);
  });
});

describe("what is shown of an odd proposal", () => {
  const names = (over: Partial<FactsInput>) => gatesOf(over).map(({ name }) => name);

  it("is nothing but that it is none of ours, or that beside its gates", () => {
    expect(names({ proposal: proposal({ state: "closed" }) })).toEqual(["proposal"]);
    expect(names({ proposal: proposal({ draft: true }) })).toEqual([
      "proposal",
      "operators",
      "countersign/approvals",
      "countersign/policy",
      "countersign/rollback",
    ]);
  });
});

describe("the policy in force", () => {
  it.each<[string, Partial<FactsInput>, string, string]>([
    ["an empty policy", { config: { state: "empty", text: "" } }, "blocked", "policy_empty"],
    ["a blank policy", { config: { state: "ok", text: " \n" } }, "blocked", "policy_empty"],
    ["a missing policy", { config: { state: "missing" } }, "blocked", "policy_missing"],
    ["an invalid policy", policy("version: 2"), "blocked", "policy_invalid"],
    [
      "an unreachable policy",
      { config: { state: "unreachable", text: null } },
      "waiting",
      "policy_unread",
    ],
    [
      "a policy without its text",
      { config: { state: "ok", text: null } },
      "waiting",
      "policy_unread",
    ],
    ["an unread policy", { config: null }, "waiting", "policy_unread"],
    [
      "a fleet that is not bootstrapped",
      branch({ bootstrapped: false }),
      "waiting",
      "not_bootstrapped",
    ],
    ["a log that is gone", branch({ log: "missing" }), "blocked", "log_missing"],
    ["an unread log", branch({ log: null }), "waiting", "log_unread"],
    ["an unread bootstrap", branch({ bootstrapped: null }), "waiting", "log_unread"],
    ["an unread branch", { branch: null }, "waiting", "log_unread"],
  ])("%s: holds everything and says why", (_, over, result, reason) => {
    expect(judge(over)).toEqual({ result, reason });
    expect(gatesOf(over)).toMatchObject([{ name: "configuration", result, reason }]);
  });

  it("is not the proposal's own", () => {
    const open = POLICY.replace(
      "operators: { teams: [acme/ops] }",
      "operators: { users: [{ login: outsider, id: 20 }] }",
    );
    const over = { proposal: proposal({ configAtHead: open }), reviews: [review("outsider")] };
    expect(judge(over).result).toBe("waiting");
  });

  it("a proposal that breaks it is blocked by policy", () => {
    const over = {
      proposal: proposal({ configAtHead: "version: 2" }),
      reviews: [review("ana"), review("carol"), review("dan")],
    };
    expect(judge(over)).toEqual({ result: "blocked", reason: "policy_invalid" });
  });
});

describe("policy and rollback", () => {
  it.each<[Partial<FactsInput>["checks"], string, string | null]>([
    [{ policy: "blocked", rollback: "passed" }, "blocked", "policy_blocked"],
    [{ policy: "waiting", rollback: "passed" }, "waiting", "policy_waiting"],
    [{ policy: null, rollback: "passed" }, "waiting", "policy_waiting"],
    [{ policy: "passed", rollback: "blocked" }, "blocked", "rollback_blocked"],
    [{ policy: "passed", rollback: "waiting" }, "waiting", "rollback_waiting"],
    [{ policy: "passed", rollback: null }, "waiting", "rollback_waiting"],
    [null, "waiting", "policy_waiting"],
    [{}, "passed", null],
  ])("given %j", (checks, result, reason) => {
    expect(judge({ checks })).toEqual({ result, reason });
  });

  const rules = `${POLICY}rules:
  - { id: age, assert: { package.ageDays: ">= 3" }, enforcement: hard }
`;
  const readiness = (when: string) => `${POLICY}readiness:
  - { when: { ${when} }, loopback: proved }
`;

  it("rules that nobody judged wait", () => {
    expect(judge({ ...policy(rules), checks: {} }).reason).toBe("rules_not_judged");
    expect(judge({ ...policy(rules), checks: { policy: "passed" } })).toEqual(passed);
  });

  it("readiness that is not known waits where the plan has steps on such a site", () => {
    const asked = policy(readiness("tier: production"));
    expect(judge({ ...asked, checks: {} }).reason).toBe("readiness_not_judged");
    expect(judge({ ...asked, checks: {}, readiness: { shop: { loopback: "failed" } } })).toEqual({
      result: "blocked",
      reason: "rollback_blocked",
    });
    expect(judge({ ...asked, checks: {}, readiness: { shop: { loopback: "proved" } } })).toEqual(
      passed,
    );
    expect(judge({ ...policy(readiness("tier: staging")), checks: {} })).toEqual(passed);
    const adopt = plan([change({ kind: "site.adopt" })]);
    expect(judge({ ...asked, checks: {}, plan: adopt })).toEqual(passed);
  });
});

describe("what planned steps wait for", () => {
  const frozen = policy(`${POLICY}freezes:
  - { name: peak, from: 2026-11-24, until: 2026-11-26, zone: UTC, reason: season, owner: carol }
`);
  const levels = (
    fleet: "normal" | "hold" | "contained",
    shop: "normal" | "hold" | "contained" | null = "normal",
  ) => ({
    levels: { fleet, sites: { shop } },
  });
  const recovery = { plan: plan([change()], { recovers: ["shop"] }) };
  const settling = branch({ unattested: [{ by: [20], changes: [], config: null }] });

  it.each<[string, Partial<FactsInput>, string]>([
    ["a freeze", frozen, "freeze"],
    ["HOLD of the site", levels("normal", "hold"), "hold"],
    ["HOLD of the fleet", levels("hold"), "hold"],
    ["CONTAINED", levels("hold", "contained"), "contained"],
    ["a level that is unread", levels("normal", null), "level_unread"],
    ["levels that are unread", { levels: null }, "level_unread"],
    [
      "levels of sites that are unread",
      { levels: { fleet: "normal", sites: null } },
      "level_unread",
    ],
    ["an unread level of the fleet", { levels: { fleet: null, sites: {} } }, "level_unread"],
    ["an unfinished site", { unfinished: { shop: 5 } }, "site_unfinished"],
    ["an unfinished site of unknown number", { unfinished: { shop: null } }, "site_unfinished"],
    ["unfinished sites that are unread", { unfinished: null }, "site_unfinished"],
  ])("%s; a recovery and control changes do not", (_, over, reason) => {
    expect(judge(over)).toEqual({ result: "waiting", reason });
    expect(judge({ ...over, ...recovery })).toEqual(passed);
    for (const kind of ["site.adopt", "site.remove", "baseline.change"] as const) {
      expect(judge({ ...over, plan: plan([change({ kind })]) })).toEqual(passed);
    }
  });

  it("a proposal that settles an unattested range waits for no freeze and no level", () => {
    expect(judge({ ...frozen, ...settling, ...levels("contained") })).toEqual(passed);
    expect(judge({ ...settling, unfinished: { shop: 5 } }).reason).toBe("site_unfinished");
  });

  it("the proposal that has to finish a site does not wait for itself", () => {
    expect(judge({ unfinished: { shop: 7 } })).toEqual(passed);
  });

  it("other sites do not matter", () => {
    expect(judge({ levels: { fleet: "normal", sites: { blog: "hold" } } })).toEqual(passed);
    expect(judge({ unfinished: { blog: 5 } })).toEqual(passed);
  });

  it("a site called constructor has its own level and no other", () => {
    const odd = plan([change({ site: "constructor" })]);
    expect(judge({ plan: odd })).toEqual(passed);
  });

  it("recovered sites that are unread are not recovered", () => {
    expect(judge({ ...frozen, plan: plan([change()], { recovers: null }) }).reason).toBe("freeze");
  });

  it("a step of no site waits for the fleet's level", () => {
    const fleetStep = { plan: plan([change({ site: null })]) };
    expect(judge({ ...fleetStep, ...levels("hold", "normal") }).reason).toBe("hold");
    expect(judge({ ...fleetStep, ...levels("normal", "hold") })).toEqual(passed);
  });
});

describe("a merge group", () => {
  const group = (over: object) => ({
    mergeGroup: { commit: "g1", plan: "d1", before: [], ...over },
  });

  it("passes only if every proposal in it has its approved digest", () => {
    const before = [{ number: 5, plan: "d5", approved: "d5" }];
    expect(judge(group({ before }))).toEqual(passed);
    expect(judge(group({ plan: "current", before }))).toEqual(passed);
    const other = { result: "blocked", reason: "queue_unapproved" };
    expect(judge(group({ before: [{ number: 5, plan: "d5", approved: "d4" }] }))).toEqual(other);
    expect(judge(group({ before: [{ number: 5, plan: "d5", approved: null }] }))).toEqual(other);
    expect(judge(group({ plan: "d2" }))).toEqual(other);
  });

  it("waits for what could not be read", () => {
    const unread = { result: "waiting", reason: "facts_unread" };
    expect(judge(group({ before: null }))).toEqual(unread);
    expect(judge(group({ plan: null }))).toEqual(unread);
    expect(judge(group({ before: [{ number: 5, plan: null, approved: "d5" }] }))).toEqual(unread);
  });

  it("is judged for a proposal without a plan as well", () => {
    expect(judge({ ...group({ plan: "d9" }), plan: plan([]) }).result).toBe("blocked");
    expect(judge({ ...group({}), plan: null })).toMatchObject({ result: "waiting" });
  });
});
