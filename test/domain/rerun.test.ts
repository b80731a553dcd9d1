import { describe, expect, it } from "vitest";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import { readHistory } from "../../src/domain/history.ts";
import { abandoningOf, retryingOf, rollingBackOf } from "../../src/domain/rerun.ts";
import * as e from "../support/entries.ts";
import { site } from "../support/ids.ts";

const LATER = "2026-11-24T21:00:00Z";
const shop = e.authorised("shop");
const again = e.authorised("shop", { attempt: 2, at: LATER });
const next = e.authorised("shop", { pr: 8, at: LATER });
const recovery = e.authorised("shop", { pr: 9, at: LATER, mode: "recover" });
const back = e.authorised("shop", { mode: "rollback" });
const of = (entries: AuditEntry[]) => readHistory(entries.map((one) => AuditEntry.parse(one)));
const hurt = [shop, e.receipt(shop, "rolled_back")];
const good = [shop, e.receipt(shop, "applied")];

describe("trying a merged plan again", () => {
  const retrying = (entries: AuditEntry[], pr = 7, at = e.AT) => {
    const found = retryingOf(of(entries), site("shop"), { pr, at });
    return found.kind === "no" ? found.reason : found.kind;
  };

  it.each<[string, AuditEntry[], string]>([
    ["that was rolled back", hurt, "again"],
    ["that was refused", [shop, e.receipt(shop, "refused:disk_full")], "again"],
    ["that lapsed", [shop, e.ended(shop, "lapsed")], "again"],
    ["that is open", [shop], "under_way"],
    ["whose retry is open", [...hurt, again], "under_way"],
    ["that ended well", good, "ended_well"],
    [
      "that ended well and was taken back",
      [...good, back, e.receipt(back, "applied")],
      "ended_well",
    ],
    ["that was abandoned", [...hurt, e.ended(shop, "abandoned")], "abandoned"],
    ["behind which another waits", [...hurt, next], "again"],
    ["behind which another lapsed", [...hurt, next, e.ended(next, "lapsed")], "again"],
    ["after which another ran", [...hurt, next, e.receipt(next, "applied")], "superseded"],
    ["that a merged recovery undoes", [...hurt, recovery], "superseded"],
    ["that got no authorisation", [], "first"],
    ["that got none, and another ran since", [next, e.receipt(next, "applied")], "superseded"],
  ])("%s", (_name, entries, expected) => {
    expect(retrying(entries)).toBe(expected);
  });
  it("goes on although an older plan was tried again meanwhile", () => {
    const entries = [...hurt, next, again, e.receipt(again, "applied"), e.ended(next, "overtaken")];
    expect(retrying(entries, 8, LATER)).toBe("again");
  });
  it("names the attempt that ended", () => {
    const found = retryingOf(of([...hurt, again, e.receipt(again, "rolled_back")]), site("shop"), {
      pr: 7,
      at: e.AT,
    });
    expect(found).toMatchObject({ last: { entry: { attempt: 2 } } });
  });
});

describe("giving up what is left of a plan", () => {
  const blog = e.authorised("blog");
  const news = e.authorised("news");
  it("ends what never left, and what did not end well; what left has to have its end", () => {
    const found = abandoningOf(of([...hurt, blog, news, e.sent(news), next]), 7);
    expect(found.actions.map(({ entry }) => entry.site)).toEqual(["blog", "shop"]);
    expect(found.underWay).toEqual(["news"]);
  });
  it("finds nothing where all ended well, or was given up", () => {
    const nothing = { actions: [], underWay: [] };
    expect(abandoningOf(of(good), 7)).toEqual(nothing);
    expect(abandoningOf(of([...hurt, e.ended(shop, "abandoned")]), 7)).toEqual(nothing);
  });
});

describe("taking back what a site applied", () => {
  const rolling = (entries: AuditEntry[]) => {
    const found = rollingBackOf(of(entries), site("shop"));
    return found.kind === "no" ? found.reason : [found.forward.entry.pr, found.attempt];
  };

  it.each<[string, AuditEntry[], unknown]>([
    ["nothing ran", [shop], "nothing_applied"],
    ["it was refused", [shop, e.receipt(shop, "refused:drifted")], "nothing_applied"],
    ["it applied", good, [7, 1]],
    ["it was there already", [shop, e.receipt(shop, "already_applied")], "not_applied"],
    ["it rolled back by itself", hurt, "not_applied"],
    ["another waits unsent", [...good, next], [7, 1]],
    ["another was sent", [...good, next, e.sent(next)], "under_way"],
    ["a rollback waits", [...good, back], "under_way"],
    [
      "a rollback was refused",
      [...good, back, e.receipt(back, "refused:no_restore_point")],
      [7, 2],
    ],
    ["it was taken back", [...good, back, e.receipt(back, "applied")], "not_applied"],
    ["a later one applied", [...good, next, e.receipt(next, "applied")], [8, 1]],
    ["a later one was refused", [...good, next, e.receipt(next, "refused:drifted")], [7, 1]],
  ])("%s", (_name, entries, expected) => {
    expect(rolling(entries)).toEqual(expected);
  });
});
