import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { readConfiguration } from "../../src/domain/configuration.ts";
import { judgeRange } from "../../src/domain/ranges.ts";
import {
  at,
  by,
  change,
  commit,
  facts,
  ids,
  merge,
  type MergeInput,
  plan,
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

describe("settling an unattested range", () => {
  const unattested = [{ by: [ids.outsider, ids.ben], changes: [change()], config: null }];
  const held = {
    ...branch({ unattested }),
    levels: { fleet: "normal" as const, sites: { shop: "hold" as const } },
  };

  it("a revert has an empty plan: it is attested and ends the HOLD of the range", () => {
    const range = { changes: [change({ from: "5.4", to: "5.3" })], config: null };
    expect(judge({ ...noProposal, ...held, plan: plan([]) }, { ...push, range })).toMatchObject({
      kind: "attested",
      level: "normal",
      held: [],
    });
  });

  it("so does any later approved proposal, whose plan shows the whole difference", () => {
    expect(judge(held)).toMatchObject({ kind: "authorised", level: "normal", issued: ["shop"] });
  });

  it("but not by the approval of somebody who had a hand in it", () => {
    expect(judge({ ...held, reviews: [review("ben")] })).toMatchObject({
      kind: "unattested",
      reasons: ["missing_approvals"],
      level: "hold",
    });
  });

  it("ends the fleet's HOLD where the range had changed control files", () => {
    const control = [{ by: [ids.outsider], changes: [], config: "version: 1\nmine: true\n" }];
    const fleet = {
      ...branch({ unattested: control }),
      levels: { fleet: "hold" as const, sites: {} },
    };
    expect(judge(fleet).level).toBe("normal");
  });

  it("leaves other sites' HOLD, CONTAINED and unread levels alone", () => {
    const other = [{ by: [ids.outsider], changes: [change({ site: "blog" })], config: null }];
    const shop = (level: "hold" | "contained" | null) => ({
      levels: { fleet: "normal" as const, sites: { shop: level } },
    });
    expect(judge({ ...branch({ unattested: other }), ...shop("hold") })).toMatchObject({
      kind: "authorised",
      level: "hold",
      issued: [],
    });
    expect(judge({ ...held, ...shop("contained") })).toMatchObject({
      level: "contained",
      issued: [],
    });
    expect(judge({ ...held, ...shop(null) })).toMatchObject({ level: null, issued: [] });
  });
});

describe("a decision on record", () => {
  it("is made once: authorised stays, whatever is read later", () => {
    const later = { reviews: [], teams: null, checks: null };
    expect(judge(later, { decided: "authorised" })).toMatchObject({
      kind: "authorised",
      reasons: ["decided"],
      sites: { authorised: [{ site: "shop", pre: null }] },
      issued: ["shop"],
    });
  });

  it("signs nothing while plan or policy are unread", () => {
    expect(judge({}, { decided: "authorised", plans: null }).issued).toEqual([]);
    expect(judge({ config: null }, { decided: "authorised" }).issued).toEqual([]);
  });

  it("unattested stays, and holds nothing anew: release ends a HOLD, only settling attests", () => {
    expect(judge({}, { decided: "unattested" })).toMatchObject({
      kind: "unattested",
      held: [],
      level: "normal",
      issued: [],
    });
  });

  it("HOLD suspends what was authorised", () => {
    const levels = { fleet: "hold" as const, sites: {} };
    expect(judge({ levels }, { decided: "authorised" })).toMatchObject({
      kind: "authorised",
      issued: [],
      level: "hold",
    });
  });
});

describe("contributors at the merge", () => {
  it("are read again: a commit by the approver voids the approval", () => {
    expect(judge({ commits: [commit(), commit({ sha: "h0", author: by("ana") })] })).toMatchObject({
      ...shopHeld,
      reasons: ["missing_approvals"],
    });
  });
});
