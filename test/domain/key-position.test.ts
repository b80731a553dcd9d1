import { describe, expect, it } from "vitest";
import type { AuditEntry, EntryOf } from "../../src/contract/audit-entry.ts";
import { Kid } from "../../src/contract/ids.ts";
import { readHistory } from "../../src/domain/history.ts";
import { keysOf } from "../../src/domain/key-position.ts";
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
});
