import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import {
  actor,
  at,
  change,
  config,
  facts,
  ids,
  merge,
  type Name,
  opsTeam,
  plan,
  review,
  type ReviewInput,
} from "../support/facts-builder.ts";

const judge = (reviews: ReviewInput[], over: Partial<FactsInput> = {}) =>
  judgeApprovals(config(), facts({ reviews, ...over }));
const objection = (by: Name, over: Partial<ReviewInput> = {}) =>
  review(by, { state: "CHANGES_REQUESTED", ...over });
const dismissed = (by: Name, dismissal: ReviewInput["dismissal"]) =>
  review(by, { state: "DISMISSED", submittedAt: at(150), dismissal: dismissal ?? null });
const approval = review("ana");

describe("objections", () => {
  it("of a holder of a role that a matching gate asks for block, and are named", () => {
    const result = judge([approval, objection("ben")]);
    expect(result).toMatchObject({ result: "blocked", reason: "changes_requested" });
    expect(result.objections).toMatchObject([{ id: ids.ben }]);
    expect(result.gates).toMatchObject([{ name: "operators", result: "blocked" }]);
  });

  it("of a holder of one of the roles that are asked for block", () => {
    const high = plan([change({ risk: "high" })]);
    expect(judge([approval, review("dan"), objection("carol")], { plan: high })).toMatchObject({
      reason: "changes_requested",
      objections: [{ id: ids.carol }],
      gates: [{ result: "passed" }, { result: "blocked" }],
    });
  });

  it("of a contributor count as well", () => {
    expect(judge([approval, objection("opener")]).reason).toBe("changes_requested");
  });

  it("on an older commit stand", () => {
    expect(judge([approval, objection("ben", { commit: "h0", submittedAt: at(10) })]).result).toBe(
      "blocked",
    );
  });

  it.each<Name>(["outsider", "agent", "bot", "carol"])(
    "of %s do not block: no person in a role that is asked for",
    (name) => {
      const members = [...opsTeam.members, { id: ids.bot, state: "active" as const }];
      const teams = { "acme/ops": { ...opsTeam, members } };
      expect(judge([approval, objection(name)], { teams }).result).toBe("passed");
    },
  );

  it("of a machine do not block although it holds the role", () => {
    const members = [...opsTeam.members, { id: ids.agent, state: "active" as const }];
    const teams = { "acme/ops": { ...opsTeam, members } };
    expect(judge([approval, objection("agent")], { teams }).result).toBe("passed");
  });

  it("of somebody in the role whom people do not list block all the same", () => {
    const people = [
      { id: ids.ana, login: "ana", type: "User", permission: null, suspended: false },
    ];
    expect(judge([approval, objection("ben")], { people }).reason).toBe("changes_requested");
    const bot = { ...objection("ben"), user: actor("ben", "Bot") };
    expect(judge([approval, bot], { people }).result).toBe("passed");
  });

  it("of a deleted account do not block", () => {
    expect(judge([approval, review(null, { state: "CHANGES_REQUESTED" })]).result).toBe("passed");
  });

  it("are lifted by any newer approval of the same person, on whichever commit", () => {
    const lifted = [objection("ben"), review("ben", { commit: "h0", submittedAt: at(250) })];
    expect(judge([approval, ...lifted]).result).toBe("passed");
    expect(judge(lifted.toReversed()).reason).toBe("missing_approvals");
  });

  it("are not lifted by an older approval", () => {
    expect(
      judge([approval, review("ben", { submittedAt: at(190) }), objection("ben")]).result,
    ).toBe("blocked");
  });

  it("are lifted by their author's own dismissal", () => {
    const own = dismissed("ben", { was: "CHANGES_REQUESTED", by: actor("ben"), at: at(260) });
    expect(judge([approval, own]).result).toBe("passed");
  });

  it("are not lifted when anyone else dismisses them", () => {
    const other = dismissed("ben", { was: "CHANGES_REQUESTED", by: actor("ana"), at: at(260) });
    expect(judge([approval, other])).toMatchObject({ reason: "changes_requested" });
  });

  it.each<[string, ReviewInput["dismissal"]]>([
    ["no timeline entry", null],
    ["an unknown state before", { was: null, by: actor("ben") }],
    ["an unknown dismisser", { was: "CHANGES_REQUESTED", by: null }],
  ])("stand when their dismissal is unreadable: %s", (_, dismissal) => {
    expect(judge([approval, dismissed("ben", dismissal)]).result).toBe("blocked");
  });

  it("what was lifted does not return when the lifting approval is dismissed", () => {
    const first = objection("ben", { submittedAt: at(120) });
    const lifting = dismissed("ben", { was: "APPROVED", by: actor("ana"), at: at(260) });
    expect(judge([approval, first, lifting]).result).toBe("passed");
  });

  it("fall when the objector loses the role", () => {
    const members = opsTeam.members.filter(({ id }) => id !== ids.ben);
    const teams = { "acme/ops": { ...opsTeam, members } };
    expect(judge([approval, objection("ben")], { teams }).result).toBe("passed");
  });

  it("after the merge count until the authorisation is on record, and a late approval lifts none", () => {
    const late = objection("ben", { submittedAt: at(400) });
    const later = review("ben", { submittedAt: at(500) });
    const result = judge([approval, late, later], { merge: merge() });
    expect(result).toMatchObject({ reason: "changes_requested", isKnownWrong: true });
  });

  it("are no certainty while other reviews are unread", () => {
    const result = judge([approval, objection("ben")], { reviewsComplete: false });
    expect(result).toMatchObject({ result: "blocked", isKnownWrong: false });
  });
});
