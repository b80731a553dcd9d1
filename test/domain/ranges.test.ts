import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { readConfiguration } from "../../src/domain/configuration.ts";
import { judgeRange } from "../../src/domain/ranges.ts";
import {
  at,
  change,
  commit,
  facts,
  ids,
  merge,
  type MergeInput,
  opsTeam,
  plan,
  POLICY,
  proposal,
  review,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput> = {}, merged: Partial<MergeInput> = {}) => {
  const given = facts({ now: at(400), merge: merge(merged), ...over });
  if (given.merge === null) throw new Error("no merge");
  const { judged: _, ...range } = judgeRange(readConfiguration(given), given, given.merge);
  return range;
};
const push = { kind: "push" as const, head: null, by: ids.outsider };
const noProposal = { proposal: null, commits: null, reviews: null };
const branch = (over: object) => ({
  branch: { bootstrapped: true, log: "ok" as const, connectors: 1, unattested: [], ...over },
});
const shopHeld = { kind: "unattested", held: ["shop"], level: "hold", issued: [] };

describe("a merge that GitHub made of an approved proposal", () => {
  it.each(["merge", "squash", "rebase", "queue"] as const)("by %s is authorised", (kind) => {
    expect(judge({}, { kind })).toEqual({
      kind: "authorised",
      reasons: ["approved"],
      sites: { authorised: [{ site: "shop", mode: "apply", pre: "p1" }], withheld: [] },
      issued: ["shop"],
      held: [],
      level: "normal",
    });
  });

  it("is judged by the plan at its own commit, whatever the branch shows by now", () => {
    const plans = { m1: "d1", m2: "d9" };
    expect(judge({}, { plans, branchHead: "m2" }).kind).toBe("authorised");
    expect(judge({}, { plans: { m1: "d9", m2: "d1" }, branchHead: "m2" })).toMatchObject({
      ...shopHeld,
      reasons: ["other_plan"],
    });
    expect(judge({}, { plans: { m1: "current" } }).kind).toBe("authorised");
  });

  it("by an administrator past a red check is unattested at once: approvals cannot come any more", () => {
    expect(judge({ reviews: [] })).toMatchObject({ ...shopHeld, reasons: ["missing_approvals"] });
  });

  it("with an approval after it is unattested", () => {
    const reviews = [review("ana", { submittedAt: at(301) })];
    expect(judge({ reviews })).toMatchObject({ ...shopHeld, reasons: ["missing_approvals"] });
  });

  it("with an approval in the same second is in time", () => {
    expect(judge({ reviews: [review("ana", { submittedAt: at(300) })] }).kind).toBe("authorised");
  });

  it("of a head that was changed on the way is unattested", () => {
    expect(judge({}, { head: "h2" })).toMatchObject(shopHeld);
  });

  it("after which the branch of the proposal moved on is judged by the head that was merged", () => {
    expect(judge({ proposal: proposal({ head: "h9", state: "merged" }) }).kind).toBe("authorised");
  });

  it("by an approver is authorised: whoever merges only this is no contributor to it", () => {
    expect(judge({}, { by: ids.ana }).kind).toBe("authorised");
  });

  it.each<[string, Partial<FactsInput>, string]>([
    [
      "an objection after it",
      {
        reviews: [
          review("ana"),
          review("ben", { state: "CHANGES_REQUESTED", submittedAt: at(350) }),
        ],
      },
      "changes_requested",
    ],
    [
      "an approval that was dismissed",
      {
        reviews: [
          review("ana", { state: "DISMISSED", dismissal: { was: "APPROVED", by: ids.ben } }),
        ],
      },
      "missing_approvals",
    ],
    [
      "a reviewer who lost the role",
      { teams: { "acme/ops": { ...opsTeam, members: [{ id: ids.ben, state: "active" }] } } },
      "missing_approvals",
    ],
    ["an unattributable commit", { commits: [commit({ author: null })] }, "unattributable_commit"],
    [
      "a policy check that is red",
      { checks: { policy: "blocked", rollback: "passed" } },
      "policy_blocked",
    ],
    [
      "a rollback check that is red",
      { checks: { policy: "passed", rollback: "blocked" } },
      "rollback_blocked",
    ],
    ["a plan that failed to compute", { plan: plan([], { state: "failed" }) }, "plan_failed"],
  ])("with %s", (_, over, reason) => {
    expect(judge(over)).toMatchObject({ kind: "unattested", reasons: [reason] });
  });

  it("holds its sites where levels are unread, and the fleet where the plan failed", () => {
    expect(judge({ reviews: [], levels: null })).toMatchObject({ held: ["shop"], level: "hold" });
    expect(judge({ plan: plan([], { state: "failed" }) }).held).toBe("fleet");
  });

  it("that edits a policy which its plan does not show needs the right to change it", () => {
    const range = { changes: [], config: `${POLICY}# mine\n` };
    expect(judge({ plan: plan([]) }, { range })).toMatchObject({
      kind: "unattested",
      held: "fleet",
    });
    const reviews = [review("ana"), review("carol"), review("dan")];
    expect(judge({ plan: plan([]), reviews }, { range }).kind).toBe("authorised");
    const broken = { range: { changes: [], config: "version: 2" } };
    expect(judge({ plan: plan([]), reviews }, broken).reasons).toEqual(["policy_invalid"]);
  });

  it("into another branch is no event of ours", () => {
    expect(judge({ proposal: proposal({ base: "staging" }) })).toMatchObject({
      kind: "ignored",
      held: [],
      level: "normal",
    });
  });
});

