import { afterEach, describe, expect, it } from "vitest";
import { judgeProtection, REQUIRED_CHECKS } from "../../src/domain/protection.ts";
import { api, appId, endReplies, forge, repo } from "../support/github-replies.ts";

afterEach(() => expect(endReplies()).toEqual([]));

const rules = (status: number, answer: object) =>
  api().get(`${repo}/rules/branches/main`).query({ per_page: "100" }).reply(status, answer);
const branch = (status: number, answer: object) =>
  api().get(`${repo}/branches/main`).reply(status, answer);
const judged = async () => judgeProtection("default", await forge().protection("main"));

const required = {
  type: "required_status_checks",
  parameters: {
    required_status_checks: REQUIRED_CHECKS.map((context) => ({ context, integration_id: appId })),
  },
};
const classic = (over: object) => ({
  name: "main",
  protected: true,
  protection: {
    enabled: true,
    required_status_checks: {
      enforcement_level: "everyone",
      contexts: [...REQUIRED_CHECKS],
      checks: REQUIRED_CHECKS.map((context) => ({ context, app_id: appId })),
      ...over,
    },
  },
});
const open = { name: "main", protected: false, protection: { enabled: false } };

describe("the protection of a branch on GitHub", () => {
  it("is seen whole in rulesets, but for who may bypass them", async () => {
    const types = ["pull_request", "non_fast_forward", "deletion"].map((type) => ({ type }));
    rules(200, [required, ...types]);
    branch(200, open);
    expect(await judged()).toMatchObject({ gaps: [], unseen: ["administrators_pass"] });
  });
  it("is none where there is neither rule nor protection", async () => {
    rules(200, []);
    branch(200, open);
    expect((await judged()).gaps).toHaveLength(5);
  });
  it("of the classic kind tells its checks, whom they bind, and no more", async () => {
    rules(200, []);
    branch(200, classic({}));
    expect(await judged()).toMatchObject({
      gaps: [],
      unseen: ["direct_push", "force_push", "deletion"],
    });
  });
  it.each([
    [{ enforcement_level: "non_admins" }, ["administrators_pass"]],
    [{ enforcement_level: "off" }, ["check_not_required"]],
    [{ checks: REQUIRED_CHECKS.map((context) => ({ context, app_id: -1 })) }, ["check_of_anybody"]],
    [{ checks: [] }, ["check_of_anybody"]],
    [{ checks: [], contexts: ["countersign/policy"] }, ["check_not_required"]],
  ])("of the classic kind with %j is weak", async (over, gaps) => {
    rules(200, []);
    branch(200, classic(over));
    expect((await judged()).gaps).toEqual(gaps);
  });
  it("of a branch that is not there is none", async () => {
    rules(200, []);
    branch(404, {});
    expect((await judged()).state).toBe("weak");
  });
  it.each([403, 500])(
    "that GitHub answers with %i is a fault, and no protection",
    async (status) => {
      rules(status, {});
      await expect(judged()).rejects.toMatchObject({ code: expect.stringMatching(/^github_/u) });
    },
  );
});
