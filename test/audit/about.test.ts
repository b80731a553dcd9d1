/** What a question about a proposal, a site or a commit takes from a log: a table of every kind. */
import { describe, expect, it } from "vitest";
import { type About, entriesAbout } from "../../src/audit/about.ts";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import { sha, site } from "../support/ids.ts";

const [shop, blog] = [site("shop"), site("blog")];
const [head, merge, other] = [sha("head"), sha("merge"), sha("other")];
const at = "2026-11-24T12:00:00Z";

/** Only the members that a question looks at. */
const log = [
  { kind: "fleet.bootstrapped", commit: other },
  { kind: "pairing.opened", site: shop },
  { kind: "pairing", site: shop, pr: 3, commit: sha("pairing") },
  { kind: "pairing", site: blog, pr: null, commit: sha("by hand") },
  { kind: "plan.shown", pr: 7, head },
  { kind: "readiness.shown", pr: 7, site: shop },
  { kind: "verdict", pr: 7, head },
  { kind: "glass", pr: 7, merge },
  { kind: "range", pr: 7, to: merge },
  { kind: "range", pr: null, to: sha("push") },
  { kind: "authorised", pr: 7, site: shop, sub: "a", merge },
  { kind: "authorised", pr: 7, site: blog, sub: "b", merge },
  { kind: "sent", sub: "a", site: shop },
  { kind: "not_run", sub: "b", site: blog },
  { kind: "ended", sub: "b", site: blog },
  { kind: "receipt", sub: "a", site: shop },
  { kind: "receipt", sub: "local", site: shop },
  { kind: "level", site: shop },
  { kind: "level", site: null },
  { kind: "level", site: blog },
  { kind: "incident", sub: "a", site: shop },
  { kind: "incident", sub: null, site: blog },
  { kind: "incident", sub: null, site: null },
  { kind: "keyset", site: shop },
  { kind: "drift", site: blog },
  { kind: "answered", issue: 7 },
  { kind: "answered", issue: 9 },
  { kind: "commanded", pr: 7, sites: [blog] },
  { kind: "commanded", pr: null, sites: [shop] },
  { kind: "silence", site: blog },
  { kind: "protection", branch: "default" },
  { kind: "hearing", since: null },
  { kind: "generation", gen: 2 },
].map((entry) => ({ at, ...entry }) as unknown as AuditEntry);

const told = (about: About): string[] =>
  entriesAbout(log, about).map((index) => `${index} ${log[index]?.kind}`);

const ofSeven = [
  "4 plan.shown",
  "5 readiness.shown",
  "6 verdict",
  "7 glass",
  "8 range",
  "10 authorised",
  "11 authorised",
  "12 sent",
  "13 not_run",
  "14 ended",
  "15 receipt",
  "20 incident",
  "25 answered",
  "27 commanded",
];

describe("entriesAbout", () => {
  it("tells of a proposal all that it led to", () => {
    expect(told({ kind: "pr", pr: 7 })).toEqual(ofSeven);
  });
  it("tells of the proposal that brought a key", () => {
    expect(told({ kind: "pr", pr: 3 })).toEqual(["2 pairing"]);
  });
  it("tells of a site what is its own, and of the fleet what holds it, and ends its keys, too", () => {
    expect(told({ kind: "site", site: shop })).toEqual([
      "1 pairing.opened",
      "2 pairing",
      "4 plan.shown",
      "5 readiness.shown",
      "6 verdict",
      "7 glass",
      "8 range",
      "10 authorised",
      "12 sent",
      "15 receipt",
      "16 receipt",
      "17 level",
      "18 level",
      "20 incident",
      "23 keyset",
      "25 answered",
      "28 commanded",
      "32 generation",
    ]);
  });
  it("tells of another site nothing of the first", () => {
    expect(told({ kind: "site", site: blog })).toEqual([
      "3 pairing",
      "4 plan.shown",
      "6 verdict",
      "7 glass",
      "8 range",
      "11 authorised",
      "13 not_run",
      "14 ended",
      "18 level",
      "19 level",
      "21 incident",
      "24 drift",
      "25 answered",
      "27 commanded",
      "29 silence",
      "32 generation",
    ]);
  });
  it.each([
    ["head", head],
    ["merge", merge],
  ])("tells of a proposal's %s what it tells of the proposal", (_, commit) => {
    expect(told({ kind: "commit", commit: commit.slice(0, 7) })).toEqual(ofSeven);
  });
  it("tells of a commit without a proposal what names it", () => {
    expect(told({ kind: "commit", commit: sha("push") })).toEqual(["9 range"]);
    expect(told({ kind: "commit", commit: other })).toEqual(["0 fleet.bootstrapped"]);
    expect(told({ kind: "commit", commit: sha("pairing") })).toEqual(["2 pairing"]);
    expect(told({ kind: "commit", commit: sha("nowhere") })).toEqual([]);
  });
});
