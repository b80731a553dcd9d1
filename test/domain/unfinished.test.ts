import { describe, expect, it } from "vitest";
import { AuditEntry, type Mode } from "../../src/contract/audit-entry.ts";
import { readHistory } from "../../src/domain/history.ts";
import {
  lastEnded,
  newestAttempts,
  recoverableSites,
  unfinishedAt,
  unfinishedSites,
} from "../../src/domain/unfinished.ts";
import * as e from "../support/entries.ts";
import { site } from "../support/ids.ts";

const shop = e.authorised("shop");
const later = e.authorised("shop", { pr: 8 });
const again = e.authorised("shop", { attempt: 2 });
const as = (mode: Mode, pr = 9) => e.authorised("shop", { mode, pr });
const of = (entries: AuditEntry[]) => readHistory(entries.map((one) => AuditEntry.parse(one)));

describe("unfinishedSites", () => {
  it.each<[string, AuditEntry[], number | undefined]>([
    ["rolled back", [shop, e.receipt(shop, "rolled_back")], 7],
    ["refused", [shop, e.receipt(shop, "refused:drifted")], 7],
    ["lapsed", [shop, e.ended(shop, "lapsed")], 7],
    ["abandoned", [shop, e.ended(shop, "abandoned")], undefined],
    ["applied", [shop, e.receipt(shop, "applied")], undefined],
    ["open", [shop], undefined],
    [
      "mended by a later one",
      [shop, later, e.receipt(shop, "rolled_back"), e.receipt(later, "applied")],
      undefined,
    ],
    ["hurt, and another is open", [shop, later, e.receipt(shop, "rolled_back")], 7],
    [
      "overtaken by a retry of one before",
      [
        shop,
        later,
        e.receipt(shop, "rolled_back"),
        again,
        e.receipt(again, "applied"),
        e.ended(later, "overtaken"),
      ],
      8,
    ],
    [
      "abandoned after it ended",
      [shop, e.receipt(shop, "rolled_back"), e.ended(shop, "abandoned")],
      undefined,
    ],
    [
      "good, and given up too late",
      [shop, e.receipt(shop, "applied"), e.ended(shop, "abandoned")],
      undefined,
    ],
  ])("tells by the last that ended: %s", (_name, entries, pr) => {
    const history = of([...entries, e.authorised("blog")]);
    expect(unfinishedSites(history).get(site("shop"))?.entry.pr).toBe(pr);
    expect(unfinishedAt(history, site("shop"))?.entry.pr).toBe(pr);
    expect(unfinishedAt(history, site("blog"))).toBeUndefined();
  });
});

describe("rollbacks and recoveries", () => {
  const applied = [shop, e.receipt(shop, "applied")];
  const back = e.authorised("shop", { mode: "rollback" });

  it("a rollback that was done leaves the site unfinished until the branch follows", () => {
    const done = [...applied, back, e.receipt(back, "applied")];
    expect(unfinishedSites(of(done)).get(site("shop"))?.entry.sub).toBe(back.sub);
    const followed = as("recover");
    const end = [...done, followed, e.receipt(followed, "already_applied")];
    expect(unfinishedSites(of(end)).size).toBe(0);
    expect(unfinishedSites(of([...done, e.ended(back, "abandoned")])).size).toBe(0);
  });
  it.each<AuditEntry>([
    e.receipt(back, "refused:no_restore_point"),
    e.ended(back, "lapsed"),
    e.ended(back, "overtaken"),
  ])("a rollback that changed nothing leaves the site as it was: %j", (end) => {
    expect(unfinishedSites(of([...applied, back, end])).size).toBe(0);
  });
  it("a recovery that changed nothing leaves the plan that it was for unfinished", () => {
    const recovery = as("recover");
    const entries = [shop, e.receipt(shop, "rolled_back"), recovery];
    const refused = of([...entries, e.receipt(recovery, "refused:drifted")]);
    expect(unfinishedSites(refused).get(site("shop"))?.entry.pr).toBe(7);
    expect(lastEnded(refused).get(site("shop"))?.entry.pr).toBe(9);
  });
  it("what was abandoned can still be recovered, and holds up nobody", () => {
    const history = of([shop, e.receipt(shop, "rolled_back"), e.ended(shop, "abandoned")]);
    expect(recoverableSites(history).get(site("shop"))).toMatchObject({
      abandoned: true,
      end: { how: "rolled_back" },
    });
    expect(unfinishedSites(history).size).toBe(0);
  });
});

describe("newestAttempts", () => {
  it("are one for each site of a plan", () => {
    const found = newestAttempts(of([shop, again, later]), 7);
    expect([...found.values()].map(({ entry }) => entry.attempt)).toEqual([2]);
  });
});
