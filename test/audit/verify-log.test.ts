import { beforeAll, describe, expect, it } from "vitest";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import type { LogFaultCode } from "../../src/audit/faults.ts";
import { treeOf } from "../../src/audit/merkle.ts";
import { type LogCopy, verifyLog } from "../../src/audit/verify-log.ts";
import { witnessOf } from "../../src/audit/witness.ts";
import { localRestoreIdOf } from "../../src/signing/action-id.ts";
import { EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { EPOCH, log, NOW, signer, stranger } from "../signing/world.ts";
import { digest, site } from "../support/ids.ts";
import {
  acme,
  AT,
  authorisedEntry,
  bootstrapped,
  cloneOf,
  headOf,
  line,
  pairingEntry,
  receiptEntry,
  REPO,
  rootOf,
  sentEntry,
} from "./log.ts";

const authorised = authorisedEntry();
const again = authorisedEntry({ attempt: 2 });
const level = { at: AT, by: 1, cause: "panic", kind: "level", level: "hold", site: acme };
/** What every log here begins with: indices 0 to 3. */
const START = [
  line(bootstrapped),
  line(pairingEntry(EPOCH)),
  line(authorised),
  line(sentEntry(authorised)),
];
let good: string[];
let receipt: string;

beforeAll(async () => {
  receipt = line(await receiptEntry(authorised));
  good = [...START, receipt, line(level), line(again)];
});

async function verify(lines: readonly string[], over: Partial<LogCopy> = {}) {
  const clone = await cloneOf(lines);
  return verifyLog({ repo: REPO, logKey: log.x, against: [], ...clone, ...over });
}
const codes = async (lines: readonly string[], over: Partial<LogCopy> = {}) =>
  (await verify(lines, over)).bad.map(({ index, code }) => [index, code]);

describe("verifyLog", () => {
  it("finds nothing wrong with a good log, and does not claim that it is the newest", async () => {
    expect(await verify(good)).toEqual({
      ok: true,
      entries: 7,
      root: rootOf(treeOf(good), 7),
      freshness: "unproved",
      bad: [],
    });
  });
  it("accepts an empty log that is signed as such", async () => {
    const report = await verify([]);
    expect(report).toMatchObject({ ok: true, entries: 0, root: EMPTY_DIGEST });
  });
  it.each<[LogFaultCode, (lines: string[]) => string[]]>([
    ["not_canonical", (lines) => lines.with(5, lines[5]!.replace(":", ": "))],
    ["not_canonical", (lines) => lines.with(5, `${lines[5]}\r`)],
    ["not_an_entry", (lines) => lines.with(5, '{"kind":"unknown"}')],
    ["not_an_entry", (lines) => lines.with(5, "[]")],
    ["not_bootstrapped", (lines) => lines.with(5, lines[0]!)],
  ])("finds %s in a log whose every hash fits", async (code, change) => {
    expect(await codes(change(good))).toEqual([[5, code]]);
  });
  it.each([
    ["does not begin with its bootstrap", () => good.slice(1)],
    ["bootstrapped another repository", () => good.with(0, line({ ...bootstrapped, repo: 1 }))],
    ["bootstrapped another key", () => good.with(0, line({ ...bootstrapped, log: stranger.x }))],
  ])("finds that the log %s", async (_, lines) => {
    expect((await codes(lines()))[0]).toEqual([0, "not_bootstrapped"]);
  });
  it("reports tiles that are no tiles", () => {
    const copy = { repo: REPO, logKey: log.x, against: [] };
    expect(verifyLog({ ...copy, checkpoint: "", tiles: ["a"] })).toMatchObject({
      ok: false,
      entries: 0,
      bad: [{ index: null, code: "tiles" }],
    });
  });
});

describe("an authorisation", () => {
  it("has to have the id that its content gives", async () => {
    const lines = good.with(6, line({ ...again, pr: 18, attempt: 3 }));
    expect(await codes(lines)).toEqual([[6, "authorised_id"]]);
  });
  it("stands once", async () => {
    expect(await codes([...good, line(authorised)])).toEqual([[7, "authorised_twice"]]);
  });
  it("comes before its token leaves and before its end", async () => {
    const ended = { at: AT, how: "lapsed", kind: "ended", sub: again.sub };
    expect(await codes([...START.slice(0, 2), START[3]!])).toEqual([[2, "not_authorised"]]);
    expect(await codes([...START, line(ended)])).toEqual([[4, "not_authorised"]]);
    expect(await codes([...good, line(ended)])).toEqual([]);
  });
  it("is of one site", async () => {
    const elsewhere = { ...sentEntry(authorised), site: site("acme-blog") };
    expect(await codes([...START, line(elsewhere)])).toEqual([[4, "not_authorised"]]);
  });
});

describe("a pairing", () => {
  it("has a strong key under its own id", async () => {
    const weak = { ...pairingEntry(EPOCH + 1), kid: stranger.kid };
    expect(await codes([...START, line(weak)])).toEqual([[4, "pairing_key"]]);
  });
  it.each([EPOCH, EPOCH - 1])("of epoch %i does not follow one of epoch 3", async (epoch) => {
    const lines = [...START, line(pairingEntry(epoch, stranger))];
    expect(await codes(lines)).toEqual([[4, "pairing_epoch"]]);
  });
});

describe("a receipt", () => {
  const withReceipt = async (...args: Parameters<typeof receiptEntry>) =>
    codes([...START, line(await receiptEntry(...args))]);

  it("needs a pairing before it", async () => {
    const lines = [START[0]!, START[2]!, receipt];
    expect(await codes(lines)).toEqual([[2, "not_paired"]]);
  });
  it("needs an authorisation before it", async () => {
    expect(await codes([START[0]!, START[1]!, receipt])).toEqual([[2, "not_authorised"]]);
    expect(await withReceipt(again)).toEqual([[4, "not_authorised"]]);
  });
  it("cannot answer the authorisation of another site", async () => {
    const other = authorisedEntry({ site: site("acme-blog") });
    const lines = [...START, line(other), line(await receiptEntry(other))];
    expect(await codes(lines)).toEqual([[5, "not_authorised"]]);
  });
  it.each<[string, Record<string, unknown>]>([
    ["of another epoch", { epoch: EPOCH + 1 }],
    ["for another control plane", { aud: "cp:4218" }],
    ["of another site", { iss: "site:acme-blog" }],
    ["from 31 seconds later", { iat: NOW + 31 }],
  ])("%s is not this site's", async (_, claims) => {
    expect(await withReceipt(authorised, { claims })).toEqual([[4, "receipt_signature"]]);
  });
  it("by another key is not this site's", async () => {
    expect(await withReceipt(authorised, { by: stranger })).toEqual([[4, "receipt_signature"]]);
  });
  it.each<[string, Record<string, unknown>]>([
    ["outcome", { out: "rolled_back" }],
    ["detail", { detail: digest("other") }],
    ["action", { sub: again.sub }],
  ])("is repeated truly by its entry: %s", async (_, entry) => {
    const lines = [...START, line(again), line(await receiptEntry(authorised, { entry }))];
    expect(await codes(lines)).toEqual([[5, "receipt_content"]]);
  });
  it.each<[string, Record<string, unknown>]>([
    ["plan", { plan: digest("other") }],
    ["mode", { mode: "rollback" }],
  ])("answers what was authorised: %s", async (_, claims) => {
    expect(await withReceipt(authorised, { claims })).toEqual([[4, "receipt_content"]]);
  });
  it("is the only one of its action, and of its number in an epoch", async () => {
    const next = line(await receiptEntry(authorised, { claims: { rseq: 2 } }));
    expect(await codes([...START, receipt, next])).toEqual([[5, "receipt_twice"]]);
    const same = line(await receiptEntry(again));
    expect(await codes([...START, line(again), receipt, same])).toEqual([[6, "receipt_twice"]]);
  });
  it("names a head that this log had when it came", async () => {
    const tree = treeOf(START);
    const head = headOf(tree, 4);
    expect(await withReceipt(authorised, { claims: { ...head } })).toEqual([]);
    const other = { size: 3, root: head.root };
    expect(await withReceipt(authorised, { claims: other })).toEqual([[4, "witness"]]);
    const later = { size: 5, root: head.root };
    expect(await withReceipt(authorised, { claims: later })).toEqual([[4, "witness"]]);
  });
  it("may come by the old key until the new one has spoken", async () => {
    const renewed = line(pairingEntry(EPOCH + 1, stranger));
    const fresh = { by: stranger, claims: { epoch: EPOCH + 1 } };
    const byNew = line(await receiptEntry(again, fresh));
    const before = [...START, line(again), renewed, receipt, byNew];
    expect(await codes(before)).toEqual([]);
    const after = [...START, line(again), renewed, byNew, receipt];
    expect(await codes(after)).toEqual([[7, "receipt_signature"]]);
  });
  it("of a restore at the site itself needs nobody's authorisation", async () => {
    const claims = {
      rseq: 4,
      sub: localRestoreIdOf({ rseq: 4, site: acme }),
      mode: "rollback",
      out: "local_restore",
      re: EMPTY_DIGEST,
      plan: EMPTY_DIGEST,
    };
    expect(await withReceipt(authorised, { claims })).toEqual([]);
    for (const over of [
      { rseq: 5 },
      { mode: "apply" },
      { re: digest("x") },
      { plan: digest("x") },
    ]) {
      const bad = await withReceipt(authorised, { claims: { ...claims, ...over } });
      expect(bad).toEqual([[4, "receipt_content"]]);
    }
  });
});

describe("the checkpoint", () => {
  it("is signed by a key of this log, for this repository", async () => {
    expect(await codes(good, { logKey: stranger.x })).toContainEqual([null, "checkpoint"]);
    expect(await codes(good, { repo: REPO + 1 })).toContainEqual([null, "checkpoint"]);
    expect(await codes(good, { checkpoint: "" })).toEqual([[null, "checkpoint"]]);
  });
  it("is not signed by a key that no generation on record brought", async () => {
    const { checkpoint } = await cloneOf(good, signer("later log key", "log"));
    expect(await codes(good, { checkpoint })).toEqual([[null, "checkpoint"]]);
  });
  it("names the size and the root of the entries", async () => {
    const { checkpoint } = await cloneOf(good);
    expect(await codes(good.slice(0, -1), { checkpoint })).toEqual([[null, "checkpoint_size"]]);
    const edited = good.with(5, line({ ...level, by: 2 }));
    expect(await codes(edited, { checkpoint })).toEqual([[null, "root"]]);
  });
});

describe("held against a head from elsewhere", () => {
  const against = async (lines: readonly string[], size = lines.length, by = log) =>
    signCheckpoint(REPO, headOf(treeOf(lines), size), by);

  it("is fresh when that head covers every entry, and not proved so by an older one", async () => {
    const text = await against(good);
    const fresh = await verify(good, { against: [{ kind: "checkpoint", text }] });
    expect(fresh).toMatchObject({ ok: true, freshness: "proved" });
    const older = await against(good, 6);
    const stale = await verify(good, { against: [{ kind: "checkpoint", text: older }] });
    expect(stale).toMatchObject({ ok: true, freshness: "unproved" });
  });
  it("shows what was cut off", async () => {
    const text = await against(good);
    const report = await verify(good.slice(0, 6), { against: [{ kind: "checkpoint", text }] });
    expect(report).toMatchObject({ ok: false, freshness: "unproved" });
    expect(report.bad).toMatchObject([{ index: null, code: "truncated" }]);
  });
  it("shows a fork that the log's own key signed", async () => {
    const text = await against(good, 6);
    const forked = good.with(5, line({ ...level, by: 2 }));
    const report = await verify(forked, { against: [{ kind: "checkpoint", text }] });
    expect(report.bad).toMatchObject([{ index: null, code: "fork" }]);
  });
  it("takes a site's receipt for the head that it countersigned", async () => {
    const seen = async (size: number, over: Record<string, unknown> = {}) => {
      const claims = { ...headOf(treeOf(good), size), iat: NOW + 10 ** 6, ...over };
      const { token } = (await receiptEntry(authorised, { claims })) as { token: string };
      return { against: [witnessOf(`${token}\n`)] };
    };
    expect(await verify(good, await seen(7))).toMatchObject({ ok: true, freshness: "proved" });
    expect(await verify(good, await seen(6))).toMatchObject({ ok: true, freshness: "unproved" });
    const cut = await verify(good.slice(0, 6), await seen(7));
    expect(cut.bad).toMatchObject([{ index: null, code: "truncated" }]);
    const forked = await verify(good.with(5, line({ ...level, by: 2 })), await seen(6));
    expect(forked.bad).toMatchObject([{ index: null, code: "fork" }]);
    const unknown = await verify(good, await seen(7, { epoch: EPOCH + 1 }));
    expect(unknown).toMatchObject({ ok: false, freshness: "unproved" });
    expect(unknown.bad).toMatchObject([{ code: "against_unreadable" }]);
  });
  it("does not believe a head that a stranger signed", async () => {
    const text = await against(good, 7, stranger);
    const report = await verify(good, { against: [{ kind: "checkpoint", text }] });
    expect(report).toMatchObject({ ok: false, freshness: "unproved" });
    expect(report.bad).toMatchObject([{ code: "against_unreadable" }]);
  });
});

describe("every single change of a real log", () => {
  it("is found, or freshness is unproved; never found good and fresh", async () => {
    const { checkpoint } = await cloneOf(good);
    const seen = witnessOf(checkpoint);
    const changes: string[][] = [];
    for (const [at, text] of good.entries()) {
      changes.push(good.toSpliced(at, 1), good.toSpliced(at, 0, text), good.slice(0, at));
      changes.push(
        good.with(
          at,
          text.replace(/[0-9]/u, (digit) => (digit === "1" ? "2" : "1")),
        ),
      );
      for (let other = at + 1; other < good.length; other += 1) {
        changes.push(good.with(at, good[other]!).with(other, text));
      }
    }
    expect(changes.length).toBeGreaterThan(45);
    for (const changed of changes) {
      const asFound = await verify(changed, { checkpoint });
      expect(asFound.ok).toBe(false);
      const resigned = await verify(changed);
      expect(resigned.ok && resigned.freshness === "proved").toBe(false);
      const held = await verify(changed, { against: [seen] });
      expect(held.ok).toBe(false);
    }
  });
});
