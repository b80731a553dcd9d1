/**
 * The delivery ledger: every state of an action against every entry that can follow. The real fold
 * reads them; nothing else knows a state. `minted` and `received` leave no entry by themselves: a
 * token that was made and not written down never left, and what a site runs is `sent` until it ends.
 */
import { describe, expect, it } from "vitest";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { AuthorisedEntry } from "../../src/contract/audit-entry.ts";
import { levelOf, readHistory } from "../../src/domain/history.ts";
import { nextAction } from "../../src/workflow/may-run.ts";
import * as e from "../support/entries.ts";

const shop = e.authorised("shop");

const STATES = {
  waiting: [],
  authorised: [shop],
  "not run": [shop, e.sent(shop), e.notRun(shop)],
  sent: [shop, e.sent(shop)],
  "sent again": [shop, e.sent(shop), e.notRun(shop), e.sent(shop)],
  unknown: [shop, e.sent(shop), e.level("shop", "hold", "outcome_unknown")],
  applied: [shop, e.sent(shop), e.receipt(shop, "applied")],
  already_applied: [shop, e.sent(shop), e.receipt(shop, "already_applied")],
  rolled_back: [shop, e.sent(shop), e.receipt(shop, "rolled_back")],
  refused: [shop, e.sent(shop), e.receipt(shop, "refused:drifted")],
  failed: [shop, e.sent(shop), e.receipt(shop, "failed_needs_review")],
  lapsed: [shop, e.ended(shop, "lapsed")],
  overtaken: [shop, e.sent(shop), e.ended(shop, "overtaken")],
  abandoned: [shop, e.ended(shop, "abandoned")],
} satisfies Record<string, AuditEntry[]>;
type State = keyof typeof STATES;

const EVENTS = {
  authorised: shop,
  sent: e.sent(shop),
  not_run: e.notRun(shop),
  unknown: e.level("shop", "hold", "outcome_unknown"),
  applied: e.receipt(shop, "applied"),
  already_applied: e.receipt(shop, "already_applied"),
  rolled_back: e.receipt(shop, "rolled_back"),
  refused: e.receipt(shop, "refused:drifted"),
  failed: e.receipt(shop, "failed_needs_review"),
  lapsed: e.ended(shop, "lapsed"),
  overtaken: e.ended(shop, "overtaken"),
  abandoned: e.ended(shop, "abandoned"),
} satisfies Record<string, AuditEntry>;
type Event = keyof typeof EVENTS;

const ENDS = ["applied", "already_applied", "rolled_back", "refused", "failed"] as const;
type Row = Partial<Record<Event, State>>;
const toEveryEnd: Row = Object.fromEntries(ENDS.map((end) => [end, end]));

/** What is allowed, and what it leads to. An event that is not named changes nothing. */
const LEDGER: Readonly<Record<State, Row>> = {
  waiting: { authorised: "authorised" },
  // A receipt may come before its `sent` is known here: the site's word counts, whoever told it.
  authorised: {
    ...toEveryEnd,
    sent: "sent",
    lapsed: "lapsed",
    overtaken: "overtaken",
    abandoned: "abandoned",
  },
  // Not run is not final: the same `sub` goes out in a new token.
  "not run": {
    ...toEveryEnd,
    sent: "sent again",
    lapsed: "lapsed",
    overtaken: "overtaken",
    abandoned: "abandoned",
  },
  // What left may have run: it neither lapses nor is given up. `issue` sends none beside it; a second
  // token that is on record all the same has left, and counts.
  sent: {
    ...toEveryEnd,
    sent: "sent again",
    not_run: "not run",
    unknown: "unknown",
    overtaken: "overtaken",
  },
  "sent again": { ...toEveryEnd, not_run: "not run", unknown: "unknown", overtaken: "overtaken" },
  // Never success, never a new token: only the site's own answer ends it.
  unknown: { ...toEveryEnd, not_run: "not run", overtaken: "overtaken" },
  // Every end is final. One that was not good may be given up, which changes no end.
  applied: {},
  already_applied: {},
  rolled_back: {},
  refused: {},
  failed: {},
  lapsed: {},
  overtaken: {},
  abandoned: {},
};

function stateOf(entries: readonly AuditEntry[]): State {
  const history = readHistory(entries.map((one) => AuditEntry.parse(one)));
  const action = history.authorisations.get(shop.sub);
  if (action === undefined) return "waiting";
  const { sentAt, tries, end } = action;
  if (end === null) {
    if (sentAt === null) return tries === 0 ? "authorised" : "not run";
    const { causes } = levelOf(history, shop.site);
    if (causes.includes("outcome_unknown")) return "unknown";
    return tries === 1 ? "sent" : "sent again";
  }
  if (end.how.startsWith("refused:")) return "refused";
  return end.how === "failed_needs_review" ? "failed" : (end.how as State);
}

const states = Object.keys(STATES) as State[];
const events = Object.keys(EVENTS) as Event[];
const isOf = (end: string) => (entry: AuditEntry) =>
  entry.kind === "receipt" && entry.out.startsWith(end);

describe("the ledger of an action", () => {
  it.each(states)("knows %s", (state) => {
    expect(stateOf(STATES[state])).toBe(state);
  });
  it.each(states.flatMap((state) => events.map((event) => [state, event] as const)))(
    "%s, then %s",
    (state, event) => {
      expect(stateOf([...STATES[state], EVENTS[event]])).toBe(LEDGER[state][event] ?? state);
    },
  );
  it.each(states)("gives up %s only where it did not end well", (state) => {
    const entries = [...STATES[state], EVENTS.abandoned].map((one) => AuditEntry.parse(one));
    const action = readHistory(entries).authorisations.get(shop.sub);
    const isOpen = ["sent", "sent again", "unknown"].includes(state);
    const isWell = STATES[state].some((entry) => isOf("applied")(entry) || isOf("already")(entry));
    expect(action?.abandoned ?? false).toBe(action !== undefined && !isOpen && !isWell);
  });
  it.each(states)("has something to do with %s or has not", (state) => {
    const history = readHistory(STATES[state].map((one: AuditEntry) => AuditEntry.parse(one)));
    const isOpen = ["authorised", "not run", "sent", "sent again", "unknown"].includes(state);
    expect(nextAction(history, shop.site)?.entry.sub).toBe(isOpen ? shop.sub : undefined);
  });
  it("keeps one `sub` over every token, and gives another attempt another one", () => {
    const history = readHistory(STATES["sent again"]);
    expect([...history.authorisations.keys()]).toEqual([shop.sub]);
    expect(history.authorisations.get(shop.sub)).toMatchObject({ tries: 2, seq: 0 });
    const again: AuthorisedEntry = e.authorised("shop", { attempt: 2 });
    expect(again.sub).not.toBe(shop.sub);
  });
});
