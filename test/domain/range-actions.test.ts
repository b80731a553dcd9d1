import { describe, expect, it } from "vitest";
import type { FactsInput } from "../../src/contract/facts.ts";
import { readConfiguration } from "../../src/domain/configuration.ts";
import { judgeRange } from "../../src/domain/ranges.ts";
import {
  actor,
  at,
  change,
  facts,
  ids,
  merge,
  type MergeInput,
  plan,
  POLICY,
  review,
} from "../support/facts-builder.ts";

const judge = (over: Partial<FactsInput> = {}, merged: Partial<MergeInput> = {}) => {
  const given = facts({ now: at(400), merge: merge(merged), ...over });
  if (given.merge === null) throw new Error("no merge");
  return judgeRange(readConfiguration(given), given, given.merge);
};
const policy = (text: string) => ({ config: { state: "ok" as const, text, digest: "c1" } });
const state = (site: string, pre: string | null, seconds: number) => ({
  site,
  pre,
  at: at(seconds),
});
const twoSites = plan([change(), change({ site: "blog" })]);
const withheld = { authorised: [], withheld: [{ site: "shop", reason: "other_state" }] };

describe("which live state is authorised", () => {
  it("the one that was shown when the counted approvals were given", () => {
    const states = [state("shop", "p0", 50), state("shop", "p1", 100)];
    expect(judge({ states }).sites.authorised).toMatchObject([{ site: "shop", pre: "p1" }]);
  });

  it.each<[string, NonNullable<FactsInput["states"]> | null]>([
    ["it has changed since", [state("shop", "p1", 100), state("shop", "p2", 250)]],
    ["it was first shown after the approval", [state("shop", "p1", 250)]],
    ["it was shown in the second of the approval", [state("shop", "p1", 200)]],
    ["one second showed two", [state("shop", "p1", 100), state("shop", "p2", 100)]],
    ["another site's was shown", [state("blog", "p1", 100)]],
    ["it could not be read", [state("shop", null, 100)]],
    ["no state could be read", null],
  ])("none where %s: the range is authorised all the same", (_, states) => {
    const range = judge({ states });
    expect(range).toMatchObject({ kind: "authorised", sites: withheld, issued: [], held: [] });
  });

  it("none where the counted approvals saw different ones", () => {
    const states = [state("shop", "p1", 100), state("shop", "p2", 220), state("shop", "p1", 240)];
    const reviews = [review("ana"), review("ben", { submittedAt: at(230) })];
    expect(judge({ states, reviews }).sites).toEqual(withheld);
    expect(judge({ states, reviews: [review("ana")] }).sites.authorised).toHaveLength(1);
  });

  it("a site that got none does not stop the others", () => {
    const states = [state("shop", "p1", 100), state("blog", "b1", 100), state("blog", "b2", 250)];
    expect(judge({ states, plan: twoSites })).toMatchObject({
      sites: { authorised: [{ site: "shop" }], withheld: [{ site: "blog" }] },
      issued: ["shop"],
    });
  });

  it("broken glass saw the state like an approval", () => {
    const glass = (name: "carol" | "dan") => ({
      gate: "operators",
      user: actor(name),
      reason: "down",
      at: at(260),
      digest: "d1",
      edited: false,
    });
    const breakGlass = [glass("carol"), glass("dan")];
    const states = [state("shop", "p1", 100)];
    expect(judge({ reviews: [], breakGlass, states }).sites.authorised).toHaveLength(1);
    expect(judge({ reviews: [], breakGlass, states: [state("shop", "p1", 260)] }).sites).toEqual(
      withheld,
    );
  });

  it("is not asked about where the facts have no states: then no pre is known", () => {
    const { states: _, ...without } = facts({ merge: merge() });
    const range = judgeRange(readConfiguration(without), without, without.merge!);
    expect(range.sites.authorised).toEqual([{ site: "shop", mode: "apply", pre: null }]);
    expect(judge({ states: [] }).sites.authorised).toMatchObject([{ pre: null }]);
  });

  it("is not asked of control changes: the range is authorised and no site is", () => {
    const adopt = plan([change({ kind: "site.adopt" })]);
    expect(judge({ plan: adopt })).toMatchObject({
      kind: "authorised",
      sites: { authorised: [], withheld: [] },
      issued: [],
    });
  });
});

