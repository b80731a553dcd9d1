import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { judgeApprovals } from "../../src/domain/approval.ts";
import {
  actor,
  at,
  by,
  commit,
  config,
  facts,
  ids,
  merge,
  NOW,
  POLICY,
  policyWith,
  proposal,
  review,
  type ReviewInput,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput> = {}, policy = config()) =>
  judgeApprovals(policy, facts(over));
const reasonsOf = (over: Partial<FactsInput>, policy = config()) =>
  judge(over, policy).discounted.map(({ id, reason }) => [id, reason]);

describe("which review counts", () => {
  it("passes when an operator approved the shown plan", () => {
    expect(judge()).toMatchObject({
      result: "passed",
      reason: "approved",
      counted: [ids.ana],
      discounted: [],
      isKnownWrong: false,
    });
  });

  it("waits and says how many are missing when nobody approved", () => {
    const result = judge({ reviews: [] });
    expect(result).toMatchObject({ result: "waiting", reason: "missing_approvals" });
    expect(result.gates).toMatchObject([{ name: "operators", missing: 1, result: "waiting" }]);
  });

  it("whoever opened the pull request is an author of it, with or without a commit in it", () => {
    const commits = [commit({ author: by("dan"), committer: by("dan"), pushedBy: [ids.dan] })];
    expect(reasonsOf({ commits, reviews: [review("opener")] })).toEqual([
      [ids.opener, "own_change"],
    ]);
  });

  it("a merge commit is a commit: whoever pressed Update branch has contributed", () => {
    const update = commit({ sha: "h1", parents: ["h0", "b1"], author: by("ana"), verified: true });
    expect(reasonsOf({ commits: [commit({ sha: "h0" }), update] })).toEqual([
      [ids.ana, "own_change"],
    ]);
  });

  it("a contributor through the second parent of a merge does not count", () => {
    const second = commit({ sha: "x1", parents: ["x0"], author: by("ana") });
    const merged = commit({ sha: "h1", parents: ["h0", "x1"] });
    expect(reasonsOf({ commits: [second, merged] })).toEqual([[ids.ana, "own_change"]]);
  });

  it("contributors are those of the commits that the proposal has now", () => {
    const gone = commit({ author: by("ana") });
    expect(judge({ commits: [gone] }).result).toBe("waiting");
    expect(judge({ commits: [commit()] }).result).toBe("passed");
  });

  it("contributors of the unattested ranges it would settle do not count", () => {
    const branch = {
      bootstrapped: true,
      log: "ok" as const,
      connectors: 1,
      unattested: [{ by: [ids.ana], changes: [], config: null }],
    };
    expect(reasonsOf({ branch })).toEqual([[ids.ana, "own_change"]]);
  });

  it("whoever commands pin is no contributor by it: the App commits", () => {
    const commits = [commit({ author: by("bot"), committer: by("bot"), pushedBy: [ids.bot] })];
    expect(judge({ commits }).result).toBe("passed");
  });

  it("the person on whose command Countersign opened it does not count", () => {
    const opened = proposal({ openedBy: ids.bot, commandedBy: ids.ana });
    expect(reasonsOf({ proposal: opened })).toEqual([[ids.ana, "commanded_it"]]);
  });

  it.each<[string, Partial<ReviewInput>, Partial<FactsInput>]>([
    ["superseded_commit", { commit: "h0" }, {}],
    ["superseded_commit", { commit: null }, {}],
    ["before_plan", { submittedAt: at(99) }, {}],
    ["other_digest", {}, { shown: [{ head: "h1", digest: "d0", config: "c1", at: at(100) }] }],
    ["other_digest", {}, { shown: [{ head: "h1", digest: null, config: "c1", at: at(100) }] }],
    ["dismissed", { state: "DISMISSED", dismissal: { was: "APPROVED", by: actor("ben") } }, {}],
    ["dismissed", { state: "DISMISSED", dismissal: { was: "APPROVED", by: ids.ben } }, {}],
  ])("discounts an approval as %s", (reason, over, rest) => {
    expect(reasonsOf({ reviews: [review("ana", over)], ...rest })).toEqual([[ids.ana, reason]]);
  });

  it("an approval left on an old commit counts for nothing, however new it is", () => {
    const reviews = [review("ana", { commit: "h0", submittedAt: at(5000) })];
    expect(judge({ reviews }).result).toBe("waiting");
  });

  it("a review in the same second as plan.shown came before it", () => {
    expect(reasonsOf({ reviews: [review("ana", { submittedAt: at(100) })] })).toEqual([
      [ids.ana, "before_plan"],
    ]);
    expect(judge({ reviews: [review("ana", { submittedAt: at(101) })] }).result).toBe("passed");
  });

  it("an approval counts again when head and plan are the current ones again", () => {
    const shown = [
      { head: "h1", digest: "d1", config: "c1", at: at(100) },
      { head: "h2", digest: "d2", config: "c1", at: at(300) },
      { head: "h1", digest: "d1", config: "c1", at: at(400) },
    ];
    expect(judge({ shown }).result).toBe("passed");
    const changed = shown.with(2, { head: "h1", digest: "d3", config: "c1", at: at(150) });
    expect(reasonsOf({ shown: changed })).toEqual([[ids.ana, "other_digest"]]);
  });

  it("two plans shown in one second leave open which one was seen", () => {
    const shown = ["d1", "d0"].map((digest) => ({ head: "h1", digest, config: "c1", at: at(100) }));
    expect(reasonsOf({ shown })).toEqual([[ids.ana, "other_digest"]]);
  });

  it("a change of configuration voids no approval except kept ones", () => {
    const shown = [{ head: "h1", digest: "d1", config: "c0", at: at(100) }];
    expect(judge({ shown }).result).toBe("passed");
  });

  it("re-opening, readying, retargeting away and back change none", () => {
    const shown = [100, 500, 900].map((time) => ({
      head: "h1",
      digest: "d1",
      config: "c1",
      at: at(time),
    }));
    expect(judge({ shown }).result).toBe("passed");
  });

  it("comments and reactions never approve", () => {
    const comments = [{ user: actor("ana"), body: "/countersign approve", createdAt: at(200) }];
    const reviews = [review("ana", { state: "COMMENTED" }), review("ben", { state: "PENDING" })];
    expect(judge({ comments, reviews })).toMatchObject({ result: "waiting", discounted: [] });
  });

  it("editing a review's text changes nothing", () => {
    expect(judge({ reviews: [review("ana", { editedAt: at(999) })] }).result).toBe("passed");
  });

  it("states are read in capitals and in small letters", () => {
    expect(judge({ reviews: [review("ana", { state: "approved" })] }).result).toBe("passed");
  });
});

