import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import { coAuthorAddresses, contributorsOf } from "../../src/domain/contributors.ts";
import {
  by,
  commit,
  type CommitInput,
  config,
  facts,
  ids,
  proposal,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput>) => judgeApprovals(config(), facts(over));
const withCommit = (over: Partial<CommitInput>, rest: Partial<FactsInput> = {}) =>
  judge({ commits: [commit(over)], ...rest });
const webFlow = { id: 19_864_447, login: "web-flow", email: "noreply@github.com" };

describe("contributors and commits", () => {
  it.each<[string, Partial<CommitInput>]>([
    ["own_change", { author: by("ana") }],
    ["committer", { committer: by("ana") }],
    ["pusher", { pushedBy: [ids.opener, ids.ana] }],
    ["co_author", { message: "x\n\nCo-authored-by: Ana <ANA@example.com>" }],
  ])("discounts the approval of a contributor as %s", (reason, over) => {
    expect(withCommit(over)).toMatchObject({
      result: "waiting",
      reason: "missing_approvals",
      discounted: [{ id: ids.ana, reason }],
    });
  });

  it.each<[string, Partial<CommitInput>]>([
    ["an author", { author: { id: null, login: null, email: "a@b" } }],
    ["an author", { author: null }],
    ["a committer", { committer: { id: null, login: null, email: "a@b" } }],
    ["a committer", { committer: null }],
    ["an author but GitHub's ghost", { author: { id: 10_137, login: "ghost", email: "a@b" } }],
    ["an author but GitHub itself", { author: webFlow, verified: true }],
  ])("a commit without %s is unattributable, which blocks", (_, over) => {
    expect(withCommit(over)).toMatchObject({
      result: "blocked",
      reason: "unattributable_commit",
      problems: [{ evidence: ["h1"] }],
      isKnownWrong: true,
    });
  });

  it("web-flow is nobody only where GitHub reports its own valid signature", () => {
    expect(withCommit({ committer: webFlow, verified: true }).result).toBe("passed");
    expect(withCommit({ committer: webFlow, verified: false }).reason).toBe(
      "unattributable_commit",
    );
    expect(withCommit({ committer: { ...webFlow, id: 4 }, verified: false }).result).toBe(
      "blocked",
    );
    expect(withCommit({ committer: webFlow, verified: null })).toMatchObject({
      result: "waiting",
      reason: "facts_unread",
    });
  });

  it("an unknown pusher of an unsigned commit blocks", () => {
    for (const pushedBy of [null, []]) {
      expect(withCommit({ pushedBy }).reason).toBe("unknown_pusher");
      expect(withCommit({ pushedBy, verified: true }).result).toBe("passed");
      expect(withCommit({ pushedBy, verified: null }).reason).toBe("facts_unread");
    }
  });

  it.each<[string, Partial<FactsInput>]>([
    ["commits", { commits: null }],
    ["commits", { commitsComplete: false }],
    ["commits", { commitsComplete: null }],
    ["opener", { proposal: proposal({ openedBy: null }) }],
    ["commit message", { commits: [commit({ message: null })] }],
    ["unattested ranges", { branch: null }],
    [
      "contributors of an unattested range",
      {
        branch: {
          bootstrapped: true,
          log: "ok",
          connectors: 1,
          unattested: [{ by: null, changes: [] }],
        },
      },
    ],
    [
      "accounts of co-authors",
      { commits: [commit({ message: "Co-authored-by: <x@y>" })], emails: null },
    ],
  ])("waits while the %s could not be read", (what, over) => {
    expect(judge(over)).toMatchObject({
      result: "waiting",
      reason: "facts_unread",
      problems: [{ evidence: [what] }],
      isKnownWrong: false,
    });
  });

  it("a co-author without an account is shown and discounts nobody", () => {
    const commits = [commit({ message: "x\n\nco-authored-by: Zed <zed@example.com>" })];
    expect(judge({ commits }).result).toBe("passed");
    expect(contributorsOf(facts({ commits })).strangers).toEqual(["zed@example.com"]);
    const emails = { "zed@example.com": null };
    expect(contributorsOf(facts({ commits, emails })).strangers).toEqual(["zed@example.com"]);
  });

  it("a push without a proposal has the contributors of the unattested ranges alone", () => {
    expect(contributorsOf(facts({ proposal: null })).by.size).toBe(0);
    const { branch: _, ...rest } = facts({ proposal: null });
    expect(contributorsOf(rest)).toMatchObject({ unread: [] });
  });
});

describe("commits of an unattested range", () => {
  const settling = (over: Partial<CommitInput> | null) =>
    judge({
      branch: {
        bootstrapped: true,
        log: "ok",
        connectors: 0,
        unattested: [{ by: [ids.outsider], changes: [], commits: over && [commit(over)] }],
      },
    });
  it.each<[string, Partial<CommitInput>]>([
    ["its author", { author: by("ana") }],
    ["its committer", { committer: by("ana") }],
    ["a co-author", { message: "Co-authored-by: <ana@example.com>", author: by("dan") }],
    ["whoever pushed it", { pushedBy: [ids.ana] }],
  ])("%s has a hand in what would settle it", (who, over) => {
    const emails = { "ana@example.com": ids.ana };
    const range = { by: [ids.outsider], changes: [], commits: [commit(over)] };
    const branch = { bootstrapped: true, log: "ok", connectors: 0, unattested: [range] } as const;
    const judged = judge({ emails, branch: { ...branch, unattested: [range] } });
    expect(
      judged.discounted.map(({ id }) => id),
      who,
    ).toContain(ids.ana);
    expect(judged.result).toBe("waiting");
  });
  it("that were not read leave nobody who can settle it, and those of nobody block", () => {
    expect(settling(null)).toMatchObject({ result: "waiting", reason: "facts_unread" });
    expect(settling({ author: null }).reason).toBe("unattributable_commit");
    expect(settling({ pushedBy: [] }).reason).toBe("unknown_pusher");
    expect(settling({}).result).toBe("passed");
  });
});

describe("a co-author trailer", () => {
  it.each<[string, string[]]>([
    ["Co-authored-by: A <a@b>", ["a@b"]],
    ["CO-AUTHORED-BY: A <a@b>", ["a@b"]],
    ["title\n\nco-authored-by:<a@b>\r\nand more text\rCo-Authored-By: C < c@d >", ["a@b", "c@d"]],
    ["Co-authored-by: A <a@b>, C <c@d>", ["a@b", "c@d"]],
    [" Co-authored-by: A <a@b>", []],
    ["see Co-authored-by: A <a@b>", []],
    ["Co-authored-by: a@b", []],
    ["Signed-off-by: A <a@b>", []],
  ])("is a line that begins with the word, anywhere: %j", (message, addresses) => {
    expect(coAuthorAddresses(message)).toEqual(addresses);
  });
});
