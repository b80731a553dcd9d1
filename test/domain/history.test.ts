import { describe, expect, it } from "vitest";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import {
  authorisationsFor,
  authorisationsOf,
  endedWell,
  levelOf,
  readHistory,
  startHistory,
} from "../../src/domain/history.ts";
import { AT_REST, levelWithout } from "../../src/domain/level-state.ts";
import * as e from "../support/entries.ts";
import { digest, sha, site } from "../support/ids.ts";

const shop = e.authorised("shop");
const blog = e.authorised("blog");
const later = e.authorised("shop", { pr: 8 });
const of = (entries: AuditEntry[]) => readHistory(entries.map((one) => AuditEntry.parse(one)));

describe("the history of the branch", () => {
  it("begins at the bootstrap, which happens once", () => {
    const again = e.bootstrapped({ commit: sha("other"), repo: 99 });
    const history = of([e.bootstrapped(), again]);
    expect(history).toMatchObject({ attested: sha("first"), size: 2 });
    expect(history.bootstrapped).toEqual(e.bootstrapped());
    expect(of([])).toMatchObject({ attested: null, bootstrapped: null, size: 0 });
  });
  it("moves with what was authorised or attested, and gathers what was not", () => {
    const bad = [e.range("unattested", "b1"), e.range("unattested", "b2")];
    expect(of([e.bootstrapped(), ...bad])).toMatchObject({
      attested: sha("first"),
      unattested: bad,
    });
    const settled = e.range("attested", "c");
    expect(of([e.bootstrapped(), ...bad, settled])).toMatchObject({
      attested: sha("c"),
      unattested: [],
      ranges: [...bad, settled],
    });
  });
  it("keeps what was shown and judged, in order, and the newest word of each incident", () => {
    const shown = [e.planShown(), e.planShown({ pr: 8 })];
    const states = [e.readinessShown(), e.readinessShown({ pr: 8 })];
    const incidents = [
      e.incident(5, "contained"),
      e.incident(6, "detected"),
      e.incident(5, "closed"),
    ];
    const history = of([...shown, ...states, e.verdict(), ...incidents]);
    expect(history).toMatchObject({ shown, readiness: states, verdicts: [e.verdict()] });
    expect([...history.incidents].map(([issue, { phase }]) => [issue, phase])).toEqual([
      [5, "closed"],
      [6, "detected"],
    ]);
  });
  it("is changed by no word of a person alone: what follows from it is an entry of its own", () => {
    const by = [11];
    const words: AuditEntry[] = [
      { at: e.AT, by, comment: 1, issue: 7, kind: "commanded", name: "retry", pr: 7, sites: [] },
      { at: e.AT, by, gate: digest("g"), kind: "glass", merge: sha("m"), plan: digest("p"), pr: 7 },
    ];
    const { size, ...rest } = of([shop, ...words]);
    const { size: before, ...same } = of([shop]);
    expect([size, before]).toEqual([3, 1]);
    expect(rest).toEqual(same);
  });
  it("goes on under the eyes of whoever holds it", () => {
    const reader = startHistory();
    const { history } = reader;
    reader.read(e.pairing("shop"));
    reader.read(e.pairing("shop", 2));
    expect(history.pairings.get(site("shop"))).toMatchObject({ epoch: 2 });
    expect(history.size).toBe(2);
  });
});

describe("an action's history", () => {
  const one = (...entries: AuditEntry[]) => of([shop, ...entries]).authorisations.get(shop.sub);

  it("is open, then sent, then open again when it did not run, and counts its tokens", () => {
    expect(one()).toEqual({
      entry: shop,
      seq: 0,
      sentAt: null,
      tries: 0,
      end: null,
      abandoned: false,
    });
    expect(one(e.sent(shop))).toMatchObject({ sentAt: e.AT, tries: 1 });
    expect(one(e.sent(shop), e.notRun(shop))).toMatchObject({ sentAt: null, tries: 1 });
    expect(one(e.sent(shop), e.notRun(shop), e.sent(shop))).toMatchObject({ tries: 2 });
  });
  it("has one end, the first", () => {
    const entries = [e.sent(shop), e.receipt(shop, "rolled_back"), e.receipt(shop, "applied")];
    expect(one(...entries, e.ended(shop, "lapsed"), e.sent(shop))).toMatchObject({
      end: { how: "rolled_back", at: e.AT, index: 2 },
      tries: 1,
    });
    expect(one(e.ended(shop, "lapsed"))).toMatchObject({ end: { how: "lapsed", index: 1 } });
  });
  it("is not begun anew by a second line of the same id", () => {
    const entries = [e.sent(shop), e.receipt(shop, "applied"), shop];
    expect(one(...entries)).toMatchObject({ seq: 0, end: { how: "applied" } });
  });
  it("may be abandoned, before and after its end, unless that was good", () => {
    const gaveUp = e.ended(shop, "abandoned");
    expect(one(gaveUp)).toMatchObject({ end: { how: "abandoned" }, abandoned: true });
    expect(one(e.receipt(shop, "refused:drifted"), gaveUp)).toMatchObject({
      end: { how: "refused:drifted" },
      abandoned: true,
    });
    expect(one(e.receipt(shop, "applied"), gaveUp)).toMatchObject({ abandoned: false });
    expect(one(e.ended(shop, "lapsed"))).toMatchObject({ abandoned: false });
    expect(of([gaveUp]).authorisations.size).toBe(0);
  });
  it("is nobody's where nothing was authorised", () => {
    expect(of([e.sent(shop), e.receipt(shop, "applied")]).authorisations.size).toBe(0);
  });
  it("stands with its site's others, oldest first", () => {
    const history = of([shop, blog, later]);
    expect(authorisationsOf(history, site("shop")).map(({ seq }) => seq)).toEqual([0, 2]);
  });
});

