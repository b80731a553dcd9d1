import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import {
  actor,
  at,
  by,
  change,
  commit,
  config,
  facts,
  ids,
  merge,
  type Name,
  opsTeam,
  plan,
  POLICY,
  review,
} from "../support/facts-builder.ts";

type Glass = NonNullable<FactsInput["breakGlass"]>[number];
const glass = (name: Name, over: Partial<Glass> = {}): Glass => ({
  gate: "operators",
  user: actor(name),
  reason: "the shop is down",
  at: at(1000),
  digest: "d1",
  edited: false,
  ...over,
});
const two = [glass("carol"), glass("dan")];
const judge = (over: Partial<FactsInput>, policy: string = POLICY) =>
  judgeApprovals(config(policy), facts({ now: at(1100), reviews: [], breakGlass: two, ...over }));

describe("break-glass", () => {
  it("stands in for the approvals of one gate", () => {
    const result = judge({});
    expect(result).toMatchObject({
      result: "passed",
      reason: "glass_broken",
      glass: [{ gate: "operators", by: [ids.carol, ids.dan], at: Date.parse(at(1000)) / 1000 }],
    });
    expect(result.approvedAt).toEqual(result.glass.map((one) => one.at));
  });

  it("is never one person's, however often they say it", () => {
    expect(judge({ breakGlass: [glass("carol")] }).result).toBe("waiting");
    expect(judge({ breakGlass: [glass("carol"), glass("carol")] }).result).toBe("waiting");
  });

  it("needs as many as the right asks for, where that is more than two", () => {
    const three = POLICY.replace("count: 2, for: 60m", "count: 3, for: 60m");
    expect(judge({}, three).result).toBe("waiting");
  });

  it("is as old as the last word that broke it", () => {
    const breakGlass = [glass("carol"), glass("dan", { at: at(900) })];
    expect(judge({ breakGlass }).glass).toMatchObject([{ at: Date.parse(at(1000)) / 1000 }]);
  });

  it.each<[string, Partial<Glass>]>([
    ["another gate", { gate: "high risk" }],
    ["a gate that does not exist", { gate: "operator" }],
    ["another digest", { digest: "d0" }],
    ["no digest", { digest: null }],
    ["no reason", { reason: null }],
    ["an empty reason", { reason: "  " }],
    ["an edited comment", { edited: true }],
    ["a comment of which nobody knows whether it was edited", { edited: null }],
    ["an unknown time", { at: null }],
    ["a time ahead of our clock", { at: at(1131) }],
    ["a deleted account", { user: null }],
  ])("does not count with %s", (_, over) => {
    expect(judge({ breakGlass: [glass("carol"), glass("dan", over)] }).result).toBe("waiting");
  });

  it.each<Name>(["outsider", "bot", "agent", "ana"])("does not count from %s", (name) => {
    expect(judge({ breakGlass: [glass("carol"), glass(name)] }).result).toBe("waiting");
  });

  it("does not count from a contributor", () => {
    expect(judge({ commits: [commit({ author: by("dan") })] }).result).toBe("waiting");
  });

  it("does not count while contributors are unread, the role is, or the right is nobody's", () => {
    expect(judge({ commitsComplete: false }).glass).toEqual([]);
    const hidden = POLICY.replace("security: {", "security: { teams: [acme/hidden],");
    expect(judge({}, hidden).glass).toEqual([]);
    const without = POLICY.replace(/ {2}break-glass: .*\n/u, "");
    expect(judge({}, without).result).toBe("waiting");
    expect(judge({ breakGlass: null }).result).toBe("waiting");
    expect(judge({ plan: plan([change()], { digest: null }) }).glass).toEqual([]);
  });

  it("is good while now < at + for", () => {
    expect(judge({ now: at(1000 + 3599) }).result).toBe("passed");
    expect(judge({ now: at(1000 + 3600) }).result).toBe("waiting");
  });

  it("counts only if it was broken before the merge, in the same second in time", () => {
    expect(judge({ merge: merge({ at: at(1000) }) }).result).toBe("passed");
    expect(judge({ merge: merge({ at: at(999) }) }).result).toBe("waiting");
  });

  it("lifts no objection", () => {
    const reviews = [review("ben", { state: "CHANGES_REQUESTED" })];
    expect(judge({ reviews }).reason).toBe("changes_requested");
  });

  it("whoever broke the glass fills no other seat of that plan", () => {
    const risky = plan([change({ risk: "high" })]);
    expect(judge({ plan: risky, reviews: [review("carol")] })).toMatchObject({
      result: "blocked",
      reason: "too_few_holders",
      discounted: [{ id: ids.carol, reason: "duplicate_person" }],
      gates: [
        { name: "operators", reason: "glass_broken" },
        { name: "high risk", discounted: [{ id: ids.carol, reason: "duplicate_person" }] },
      ],
    });
  });

  it("who did not break it fills other seats", () => {
    const risky = plan([change({ risk: "high" })]);
    const owners = POLICY.replace(
      "{ login: dan, id: 14 }",
      "{ login: dan, id: 14 }, { login: ben, id: 12 }",
    );
    expect(judge({ plan: risky, reviews: [review("ben")] }, owners).result).toBe("passed");
  });

  it("their approval still counts where their glass is not broken", () => {
    const risky = plan([change({ risk: "high" })]);
    const alone = { plan: risky, reviews: [review("carol"), review("ana")] };
    expect(judge({ ...alone, breakGlass: [glass("carol")] }).result).toBe("passed");
  });

  it("is broken by the owners where nobody holds the role and the plan has no steps", () => {
    const owners = [ids.owner, ids.outsider];
    const repository = { id: 500, defaultBranch: "main", owners };
    const empty = POLICY.replace(/security: \{ users.*\n/u, "security: {}\n");
    const breakGlass = [glass("owner"), glass("outsider", { digest: "current" })];
    const given = { repository, breakGlass, teams: { "acme/ops": opsTeam } };
    const adopt = plan([change({ kind: "site.adopt" })]);
    expect(judge({ ...given, plan: adopt }, empty).reason).toBe("glass_broken");
    expect(judge(given, empty).result).toBe("waiting");
  });
});