describe("what cannot be read gets sixty minutes", () => {
  const unread: [string, Partial<FactsInput>, Partial<MergeInput>, string][] = [
    ["the kind", {}, { kind: null }, "merge_unread"],
    ["the head that was merged", {}, { head: null }, "merge_unread"],
    ["its proposal", noProposal, {}, "proposal_unread"],
    ["the base of its proposal", { proposal: proposal({ base: null }) }, {}, "proposal_unread"],
    ["the plan at its commit", {}, { plans: { m1: null } }, "plan_unknown"],
    ["any plan at its commit", {}, { plans: {} }, "plan_unknown"],
    ["plans", {}, { plans: null }, "plan_unknown"],
    ["its commit", {}, { commit: null }, "plan_unknown"],
    ["the proposal's plan", { plan: plan([], { state: "computing" }) }, {}, "plan_unknown"],
    ["reviews", { reviews: null }, {}, "facts_unread"],
    ["commits", { commitsComplete: false }, {}, "facts_unread"],
    ["a team", { teams: { "acme/ops": null } }, {}, "team_unreachable"],
    ["the policy in force", { config: null }, {}, "policy_unread"],
    ["readiness", { checks: { policy: "passed", rollback: null } }, {}, "rollback_waiting"],
    ["rules", { checks: { policy: "waiting", rollback: "passed" } }, {}, "policy_waiting"],
    ["the branch", { branch: null }, {}, "log_unread"],
    ["whether it is bootstrapped", branch({ bootstrapped: null }), {}, "log_unread"],
    ["the log before bootstrap", branch({ bootstrapped: false, log: null }), {}, "log_unread"],
    ["the log", branch({ log: null }), {}, "log_unread"],
    [
      "how many connectors there are",
      branch({ bootstrapped: false, connectors: null }),
      {},
      "log_unread",
    ],
  ];

  it.each(unread)("%s", (_, over, merged, reason) => {
    expect(judge(over, merged)).toMatchObject({ kind: "waiting", reasons: [reason], held: [] });
    expect(judge({ ...over, now: at(300 + 3600) }, merged).kind).toBe("waiting");
    expect(judge({ ...over, now: at(300 + 3601) }, merged)).toMatchObject({
      kind: "unattested",
      reasons: [reason, "too_late"],
      level: "hold",
    });
  });

  it("but no end where nobody knows when it was merged", () => {
    expect(judge({ now: at(99_999) }, { at: null })).toMatchObject({ kind: "waiting" });
  });

  it("a plan or policy still unknown then holds the fleet, other facts its sites", () => {
    const late = { now: at(300 + 3601) };
    expect(judge(late, { plans: { m1: null } }).held).toBe("fleet");
    expect(judge({ ...late, config: null }).held).toBe("fleet");
    expect(judge(late, { kind: null }).held).toBe("fleet");
    expect(judge({ ...late, reviews: null }).held).toEqual(["shop"]);
    expect(judge({ ...late, reviews: null }, { range: null }).held).toEqual(["shop"]);
    const unreadRange = { range: { changes: null, config: null } };
    expect(judge({ ...late, reviews: null }, unreadRange).held).toBe("fleet");
  });

  it("what is known to be wrong holds at once, although something else is unread", () => {
    expect(judge({ reviews: [], commitsComplete: false }).kind).toBe("unattested");
    expect(judge({ checks: { policy: "blocked", rollback: null } }).kind).toBe("unattested");
    expect(judge({ reviews: [], reviewsComplete: false }).kind).toBe("waiting");
    expect(judge({ reviews: [], teams: { "acme/ops": null } }).kind).toBe("waiting");
  });
});