describe("a person's newest decisive review", () => {
  it("is found before head, digest and role are looked at", () => {
    const reviews = [review("ana"), review("ana", { commit: "h0", submittedAt: at(250) })];
    expect(reasonsOf({ reviews })).toEqual([[ids.ana, "superseded_commit"]]);
  });

  it("in one second is the one with the higher review id", () => {
    const good = review("ana", { id: 5 });
    const stale = review("ana", { id: 6, commit: "h0" });
    expect(judge({ reviews: [stale, good] }).result).toBe("waiting");
    expect(judge({ reviews: [{ ...stale, id: 4 }, good] }).result).toBe("passed");
  });

  it("read twice in two states is taken at its worst", () => {
    const reviews = [
      review("ana", { id: 5, state: "CHANGES_REQUESTED" }),
      review("ana", { id: 5 }),
    ];
    expect(judge({ reviews }).reason).toBe("changes_requested");
    expect(judge({ reviews: reviews.toReversed() }).reason).toBe("changes_requested");
  });

  it("a comment after an approval takes nothing back", () => {
    const reviews = [review("ana"), review("ana", { state: "COMMENTED", submittedAt: at(300) })];
    expect(judge({ reviews }).result).toBe("passed");
  });

  it("a later dismissal never revives an older approval", () => {
    const approved = review("ana");
    const dismissal = { was: "CHANGES_REQUESTED" as const, by: actor("ana"), at: at(300) };
    const objected = review("ana", { state: "DISMISSED", submittedAt: at(250), dismissal });
    expect(judge({ reviews: [approved, objected] })).toMatchObject({
      result: "waiting",
      discounted: [{ id: ids.ana, reason: "dismissed" }],
    });
  });

  it("dated more than 30 s ahead of our clock makes the gate wait and reports the clock", () => {
    const ahead = (seconds: number) =>
      review("ana", { submittedAt: new Date(Date.parse(NOW) + seconds * 1000).toISOString() });
    expect(judge({ reviews: [ahead(31)] })).toMatchObject({
      result: "waiting",
      reason: "clock_ahead",
    });
    expect(judge({ reviews: [ahead(30)] }).result).toBe("passed");
  });
});

