import { describe, expect, it } from "vitest";
import { ProtectionGap } from "../../src/contract/watch-entry.ts";
import {
  type BranchProtection,
  heldBy,
  judgeProtection,
  lostOf,
  recordedProtection,
  REQUIRED_CHECKS,
} from "../../src/domain/protection.ts";
import { protectionLines, protectionWarnings } from "../../src/render/protection-line.ts";
import { AT, bootstrapped } from "../support/entries.ts";
import { digest } from "../support/ids.ts";

const whole: BranchProtection = {
  checks: REQUIRED_CHECKS.map((name) => ({ name, app: 1 })),
  byPullRequest: true,
  refusesForcePush: true,
  refusesDeletion: true,
  bindsAdministrators: true,
};
const none: BranchProtection = {
  checks: [],
  byPullRequest: false,
  refusesForcePush: false,
  refusesDeletion: false,
  bindsAdministrators: false,
};
const judge = (over: Partial<BranchProtection>) =>
  judgeProtection("default", { ...whole, ...over });

describe("a branch's protection", () => {
  it("is whole where everything that is asked for is there", () => {
    const judged = judge({});
    expect(judged).toEqual({ branch: "default", state: "protected", gaps: [], unseen: [] });
    expect(protectionLines([judged])).toEqual([]);
  });
  it("is missing altogether without a rule, which every verdict warns of", () => {
    const judged = judgeProtection("default", none);
    expect(judged.gaps).toEqual([
      "check_not_required",
      "direct_push",
      "force_push",
      "deletion",
      "administrators_pass",
    ]);
    expect(protectionWarnings([judged])[0]).toMatch(/GitHub does not stop merging without/u);
  });
  it.each(REQUIRED_CHECKS)("is weak without the check %s", (missing) => {
    const checks = whole.checks.filter(({ name }) => name !== missing);
    expect(judge({ checks })).toMatchObject({ state: "weak", gaps: ["check_not_required"] });
  });
  it("is weak where anybody may report one of the checks, be it beside ours", () => {
    const anybodys = { name: REQUIRED_CHECKS[0], app: null };
    expect(judge({ checks: [...whole.checks, anybodys] }).gaps).toEqual(["check_of_anybody"]);
  });
  it.each([
    ["byPullRequest", "direct_push"],
    ["refusesForcePush", "force_push"],
    ["refusesDeletion", "deletion"],
    ["bindsAdministrators", "administrators_pass"],
  ] as const)("knows %s, knows it not to hold, or does not see it", (fact, gap) => {
    expect(judge({ [fact]: false })).toMatchObject({ state: "weak", gaps: [gap] });
    const unseen = judge({ [fact]: null });
    expect(unseen).toMatchObject({ state: "unseen", gaps: [], unseen: [gap] });
    expect(protectionLines([unseen])[0]).toContain("cannot see");
    expect(protectionWarnings([unseen])).toEqual([]);
  });
  it("that could not be read is said so, never as protected", () => {
    const judged = judgeProtection("audit", null);
    expect(judged.state).toBe("unread");
    expect(protectionWarnings([judged])[0]).toContain("could not be read");
  });
  it("of the audit branch asks for no check: the App alone writes there", () => {
    const alone = { ...none, refusesForcePush: true, refusesDeletion: true };
    expect(judgeProtection("audit", alone).state).toBe("protected");
    expect(judgeProtection("audit", none).gaps).toEqual(["force_push", "deletion"]);
  });
  it("holds what is known to be stopped, and nothing that only nobody saw", () => {
    expect(heldBy(judge({}))).toEqual(ProtectionGap.options);
    expect(heldBy(judge({ refusesDeletion: null, byPullRequest: false }))).toEqual(
      ProtectionGap.options.filter((gap) => gap !== "deletion" && gap !== "direct_push"),
    );
    expect(heldBy(judgeProtection("default", none))).toEqual([]);
    expect(heldBy(judgeProtection("default", null))).toEqual([]);
    const own = { ...none, refusesForcePush: true };
    expect(heldBy(judgeProtection("audit", own))).toEqual(["force_push"]);
  });
  it("loses what held and is known not to, and nothing to what was not read or seen", () => {
    const held = heldBy(judge({}));
    expect(lostOf(held, judge({ refusesDeletion: false }))).toEqual(["deletion"]);
    expect(lostOf(held, judge({ refusesDeletion: null }))).toEqual([]);
    expect(lostOf(held, judgeProtection("default", null))).toEqual([]);
    expect(lostOf(["deletion"], judge({ byPullRequest: false }))).toEqual([]);
  });
  it("is not weaker for a check that is required now and that anybody may report", () => {
    const before = heldBy(judge({ checks: [] }));
    const anybodys = whole.checks.map((check) => ({ ...check, app: null }));
    expect(lostOf(before, judge({ checks: anybodys }))).toEqual([]);
  });
  it("is on record with its newest line for each branch", () => {
    const line = { at: AT, kind: "protection", name: digest("main") } as const;
    const first = { ...line, branch: "default" as const, held: [] };
    const second = { ...first, held: ["deletion" as const] };
    const audit = { ...first, branch: "audit" as const };
    const known = recordedProtection([bootstrapped(), first, audit, second]);
    expect(known.get("default")).toEqual({ entry: second, index: 3 });
    expect(known.get("audit")).toEqual({ entry: audit, index: 2 });
  });
});
