import { describe, expect, it } from "vitest";
import { FORMATS, type Kind, KINDS, MAX_TEXT_BYTES } from "../../src/contract/claims.ts";
import { isClaimsOf } from "../../src/signing/claim-check.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { findKey, isPinnedKey, pinnedKey, pinnedKeys } from "../../src/signing/public-key.ts";
import { remembered } from "../../src/signing/remembered.ts";
import { verifyRecorded, verifyToken, type VerifyFacts } from "../../src/signing/verify.ts";
import {
  action,
  claimsWith,
  EPOCH,
  GOOD,
  KEYED_KINDS,
  type KeyedKind,
  keysFor,
  NOW,
  partiesFor,
  signer,
  siteKey,
  tokenOf,
} from "./world.ts";

const factsFor = (kind: KeyedKind, over: Partial<VerifyFacts> = {}): VerifyFacts => ({
  ...partiesFor(kind),
  keys: keysFor(kind),
  epoch: EPOCH,
  now: NOW,
  texts: GOOD[kind].texts,
  ...over,
});
const query = (over: Record<string, unknown> = {}) => tokenOf("query", claimsWith("query", over));
/** A query whose `arg` is a text of this many bytes. */
async function queryWith(text: string, over: Partial<VerifyFacts> = {}) {
  const token = await query({ arg: digestOfText(text) });
  return verifyToken("query", token, factsFor("query", { texts: { arg: text }, ...over }));
}

describe("verifyToken", () => {
  it.each(KEYED_KINDS)("gives back what a good %s says", async (kind) => {
    const token = await tokenOf(kind, claimsWith(kind));
    expect(verifyToken(kind, token, factsFor(kind))).toEqual({
      ok: true,
      kind,
      claims: GOOD[kind].claims,
      texts: GOOD[kind].texts,
      kid: KINDS[kind].sender === "site" ? siteKey.kid : action.kid,
      use: "action",
      digest: digestOfText(token),
    });
  });
  it("names the protocol that it does not speak", async () => {
    const token = await tokenOf("heartbeat", claimsWith("heartbeat", { proto: 2 }));
    const verdict = verifyToken("heartbeat", token, factsFor("heartbeat"));
    expect(verdict).toEqual({ ok: false, reason: "claim", proto: 2 });
  });
  it.each([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    "refuses every token when the clock says %s",
    async (now) => {
      const verdict = verifyToken("query", await query(), factsFor("query", { now }));
      expect(verdict).toEqual({ ok: false, reason: "time" });
    },
  );
  it("accepts a text of 1 MiB and refuses one byte more", async () => {
    expect((await queryWith("a".repeat(MAX_TEXT_BYTES))).ok).toBe(true);
    const verdict = await queryWith("a".repeat(MAX_TEXT_BYTES + 1));
    expect(verdict).toEqual({ ok: false, reason: "beside" });
  });
  it("counts a text's bytes, not its characters", async () => {
    expect((await queryWith("ü".repeat(MAX_TEXT_BYTES / 2))).ok).toBe(true);
    const verdict = await queryWith(`${"ü".repeat(MAX_TEXT_BYTES / 2)}a`);
    expect(verdict).toEqual({ ok: false, reason: "beside" });
  });
  it("refuses a message of more than 2 MiB before it looks at anything else", async () => {
    const token = await query();
    const all = 2 * MAX_TEXT_BYTES - token.length;
    const judge = (bytes: number) =>
      verifyToken("query", token, factsFor("query", { keys: {}, texts: { x: "a".repeat(bytes) } }));
    expect(judge(all)).toEqual({ ok: false, reason: "kid" });
    expect(judge(all + 1)).toEqual({ ok: false, reason: "size" });
  });
  it("refuses a text that has no UTF-8", async () => {
    const texts = { arg: "\ud800" };
    const verdict = verifyToken("query", await query(), factsFor("query", { texts }));
    expect(verdict).toEqual({ ok: false, reason: "beside" });
  });
  it("refuses a token of every other kind under the keys of both sides", async () => {
    const keys = { ...keysFor("query"), ...keysFor("receipt") };
    for (const kind of KEYED_KINDS) {
      const token = await tokenOf(kind, claimsWith(kind));
      for (const other of KEYED_KINDS.filter((name) => name !== kind)) {
        const facts = factsFor(other, { keys, texts: GOOD[kind].texts });
        expect(verifyToken(other, token, facts)).toEqual({ ok: false, reason: "claim" });
      }
    }
  });
});

describe("isClaimsOf", () => {
  it("counts the entries of a key-set itself, whatever rules come after", () => {
    const keys = Array.from({ length: 17 }, () => GOOD.keyset.claims.keys[0]!);
    const fits = (count: number) =>
      isClaimsOf("keyset", claimsWith("keyset", { keys: keys.slice(0, count) }));
    expect([0, 1, 16, 17].map(fits)).toEqual([false, true, true, false]);
  });
});

describe("verifyRecorded", () => {
  it("judges all but the texts", async () => {
    const token = await tokenOf("receipt", claimsWith("receipt"));
    const { texts: _texts, ...facts } = factsFor("receipt");
    expect(verifyRecorded("receipt", token, facts)).toMatchObject({ ok: true, kind: "receipt" });
    const later = verifyRecorded("receipt", token, { ...facts, epoch: EPOCH + 1 });
    expect(later).toEqual({ ok: false, reason: "epoch" });
  });
});

describe("pinned keys", () => {
  it("stand under their own kid, with their use where it is not to act", () => {
    const log = signer("log key", "log");
    const keys = pinnedKeys([action, log]);
    expect(keys).toEqual({ [action.kid]: pinnedKey(action.x), [log.kid]: pinnedKey(log.x, "log") });
    expect(findKey(keys, log.kid)).toEqual({ ok: true, kid: log.kid, x: log.x, use: "log" });
  });
  it("are exactly their members", () => {
    expect(isPinnedKey(pinnedKey(action.x))).toBe(true);
    expect(isPinnedKey({ ...pinnedKey(action.x), use: undefined })).toBe(false);
    expect(isPinnedKey(undefined)).toBe(false);
  });
});

describe("newId128", () => {
  it("is a new jti every time", () => {
    const ids = Array.from({ length: 50 }, newId128);
    expect(new Set(ids).size).toBe(50);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${FORMATS.id128.pattern}$`, "u"));
  });
});

describe("remembered", () => {
  it("makes an answer once, also where it is nothing, and forgets the oldest beyond its limit", () => {
    const asked: string[] = [];
    const answer = remembered(2, (key: string) => {
      asked.push(key);
      return key === "a" ? undefined : key;
    });
    expect(["a", "b", "a", "c", "b", "a"].map((key) => answer(key))).toEqual([
      undefined,
      "b",
      undefined,
      "c",
      "b",
      undefined,
    ]);
    expect(asked).toEqual(["a", "b", "c", "a"]);
  });
});

describe("every kind", () => {
  it("that mints can be verified: the two read one table", async () => {
    const kinds: Kind[] = ["ack", "action", "evidence", "heartbeat", "keyset", "query", "receipt"];
    expect(kinds).toEqual(KEYED_KINDS);
    const { token } = await mintToken("query", GOOD.query.claims, action);
    expect(token).toBe(await query());
  });
});