describe("endedWell", () => {
  it("says yes to applied and already applied alone", () => {
    const end = (how: "applied" | "already_applied" | "rolled_back" | "abandoned") =>
      endedWell({ how, at: e.AT, index: 1 });
    expect([end("applied"), end("already_applied")]).toEqual([true, true]);
    expect([end("rolled_back"), end("abandoned"), endedWell(null)]).toEqual([false, false, false]);
  });
});

describe("levels", () => {
  const levels = of([
    e.bootstrapped(),
    e.level("shop", "hold", "rolled_back"),
    e.level("shop", "hold", "range_unattested"),
    e.level(null, "contained", "log_forked"),
    e.level("blog", "hold", "rolled_back"),
    e.level("blog", "normal", "released"),
  ]);

  it("are the higher of the site's and the fleet's, with the newest entry that concerns either", () => {
    expect(levelOf(levels, site("shop"))).toMatchObject({ level: "contained", index: 3 });
    expect(levelOf(levels, site("blog"))).toMatchObject({ level: "contained", index: 5 });
    expect(levelOf(of([]), site("shop"))).toEqual(AT_REST);
    const own = of([e.level("shop", "hold", "rolled_back")]);
    expect(levelOf(own, site("shop"))).toMatchObject({ level: "hold", cause: "rolled_back" });
  });
  it("remember every cause until they are normal again, each once", () => {
    expect(levels.siteLevels.get(site("shop"))?.causes).toEqual([
      "rolled_back",
      "range_unattested",
    ]);
    expect(levels.siteLevels.get(site("blog"))?.causes).toEqual([]);
    const twice = of([e.level("x", "hold", "rolled_back"), e.level("x", "hold", "rolled_back")]);
    expect(twice.siteLevels.get(site("x"))?.causes).toEqual(["rolled_back"]);
  });
  it("forget the causes that are over, and keep the others", () => {
    const settled = of([
      e.level("shop", "hold", "rolled_back"),
      e.level("shop", "hold", "range_unattested"),
      e.level("shop", "hold", "range_settled"),
    ]);
    expect(settled.siteLevels.get(site("shop"))).toMatchObject({
      level: "hold",
      causes: ["rolled_back"],
    });
  });
});

describe("levelWithout", () => {
  const state = (level: "normal" | "hold" | "contained", ...causes: string[]) => ({
    level,
    causes,
    cause: causes.at(-1) ?? null,
    index: 1,
    seen: new Map(),
  });
  it("ends a HOLD whose causes are all over", () => {
    expect(levelWithout(state("hold", "range_unattested"), "range_settled")).toBe("normal");
    expect(levelWithout(state("hold", "rolled_back", "outcome_unknown"), "recovered")).toBe(
      "normal",
    );
  });
  it("keeps it while anything else was detected, a person's command included", () => {
    expect(levelWithout(state("hold", "range_unattested", "rolled_back"), "range_settled")).toBe(
      "hold",
    );
    expect(levelWithout(state("hold", "rolled_back", "hold"), "recovered")).toBe("hold");
  });
  it("changes nothing where the cause is another, and never leaves CONTAINED", () => {
    expect(levelWithout(state("hold", "files_changed"), "recovered")).toBeNull();
    expect(levelWithout(state("normal"), "recovered")).toBeNull();
    expect(levelWithout(state("contained", "rolled_back"), "recovered")).toBe("contained");
  });
});

describe("the actions of a site and of a merged plan", () => {
  it("are in the order of their authorisation, and only those on record", () => {
    const history = of([e.bootstrapped(), shop, blog, later]);
    const subs = (all: readonly { readonly entry: { readonly sub: string } }[]) =>
      all.map(({ entry }) => entry.sub);
    expect(subs(authorisationsOf(history, site("shop")))).toEqual([shop.sub, later.sub]);
    expect(subs(authorisationsFor(history, shop.pr))).toEqual([shop.sub, blog.sub]);
    expect(authorisationsOf(history, site("nowhere"))).toEqual([]);
    expect(authorisationsFor({ ...history, authorisations: new Map() }, shop.pr)).toEqual([]);
  });
});

describe("what a receipt says of the schema", () => {
  const changed = (...entries: AuditEntry[]) => [
    ...of([e.bootstrapped(), shop, ...entries]).schemaChanged,
  ];
  const said = (schema: "changed" | "same") => ({ ...e.receipt(shop, "applied"), schema });
  it("is kept, its own word or that files alone came back", () => {
    expect(changed(said("changed"))).toEqual([shop.sub]);
    expect(changed(e.receipt(shop, "rolled_back_files_only"))).toEqual([shop.sub]);
    expect(changed(said("same"))).toEqual([]);
    expect(changed(e.receipt(shop, "applied"))).toEqual([]);
  });
  it("is that of the receipt which ended the action, and of no other", () => {
    expect(changed(said("same"), said("changed"))).toEqual([]);
    expect(changed({ ...e.receipt(blog, "applied"), schema: "changed" })).toEqual([]);
  });
});

describe("who says which commands were carried out", () => {
  it("is what the newest entry about it says", () => {
    const hearing = (since: string | null): AuditEntry => ({ at: shop.at, kind: "hearing", since });
    expect(of([e.bootstrapped()]).heardSince).toBeNull();
    expect(of([e.bootstrapped(), hearing(shop.at)]).heardSince).toBe(shop.at);
    expect(of([e.bootstrapped(), hearing(shop.at), hearing(null)]).heardSince).toBeNull();
  });
});
