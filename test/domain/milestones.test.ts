import { describe, expect, it } from "vitest";
import type { AuditEntry, AuthorisedEntry } from "../../src/contract/audit-entry.ts";
import { authorisationsFor, readHistory } from "../../src/domain/history.ts";
import { toldUpTo, wentBadly } from "../../src/domain/milestones.ts";
import { authorised, ended, receipt, sent } from "../support/entries.ts";

const nine = Array.from({ length: 9 }, (_, at) => authorised(`site-${at}`));
const none = { canaries: 0, resumedAt: null, incidentAt: null };
const actionsOf = (entries: readonly AuditEntry[]) =>
  authorisationsFor(readHistory([...nine, ...entries]), 7);
const upTo = (entries: readonly AuditEntry[], moments: Partial<typeof none> | object = {}) =>
  toldUpTo(actionsOf(entries), { ...none, ...moments });
const well = (...numbers: number[]) => numbers.map((at) => receipt(nine[at]!, "applied"));
const first: AuthorisedEntry = nine[0]!;

describe("how much of a large plan is told", () => {
  it.each<[string, AuditEntry[], number]>([
    ["its authorisation, before anything ended", [], 8],
    ["no more while the first sites end well", well(0, 1), 8],
    ["a third of its ends", well(0, 1, 2), 11],
    ["no more until the next third", well(0, 1, 2, 3, 4), 11],
    ["two thirds of them", well(0, 1, 2, 3, 4, 5, 6), 14],
    ["all of them", well(0, 1, 2, 3, 4, 5, 6, 7, 8), 17],
    ["what lapsed, as an end like others", [...well(0, 1), ended(nine[2]!, "lapsed")], 11],
  ])("is %s", (_name, entries, index) => {
    expect(upTo(entries)).toBe(index);
  });
  it("is the canary's end, of however many sites", () => {
    expect(upTo(well(0), { canaries: 1 })).toBe(9);
    expect(upTo(well(0), { canaries: 2 })).toBe(8);
    expect(upTo(well(0, 1), { canaries: 2 })).toBe(10);
  });
  it("is a person's resume, and an incident about it", () => {
    expect(upTo(well(0), { resumedAt: 9 })).toBe(9);
    expect(upTo(well(0), { incidentAt: 10 })).toBe(10);
  });
  it("is the first bad end while others are on their way, and the last end once none is", () => {
    const bad = receipt(nine[1]!, "rolled_back");
    const running = [sent(nine[2]!), bad, receipt(nine[3]!, "rolled_back")];
    expect(upTo(running)).toBe(10);
    expect(upTo([...running, receipt(nine[2]!, "applied")])).toBe(12);
  });
  it("is not what a person has answered", () => {
    const stopped = [receipt(nine[0]!, "rolled_back"), ...well(1)];
    expect(upTo(stopped)).toBe(10);
    expect(upTo(stopped, { resumedAt: 9 })).toBe(9);
  });
  it("stays the same, whatever else the log grows by", () => {
    const entries = well(0, 1, 2);
    expect(upTo([...entries, sent(nine[3]!), sent(nine[4]!)])).toBe(upTo(entries));
  });
});

describe("what went badly", () => {
  it.each<[AuditEntry, boolean]>([
    [receipt(first, "applied"), false],
    [receipt(first, "already_applied"), false],
    [ended(first, "lapsed"), false],
    [receipt(first, "refused:drifted"), true],
    [receipt(first, "rolled_back"), true],
    [sent(first), false],
  ])("is seen as a rollout sees it: %o", (entry, bad) => {
    expect(wentBadly(actionsOf([entry])[0]!)).toBe(bad);
  });
  it("is what a person took back, however well that went", () => {
    const back = authorised("site-0", { mode: "rollback" });
    const action = actionsOf([back, receipt(back, "applied")]).at(-1)!;
    expect(wentBadly(action)).toBe(true);
  });
});