describe("a push", () => {
  it("without a proposal is unattested when it plans something", () => {
    expect(judge(noProposal, push)).toMatchObject({ ...shopHeld, reasons: ["direct_push"] });
  });

  it("that GitHub merely recognises as a merge is a direct push", () => {
    expect(judge({}, { kind: "push" })).toMatchObject({ ...shopHeld, reasons: ["direct_push"] });
    expect(judge({ plan: plan([]) }, { kind: "push", plans: {} }).kind).toBe("waiting");
  });

  it("that plans nothing and changes no control file is attested, and authorises nothing", () => {
    const nothing = { changes: [], config: null };
    expect(judge({ ...noProposal, plan: plan([]) }, { ...push, range: nothing })).toEqual({
      kind: "attested",
      reasons: ["nothing_to_do"],
      sites: { authorised: [], withheld: [] },
      issued: [],
      held: [],
      level: "normal",
    });
    expect(judge({ ...noProposal, plan: plan([]) }, { ...push, plans: {}, range: null }).kind).toBe(
      "attested",
    );
  });

  it("is known by its changes where no plan was asked for and nothing came before it", () => {
    const kindOf = (range: MergeInput["range"], over: Partial<FactsInput> = {}) => {
      const merged = merge({ ...push, plans: {}, range });
      const given = facts({ now: at(400), ...noProposal, ...over, merge: merged });
      const { plan: _, ...without } = given;
      return judgeRange(readConfiguration(without), without, without.merge!).kind;
    };
    const nothing = { changes: [], config: null };
    expect(kindOf(nothing)).toBe("attested");
    expect(kindOf({ ...nothing, changes: [change()] })).toBe("unattested");
    expect(kindOf(null)).toBe("waiting");
    const unattested = [{ by: [ids.outsider], changes: [], config: null }];
    expect(kindOf(nothing, branch({ unattested }))).toBe("waiting");
    const { branch: _, plan: __, ...bare } = facts({ ...noProposal, now: at(400) });
    const merged = facts({ merge: merge({ ...push, plans: {}, range: nothing }) }).merge!;
    const range = judgeRange(readConfiguration(bare), { ...bare, merge: merged }, merged);
    expect(range.kind).toBe("attested");
  });

  it("that edits the policy holds the fleet, though its plan is empty", () => {
    const range = { changes: [], config: `${POLICY}# mine\n` };
    expect(judge({ ...noProposal, plan: plan([]) }, { ...push, range })).toMatchObject({
      kind: "unattested",
      held: "fleet",
      level: "hold",
    });
    const same = { changes: [], config: POLICY };
    expect(judge({ ...noProposal, plan: plan([]) }, { ...push, range: same }).kind).toBe(
      "attested",
    );
  });

  it.each([
    change({ site: null, kind: "policy.change" }),
    change({ kind: "connector.pair" }),
    change({ kind: "site.edit", url: true }),
  ])("of control files holds the fleet: %j", (one) => {
    const range = { changes: [change(), one], config: null };
    expect(judge({ ...noProposal, plan: plan([one]) }, { ...push, range }).held).toBe("fleet");
  });

  it("that names no site holds the fleet", () => {
    const range = { changes: [change({ site: null, kind: "package.repin" })], config: null };
    expect(judge(noProposal, { ...push, range }).held).toBe("fleet");
  });

  it("by force is never attested and holds the fleet, even with an empty plan", () => {
    const forced = { kind: "force_push" as const, range: { changes: [], config: null } };
    expect(judge({ ...noProposal, plan: plan([]) }, forced)).toMatchObject({
      kind: "unattested",
      reasons: ["force_push"],
      held: "fleet",
      level: "hold",
    });
  });

  it("roles that it rewrote do not judge what comes after it", () => {
    const mine = POLICY.replace("acme/ops", "acme/friends");
    const unattested = [{ by: [ids.outsider], changes: [], config: mine }];
    const teams = {
      "acme/friends": {
        state: "ok" as const,
        members: [{ id: ids.outsider, state: "active" as const }],
      },
    };
    expect(judge({ ...branch({ unattested }), teams }).kind).toBe("unattested");
  });
});
