import { describe, expect, it } from "vitest";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import { incidentsOf, openIncidents } from "../../src/domain/incidents.ts";
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
  });
});
