import { describe, expect, it } from "vitest";
import { FleetConfig } from "../../src/contract/fleet-config.ts";
import { REQUIRED_CHECKS } from "../../src/domain/protection.ts";
import {
  guardedPaths,
  judgeRun,
  type RulesetFacts,
  type RunFacts,
} from "../../src/domain/run-protection.ts";

const lookedAt = "2026-11-25T01:00:00.000Z";
const configOf = (more: object = { action: { ruleset: 5, lookedAt } }) =>
  FleetConfig.parse({
    version: 1,
    roles: { security: { teams: ["acme/security"], users: [{ login: "Carol", id: 13 }] } },
    rights: { "change-policy": { role: "security", count: 1 } },
    gates: [{ name: "all", require: [{ role: "security", count: 1 }] }],
    ...more,
  });
const ruleset: RulesetFacts = {
  id: 5,
  updatedAt: "2026-11-25T02:00:00+01:00",
  pullRequest: { codeOwners: true, dismissesStale: true, lastPush: true },
  refusesForcePush: true,
  refusesDeletion: true,
  checks: REQUIRED_CHECKS,
};
const text =
  "* @acme/ops\n/.github/ @acme/security @carol # workflows\n/CODEOWNERS @acme/security\n";
const safe: RunFacts = {
  defaultBranch: "main",
  environment: { isChosen: true, policies: [{ name: "main", isBranch: true }] },
  rulesets: [ruleset],
  codeOwners: { path: "CODEOWNERS", text },
};
const judge = (over: Partial<RunFacts>, config = configOf()) =>
  judgeRun(config, { ...safe, ...over });

describe("judgeRun", () => {
  it("lets a run sign where GitHub keeps everybody else from the keys", () => {
    expect(judge({})).toEqual({ kind: "closed" });
  });
  it.each<[string, Partial<RunFacts>]>([
    ["no_environment", { environment: null }],
    ["any_branch", { environment: { isChosen: false, policies: [] } }],
    ["any_branch", { environment: { isChosen: true, policies: [] } }],
    [
      "other_branches",
      { environment: { isChosen: true, policies: [{ name: "m*", isBranch: true }] } },
    ],
    [
      "other_branches",
      { environment: { isChosen: true, policies: [{ name: "main", isBranch: false }] } },
    ],
    [
      "other_branches",
      {
        defaultBranch: "m[a]in",
        environment: { isChosen: true, policies: [{ name: "m[a]in", isBranch: true }] },
      },
    ],
  ])("refuses an open environment: %s", (reason, over) => {
    expect(judge(over)).toEqual({ kind: "environment_open", reason });
  });
  const ask = { codeOwners: true, dismissesStale: true, lastPush: true };
  it.each<[string, Partial<RulesetFacts>]>([
    ["ruleset_not_in_force", { id: 6 }],
    ["ruleset_changed", { updatedAt: null }],
    ["ruleset_changed", { updatedAt: "2026-11-25T01:00:01Z" }],
    ["ruleset_changed", { updatedAt: "yesterday" }],
    ["no_code_owner_review", { pullRequest: { ...ask, codeOwners: false } }],
    ["keeps_stale_approvals", { pullRequest: { ...ask, dismissesStale: false } }],
    ["no_last_push_approval", { pullRequest: { ...ask, lastPush: false } }],
    ["force_push", { refusesForcePush: false }],
    ["deletion", { refusesDeletion: false }],
    ["check_not_required", { checks: REQUIRED_CHECKS.slice(1) }],
  ])("refuses an open branch: %s", (opening, over) => {
    const rulesets = [{ ...ruleset, ...over }];
    expect(judge({ rulesets })).toEqual({ kind: "branch_open", openings: [opening] });
  });
  it("trusts a ruleset that was made before somebody looked at it, to the moment", () => {
    const older = { ...ruleset, updatedAt: "2026-11-25T00:59:00Z" };
    expect(judge({ rulesets: [older] })).toEqual({ kind: "closed" });
  });
  it("names everything that is open at once", () => {
    expect(judge({ rulesets: [{ ...ruleset, pullRequest: null }] })).toMatchObject({
      openings: [
        "no_pull_request",
        "no_code_owner_review",
        "keeps_stale_approvals",
        "no_last_push_approval",
      ],
    });
    expect(judge({}, configOf({}))).toMatchObject({ openings: ["no_ruleset"] });
    expect(judge({ codeOwners: null })).toMatchObject({ openings: ["no_code_owners"] });
  });
  it.each([
    ["a later line", `${text}/.github/workflows/x.yml @mallory\n`],
    ["other owners", text.replace("@carol", "@mallory")],
    ["no owners", "/.github/\n/CODEOWNERS @acme/security\n"],
    ["the file itself left out", "/CODEOWNERS.bak @acme/security\n/.github/ @acme/security\n"],
    ["nothing", ""],
  ])("refuses CODEOWNERS with %s", (_what, weak) => {
    const codeOwners = { path: "CODEOWNERS", text: weak };
    expect(judge({ codeOwners })).toMatchObject({ openings: ["code_owners_weak"] });
  });
  it("is content with one line where the file lies in the folder that it guards", () => {
    const path = ".github/CODEOWNERS";
    expect(guardedPaths(path)).toEqual(["/.github/"]);
    expect(judge({ codeOwners: { path, text: "/.github/ @ACME/Security" } })).toEqual({
      kind: "closed",
    });
  });
  it("has no owners where nobody holds the right", () => {
    const action = { ruleset: 5, lookedAt };
    expect(judge({}, configOf({ action, rights: {} }))).toMatchObject({
      openings: ["code_owners_weak"],
    });
  });
});
