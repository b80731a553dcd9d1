import { describe, expect, it } from "vitest";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import { readHistory } from "../../src/domain/history.ts";
import {
  incidentAbout,
  incidentsOf,
  isSeenAgain,
  openIncidents,
  phaseNow,
} from "../../src/domain/incidents.ts";
import * as e from "../support/entries.ts";
import { sha, site } from "../support/ids.ts";

const shop = e.authorised("shop");
const of = (entries: AuditEntry[]) => entries.map((one) => AuditEntry.parse(one));

describe("incidents", () => {
  it("gather what their lines tell: sites and actions once, the first cause, the newest phase", () => {
    const entries = of([
      e.bootstrapped(),
      { ...e.incident(5, "contained"), sub: shop.sub },
      { ...e.incident(5, "contained"), site: site("blog"), cause: "self_healed" },
      { ...e.incident(5, "recovering"), site: null, at: "2026-11-24T21:00:00Z" },
    ]);
    expect(incidentsOf(entries).get(5)).toEqual({
      issue: 5,
      cause: "rolled_back",
      phase: "recovering",
      sites: ["shop", "blog"],
      actions: [shop.sub],
      range: null,
      proposals: [],
      seenAt: [e.AT, "2026-11-24T21:00:00Z"],
      openedAt: e.AT,
      changedAt: "2026-11-24T21:00:00Z",
      entries: [1, 2, 3],
    });
  });
  it("know the range that they are about, and which are open", () => {
    const entries = of([
      { ...e.incident(5, "contained"), range: sha("a") },
      e.incident(5, "closed"),
      e.incident(6, "detected"),
    ]);
    expect(incidentsOf(entries).get(5)).toMatchObject({ phase: "closed", range: sha("a") });
    expect(openIncidents(entries).map(({ issue }) => issue)).toEqual([6]);
    expect(incidentAbout(entries, site("shop"), "rolled_back")?.issue).toBe(6);
    expect(incidentAbout(entries, site("blog"), "rolled_back")).toBeUndefined();
    expect(incidentAbout(entries, null, "rolled_back")).toBeUndefined();
    const fleets = of([{ ...e.incident(7, "contained"), site: null, cause: "log_forked" }]);
    expect(incidentAbout(fleets, null, "log_forked")?.issue).toBe(7);
  });
});

describe("where an open incident stands", () => {
  const opened = { ...e.incident(5, "contained"), proposal: 8 };
  const now = (...entries: AuditEntry[]) => {
    const all = of([e.bootstrapped(), shop, e.receipt(shop, "rolled_back"), opened, ...entries]);
    return phaseNow(incidentsOf(all).get(5)!, readHistory(all));
  };
  const shown = e.planShown({ pr: 8 });
  const back = e.authorised("shop", { pr: 8, mode: "recover" });

  it("is under review while people look at the proposal that brings its sites back", () => {
    expect(now()).toBe("contained");
    expect(now(shown)).toBe("in_review");
    expect(now({ ...shown, pr: 9 })).toBe("contained");
  });
  it("recovers while such an action is open, and is contained again when it did not end well", () => {
    const merged = e.range("authorised", "merge", { pr: 8 });
    expect(now(shown, merged, back)).toBe("recovering");
    expect(now(shown, merged, back, e.receipt(back, "rolled_back"))).toBe("contained");
    expect(now(e.authorised("shop", { pr: 9 }))).toBe("contained");
  });
  it("is what the log says of the fleet's, and of those that are closed", () => {
    const fleets = of([{ ...e.incident(6, "in_review"), site: null }]);
    expect(phaseNow(incidentsOf(fleets).get(6)!, readHistory(fleets))).toBe("in_review");
    expect(now(back, e.incident(5, "closed"))).toBe("closed");
  });
  it("is worth a line again an hour after its cause was seen last", () => {
    const [incident] = openIncidents(of([opened]));
    expect(isSeenAgain(incident!, "2026-11-24T20:59:59Z")).toBe(false);
    expect(isSeenAgain(incident!, "2026-11-24T21:00:00Z")).toBe(true);
    expect(isSeenAgain({ ...incident!, seenAt: [] }, "2026-11-24T21:00:00Z")).toBe(false);
  });
});
