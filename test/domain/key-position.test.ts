import { describe, expect, it } from "vitest";
import type { AuditEntry, EntryOf } from "../../src/contract/audit-entry.ts";
import { Kid } from "../../src/contract/ids.ts";
import { readHistory } from "../../src/domain/history.ts";
import { keysOf, nextPairingKeys, spokenPosition } from "../../src/domain/key-position.ts";
import * as e from "../support/entries.ts";
import { site } from "../support/ids.ts";

const shop = site("shop");
const at = "2026-11-24T12:00:00Z";
const entry = (over: Partial<EntryOf<"keyset">>): AuditEntry => ({
  at,
  by: 13,
  epoch: 1,
  gen: 1,
  kid: Kid.parse("k".repeat(22)),
  kind: "keyset",
  kver: 2,
  phase: "ordered",
  site: shop,
  ...over,
});
const keys = (entries: readonly AuditEntry[], epoch = 1) =>
  keysOf(readHistory(entries).keys, shop, epoch);

describe("the keys that the control plane speaks to a site with", () => {
  it("are those of its pairing, until an entry says otherwise", () => {
    expect(keys([])).toEqual({ epoch: 1, gen: 1, kver: 1, since: null, ordered: null });
  });
  it("stay in force while the next version is on its way", () => {
    expect(keys([entry({})])).toMatchObject({ kver: 1, ordered: { gen: 1, kver: 2 } });
  });
  it("are the new ones from the site's greeting on, and so for every later version", () => {
    const turn = [entry({}), entry({ phase: "in_force" })];
    expect(keys(turn)).toEqual({ epoch: 1, gen: 1, kver: 2, since: at, ordered: null });
    expect(keys([...turn, entry({ kver: 3 })])).toMatchObject({ kver: 2, ordered: { kver: 3 } });
  });
  it("begin again with every epoch", () => {
    expect(keys([entry({ phase: "in_force" })], 2)).toMatchObject({ epoch: 2, kver: 1 });
  });
  it("are those that its pairing pinned, from the merge on", () => {
    const proved = e.pairingProved("shop", { epoch: 2, gen: 3 });
    const before = [entry({ phase: "in_force" }), proved];
    expect(keys(before)).toMatchObject({ epoch: 1, gen: 1, kver: 2 });
    const after = [...before, { ...proved, epoch: 4, gen: 9 }, e.pairing("shop", 2)];
    expect(keys(after, 2)).toMatchObject({ epoch: 2, gen: 3, kver: 1, ordered: null });
    expect(keys([...after, entry({ kver: 3 })], 2)).toMatchObject({ gen: 3, ordered: null });
  });
});

describe("the keys that a message to a site is signed with", () => {
  const spoken = (...entries: AuditEntry[]) => spokenPosition(keys(entries));
  it("are the old ones while the next version of a generation is only ordered", () => {
    expect(spoken()).toEqual({ gen: 1, kver: 1 });
    expect(spoken(entry({ kver: 2 }))).toEqual({ gen: 1, kver: 1 });
  });
  it("are the new ones as soon as a generation is ordered: the old seed is gone", () => {
    expect(spoken(entry({ gen: 2, kver: 1 }))).toEqual({ gen: 2, kver: 1 });
    const inForce = entry({ gen: 2, kver: 1, phase: "in_force" });
    expect(spoken(entry({ gen: 2, kver: 1 }), inForce)).toEqual({ gen: 2, kver: 1 });
  });
});

describe("what the next pairing pins", () => {
  const next = (...entries: AuditEntry[]) => nextPairingKeys(readHistory(entries).generation);
  it("is the first version of the newest generation on record, also of one only ordered", () => {
    expect(next()).toEqual({ gen: 1, kver: 1 });
    expect(next(entry({ phase: "in_force", kver: 7 }))).toEqual({ gen: 1, kver: 1 });
    expect(next(entry({ gen: 2, kver: 1 }))).toEqual({ gen: 2, kver: 1 });
    const later = entry({ gen: 3, kver: 1, phase: "in_force", site: site("blog") });
    expect(next(entry({}), later)).toEqual({ gen: 3, kver: 1 });
  });
});