describe("who is a person", () => {
  const security = config(policyWith("  - { name: g, require: [{ role: security, count: 1 }] }"));
  const inRole = (type: string | null, over: Partial<FactsInput> = {}) =>
    reasonsOf(
      { reviews: [review("carol", { user: { id: 13, login: "carol", type } })], ...over },
      security,
    );

  it.each(["Bot", "Organization", "Mannequin", null])("an account of type %s is a bot", (type) => {
    expect(inRole(type)).toEqual([[ids.carol, "bot"]]);
  });

  it("a bot in a role is discounted even where the review calls it a user", () => {
    const people = [{ id: 13, login: "carol", type: "Bot", permission: null, suspended: false }];
    expect(inRole("User", { people })).toEqual([[ids.carol, "bot"]]);
  });

  it("a deleted account is an unknown person, and so is one that people do not list", () => {
    expect(reasonsOf({ reviews: [review("opener"), review(null), review("outsider")] })).toEqual([
      [null, "unknown_person"],
      [ids.opener, "own_change"],
      [ids.outsider, "not_in_role"],
    ]);
    expect(inRole("User", { people: [] })).toEqual([[ids.carol, "unknown_person"]]);
  });

  it("GitHub's ghost is no account", () => {
    const ghost = { id: 10_137, login: "ghost", type: "User" };
    const people = [{ ...ghost, permission: "admin" as const, suspended: false }];
    expect(reasonsOf({ people, reviews: [review("ana", { user: ghost })] })).toEqual([
      [ghost.id, "unknown_person"],
    ]);
    const named = { ...ghost, id: ids.ana, login: "Ghost" };
    expect(reasonsOf({ reviews: [review("ana", { user: named })] })).toEqual([
      [ids.ana, "unknown_person"],
    ]);
  });

  it("a suspended account does not count, nor one of which nobody knows", () => {
    for (const suspended of [true, null]) {
      const people = [{ id: 13, login: "carol", type: "User", permission: null, suspended }];
      expect(inRole("User", { people })).toEqual([[ids.carol, "suspended"]]);
    }
  });

  it("agents are ordinary accounts that machines run: they never count", () => {
    expect(reasonsOf({ reviews: [review("agent")] })).toEqual([[ids.agent, "agent"]]);
    const bare = config(POLICY.replace("agents: { users: [", "agents: { users: [ana, "));
    expect(judge({}, bare).result).toBe("passed");
  });

  it("two logins that differ in case are one person when the id is one", () => {
    const two = config(policyWith("  - { name: g, require: [{ role: security, count: 2 }] }"));
    const reviews = ["carol", "CAROL"].map((login) =>
      review("carol", { user: { id: 13, login, type: "User" } }),
    );
    expect(judge({ reviews }, two)).toMatchObject({ result: "waiting", counted: [ids.carol] });
  });
});

describe("all reasons are recorded, the one shown is the first of the list", () => {
  it("names every reason of a bot that did everything wrong", () => {
    const commits = [commit({ author: by("bot"), committer: by("bot"), pushedBy: [ids.bot] })];
    const opened = proposal({ openedBy: ids.opener, commandedBy: ids.bot });
    const reviews = [review("bot", { commit: "h0" })];
    expect(judge({ commits, proposal: opened, reviews }).discounted).toEqual([
      {
        id: ids.bot,
        reason: "bot",
        reasons: [
          "bot",
          "own_change",
          "committer",
          "pusher",
          "commanded_it",
          "not_in_role",
          "superseded_commit",
          "before_plan",
        ],
      },
    ]);
  });

  it("an approval after a forced merge is shown as after_merge before anything about the head", () => {
    const late = review("ana", { submittedAt: at(301), commit: "h0" });
    const result = judge({ merge: merge(), reviews: [late] });
    expect(result.discounted).toEqual([
      {
        id: ids.ana,
        reason: "after_merge",
        reasons: ["after_merge", "superseded_commit", "before_plan"],
      },
    ]);
    expect(result).toMatchObject({ result: "waiting", isKnownWrong: true });
  });

  it("an approval in the second of the merge is in time, and a later one takes nothing back", () => {
    const inTime = review("ana", { submittedAt: at(300) });
    const late = review("ana", { submittedAt: at(301), commit: "h0" });
    expect(judge({ merge: merge(), reviews: [inTime, late] })).toMatchObject({
      result: "passed",
      discounted: [],
    });
  });

  it("an approval of another head than the one merged does not count", () => {
    expect(reasonsOf({ merge: merge({ head: "h2" }) })).toEqual([[ids.ana, "superseded_commit"]]);
  });
});
