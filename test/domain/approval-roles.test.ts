import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import { peopleOf } from "../../src/domain/people.ts";
import { holdersOf } from "../../src/domain/roles.ts";
import {
  change,
  config,
  facts,
  ids,
  type Name,
  opsTeam,
  plan,
  POLICY,
  review,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput>, policy: string = POLICY) =>
  judgeApprovals(config(policy), facts(over));
const withRole = (role: string) =>
  POLICY.replace("operators: { teams: [acme/ops] }", `operators: ${role}`);
const team = (over: object) => ({ teams: { "acme/ops": { ...opsTeam, ...over } } });
const people = (permission: "read" | "maintain" | "admin" | null, names: Name[] = ["ana"]) =>
  names.map((name) => ({ id: ids[name], login: name, type: "User", permission, suspended: false }));

describe("roles", () => {
  it("a pending member holds nothing, and one who left neither", () => {
    const members = [
      { id: ids.ana, state: "pending" as const },
      { id: ids.ben, state: "active" as const },
    ];
    expect(judge(team({ members }))).toMatchObject({
      result: "waiting",
      discounted: [{ id: ids.ana, reason: "not_in_role" }],
    });
  });

  it("team names are compared as GitHub does, without case", () => {
    expect(judge({}, withRole("{ teams: [Acme/ops] }")).result).toBe("passed");
  });

  it("a team that the App may not see, or that does not exist, blocks", () => {
    for (const over of [team({ state: "forbidden" }), { teams: {} }]) {
      expect(judge(over)).toMatchObject({
        result: "blocked",
        reason: "team_forbidden",
        isKnownWrong: true,
      });
    }
  });

  it("a team that GitHub fails to list waits", () => {
    const unread = [team({ state: "unreachable" }), team({ members: null })];
    for (const over of [...unread, { teams: { "acme/ops": null } }, { teams: null }]) {
      expect(judge(over)).toMatchObject({
        result: "waiting",
        reason: "team_unreachable",
        isKnownWrong: false,
      });
    }
  });

  it("either holds even if the readable part would be enough", () => {
    const role = withRole("{ teams: [acme/ops, acme/more], users: [{ login: ana, id: 11 }] }");
    expect(judge({}, role).reason).toBe("team_forbidden");
    const teams = { "acme/ops": opsTeam, "acme/more": null };
    const result = judge({ teams }, role);
    expect(result).toMatchObject({ reason: "team_unreachable", counted: [ids.ana] });
    expect(result.gates[0]?.seats[0]?.demand.bench.unreadTeams).toEqual(["acme/more"]);
  });

  it("only teams of roles that this plan asks for are read", () => {
    const policy = POLICY.replace("security: {", "security: { teams: [acme/hidden],");
    expect(judge({}, policy).result).toBe("passed");
    expect(judge({ plan: plan([change({ risk: "high" })]) }, policy).result).toBe("blocked");
  });

  it("the role alone decides, not repository permission", () => {
    expect(judge({ people: people("read") }).result).toBe("passed");
  });

  it("a role that says permission: maintain asks for at least that", () => {
    const role = withRole("{ teams: [acme/ops], permission: maintain }");
    expect(judge({ people: people("maintain") }, role).result).toBe("passed");
    expect(judge({ people: people("admin") }, role).result).toBe("passed");
    expect(judge({ people: people("read") }, role).discounted).toMatchObject([
      { reason: "not_in_role" },
    ]);
    expect(judge({ people: people(null) }, role).reason).toBe("team_unreachable");
    const stranger = {
      people: people("admin", ["ben", "outsider"]),
      reviews: [review("outsider")],
    };
    expect(judge(stranger, role).discounted).toMatchObject([{ reason: "not_in_role" }]);
  });

  it("a role of a permission alone is held by everyone who has it", () => {
    const role = withRole("{ permission: maintain }");
    expect(judge({ people: people("admin") }, role).result).toBe("passed");
    expect(judge({ people: people("read", ["ana", "ben"]) }, role).reason).toBe("too_few_holders");
  });

  it("a member that people do not list is an unknown person without permission", () => {
    const role = withRole("{ teams: [acme/ops], permission: read }");
    expect(judge({ people: people("read", ["ben"]) }, role).discounted).toEqual([
      { id: ids.ana, reason: "unknown_person", reasons: ["unknown_person", "not_in_role"] },
    ]);
  });

  it("a role that the policy does not know is held by nobody", () => {
    const [policy, given] = [config(), facts()];
    const known = peopleOf(policy, given.people ?? []);
    const sources = { config: policy, teams: given.teams, people: known, accounts: given.people };
    expect(holdersOf("constructor", sources)).toMatchObject({ reading: "ok", holders: new Set() });
  });

  it("a bare login holds no role", () => {
    expect(judge({}, withRole("{ users: [ana] }")).discounted).toMatchObject([
      { id: ids.ana, reason: "not_in_role" },
    ]);
  });

  it("a pinned id keeps the role through a rename", () => {
    const role = withRole("{ users: [{ login: anna-before, id: 11 }] }");
    expect(judge({}, role).result).toBe("passed");
  });

  it("a login that now has another id holds none", () => {
    const role = withRole("{ users: [{ login: ana, id: 12 }] }");
    expect(judge({}, role).discounted).toMatchObject([{ id: ids.ana, reason: "not_in_role" }]);
  });

  it("waits while people could not be read", () => {
    expect(judge({ people: null })).toMatchObject({ result: "waiting", isKnownWrong: false });
  });

  it("a review by someone who left the team between review and merge does not count", () => {
    const members = opsTeam.members.filter(({ id }) => id !== ids.ana);
    expect(judge(team({ members })).discounted).toMatchObject([
      { id: ids.ana, reason: "not_in_role" },
    ]);
  });
});