describe("which actions may be signed now", () => {
  const recovering = { plan: plan([change()], { recovers: ["shop"] }) };
  const frozen = policy(`${POLICY}freezes:
  - { name: peak, from: 2026-11-24, until: 2026-11-26, zone: UTC, reason: season, owner: carol }
`);
  const shut = policy(`${POLICY}rollout: { window: { days: [sun], from: "02:00", until: "05:00" } }
`);

  it.each<[string, Partial<FactsInput>]>([
    ["a freeze", frozen],
    ["a shut window", shut],
    ["HOLD", { levels: { fleet: "normal", sites: { shop: "hold" } } }],
    ["CONTAINED", { levels: { fleet: "contained", sites: {} } }],
    ["an unfinished site", { unfinished: { shop: 3 } }],
  ])(
    "%s: a merge made meanwhile is authorised, its actions wait, a recovery's do not",
    (_, over) => {
      expect(judge(over)).toMatchObject({ kind: "authorised", issued: [] });
      expect(judge({ ...over, ...recovering })).toMatchObject({
        kind: "authorised",
        issued: ["shop"],
        sites: { authorised: [{ mode: "recover" }] },
      });
    },
  );

  it("one frozen step holds its whole site", () => {
    const plans = plan([change(), change({ kind: "theme.update", target: "themes/one" })]);
    const allows = policy(`${POLICY}freezes:
  - { name: peak, from: 2026-11-24, until: 2026-11-26, zone: UTC, allow: [plugin.update], reason: season, owner: carol }
`);
    expect(judge({ ...allows, plan: plans })).toMatchObject({ kind: "authorised", issued: [] });
    expect(judge(allows).issued).toEqual(["shop"]);
  });

  it("an unread level runs nothing", () => {
    expect(judge({ levels: null, ...recovering })).toMatchObject({ issued: [], level: null });
  });

  it("an unattested range does not lower a level that is higher", () => {
    const levels = { fleet: "contained" as const, sites: {} };
    expect(judge({ reviews: [], levels })).toMatchObject({ held: ["shop"], level: "contained" });
  });

  it("a HOLD that a recovery ends is over when its action ended well, not before", () => {
    const levels = { fleet: "normal" as const, sites: { shop: "hold" as const } };
    expect(judge({ levels, ...recovering }).level).toBe("hold");
  });

  it("under CONTAINED one recovery at a time runs", () => {
    const both = { plan: plan(twoSites.changes ?? [], { recovers: ["shop", "blog"] }) };
    const contained = { levels: { fleet: "contained" as const, sites: {} }, states: [] };
    expect(judge({ ...both, ...contained }).issued).toEqual(["blog"]);
    expect(judge({ ...both, levels: { fleet: "hold", sites: {} }, states: [] }).issued).toEqual([
      "blog",
      "shop",
    ]);
  });

  it("one site waits for itself alone", () => {
    const states: FactsInput["states"] = [];
    const levels = { fleet: "normal" as const, sites: { blog: "hold" as const } };
    expect(judge({ plan: twoSites, levels, states })).toMatchObject({
      issued: ["shop"],
      level: "hold",
    });
  });
});

describe("bootstrap", () => {
  const fresh = (over: object = {}) => ({
    branch: {
      bootstrapped: false,
      log: "missing" as const,
      connectors: 0,
      unattested: [],
      ...over,
    },
    config: { state: "missing" as const },
    proposal: null,
    reviews: [],
  });
  const first = { kind: "push" as const, range: { changes: [change()], config: POLICY } };

  it("takes the first valid policy on the default branch as it stands", () => {
    expect(judge(fresh(), first)).toMatchObject({
      kind: "attested",
      reasons: ["bootstrapped"],
      issued: [],
      held: [],
    });
    expect(judge({ ...fresh(), ...policy(POLICY) }, { ...first, range: null }).kind).toBe(
      "attested",
    );
  });

  it("waits without end for one that is valid", () => {
    const broken = { ...first, range: { changes: [], config: "version: 2" } };
    for (const merged of [broken, { ...first, range: null }]) {
      expect(judge({ ...fresh(), now: at(99_999) }, merged)).toMatchObject({
        kind: "waiting",
        reasons: ["no_valid_policy"],
        held: [],
      });
    }
  });

  it.each([1, true, ["shop"]])(
    "takes none while a site file has a connector (%j)",
    (connectors) => {
      expect(judge(fresh({ connectors }), first)).toMatchObject({
        kind: "unattested",
        reasons: ["connectors_before_bootstrap"],
        held: "fleet",
      });
    },
  );

  it("takes none by force", () => {
    expect(judge(fresh(), { ...first, kind: "force_push" }).kind).toBe("unattested");
  });

  it.each<[string, Partial<FactsInput>]>([
    ["log", { branch: { bootstrapped: true, log: "missing", connectors: 1, unattested: [] } }],
    ["policy", { config: { state: "missing" } }],
  ])("afterwards a missing %s is an incident of the fleet", (what, over) => {
    expect(judge(over)).toMatchObject({
      kind: "unattested",
      reasons: [`${what}_missing`],
      held: "fleet",
    });
  });

  it("settles nothing that came before: a later level stays", () => {
    const unattested = [{ by: [ids.outsider], changes: [change()], config: null }];
    const levels = { fleet: "normal" as const, sites: { shop: "contained" as const } };
    expect(judge({ ...fresh({ unattested }), levels }, first)).toMatchObject({
      kind: "attested",
      level: "contained",
    });
  });

  it("facts that do not ask about the branch are judged by the policy they give", () => {
    const { branch: _, ...without } = facts({ merge: merge() });
    expect(judgeRange(readConfiguration(without), without, without.merge!).kind).toBe("authorised");
  });
});
