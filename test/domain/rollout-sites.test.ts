import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import { SiteFile } from "../../src/contract/site-file.ts";
import { readHistory } from "../../src/domain/history.ts";
import { rolloutSites } from "../../src/domain/rollout-sites.ts";
import { AT, authorised, ended, level, receipt, sent } from "../support/entries.ts";
import { site } from "../support/ids.ts";

const shop = authorised("shop");
const file = SiteFile.parse({
  url: "https://shop.example",
  tier: "production",
  labels: { canary: "yes" },
  timezone: "Europe/Berlin",
});
const at = Date.parse(AT) / 1000;
const canary = { labels: { canary: ["yes"] } };
const sitesOf = (entries: readonly AuditEntry[], found: typeof file | null = file) =>
  rolloutSites(readHistory(entries), 7, { canary, fileOf: () => found });
const stateOf = (...entries: AuditEntry[]) => sitesOf([shop, ...entries])[0]?.state;

describe("the sites of a rollout", () => {
  it("are told by the log: open, on their way, done well or badly", () => {
    expect(stateOf()).toEqual({ kind: "open", authorised: 0, at });
    expect(stateOf(sent(shop))).toEqual({ kind: "sent", lost: false });
    expect(stateOf(sent(shop), level("shop", "hold", "outcome_unknown"))).toEqual({
      kind: "sent",
      lost: true,
    });
    expect(stateOf(receipt(shop, "applied"))).toEqual({ kind: "well", at });
    expect(stateOf(receipt(shop, "rolled_back"))).toEqual({ kind: "badly", idle: false, place: 1 });
    expect(stateOf(receipt(shop, "refused:drifted"))).toMatchObject({ idle: false });
    expect(stateOf(ended(shop, "lapsed"))).toEqual({ kind: "badly", idle: true, place: 1 });
  });
  it("are seen by their newest attempt, and badly where a person took it back", () => {
    const again = authorised("shop", { attempt: 2 });
    expect(stateOf(receipt(shop, "rolled_back"), again)).toMatchObject({ authorised: 2 });
    const back = authorised("shop", { mode: "rollback" });
    expect(stateOf(receipt(shop, "applied"), back)).toEqual({
      kind: "badly",
      idle: false,
      place: 2,
    });
  });
  it("leave out recoveries and other plans", () => {
    expect(sitesOf([authorised("shop", { mode: "recover" })])).toEqual([]);
    expect(sitesOf([authorised("shop", { pr: 8 })])).toEqual([]);
  });
  it("are canaries by the selector, and none where the file cannot be read", () => {
    expect(sitesOf([shop])).toMatchObject([{ isCanary: true, timezone: "Europe/Berlin" }]);
    expect(sitesOf([shop], null)).toMatchObject([{ isCanary: false, timezone: null }]);
    const none = rolloutSites(readHistory([shop]), 7, { fileOf: () => file });
    expect(none).toMatchObject([{ site: site("shop"), isCanary: false }]);
  });
});

describe("a person's resume", () => {
  const word = (name: "resume" | "retry", pr: number | null): AuditEntry => ({
    at: AT,
    by: [11],
    comment: 1,
    issue: 7,
    kind: "commanded",
    name,
    pr,
    sites: [],
  });
  it("is kept by its place, and no other word is", () => {
    const history = readHistory([word("retry", 7), word("resume", null), word("resume", 7)]);
    expect([...history.resumed]).toEqual([[7, 2]]);
  });
});