describe("owners stand in for an empty role", () => {
  const policyChange = plan([change({ site: null, kind: "policy.change", risk: "critical" })]);
  const empty = POLICY.replace(
    "security: { users: [{ login: carol, id: 13 }, { login: dan, id: 14 }] }",
    "security: {}",
  );
  const approved = { reviews: [review("ana"), review("owner")] };

  it("where the plan has no steps, recorded as break-glass", () => {
    const result = judge(
      { plan: policyChange, people: people("read", ["ana", "owner"]), ...approved },
      empty.replace("when: { risk: [high, critical] }", "when: { tier: production }"),
    );
    expect(result).toMatchObject({ result: "passed", ownersStandInFor: ["rights.change-policy"] });
  });

  it("for a gate's role as well when the plan changes the policy", () => {
    expect(judge({ plan: policyChange, ...approved }, empty)).toMatchObject({
      result: "blocked",
      ownersStandInFor: ["high risk", "rights.change-policy"],
      reason: "too_few_holders",
    });
  });

  it("never where the plan has steps", () => {
    const plans = plan([change({ risk: "high" })]);
    expect(judge({ plan: plans, ...approved }, empty)).toMatchObject({
      reason: "too_few_holders",
      ownersStandInFor: [],
    });
  });

  it("never for a gate's role of another control change", () => {
    const adopt = plan([change({ kind: "site.adopt", risk: "high" })]);
    expect(judge({ plan: adopt, ...approved }, empty).ownersStandInFor).toEqual([]);
  });

  it("not while a team of the role is hidden, and not while the owners are unread", () => {
    const hidden = empty.replace("security: {}", "security: { teams: [acme/hidden] }");
    expect(judge({ plan: policyChange, ...approved }, hidden).reason).toBe("team_forbidden");
    const repository = { id: 500, defaultBranch: "main", owners: null };
    expect(judge({ plan: policyChange, repository, ...approved }, empty).reason).toBe(
      "team_unreachable",
    );
  });
});
