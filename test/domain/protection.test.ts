import { describe, expect, it } from "vitest";
import {
  type BranchProtection,
  isWeakened,
  judgeProtection,
  REQUIRED_CHECKS,
} from "../../src/domain/protection.ts";
import { protectionLines, protectionWarnings } from "../../src/render/protection-line.ts";

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
  it("is weakened by what held and is known not to, and by nothing that was not read", () => {
    expect(isWeakened(judge({}), judge({ refusesDeletion: false }))).toBe(true);
    expect(isWeakened(judge({ refusesDeletion: null }), judge({ refusesDeletion: false }))).toBe(
      false,
    );
    expect(isWeakened(judge({ refusesDeletion: false }), judge({ refusesDeletion: false }))).toBe(
      false,
    );
    expect(isWeakened(judge({}), judge({ refusesDeletion: null }))).toBe(false);
    const unread = judgeProtection("default", null);
    expect(isWeakened(unread, judgeProtection("default", none))).toBe(false);
    expect(isWeakened(judge({}), unread)).toBe(false);
  });
});
