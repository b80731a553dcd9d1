import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Implementation,
  judgeLine,
  newMemory,
  typescript,
} from "../../src/cli/conformance-judge.ts";
import { startPhp } from "../../src/cli/conformance-php.ts";
import { KINDS } from "../../src/contract/claims.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { pinnedKey, pinnedKeys } from "../../src/signing/public-key.ts";
import { mintPairing } from "../../src/signing/pairing.ts";
import type { Signer } from "../../src/signing/signer.ts";
import {
  claimsWith,
  CP,
  cpKeys,
  entry,
  EPOCH,
  GOOD,
  id128,
  KEYED_KINDS,
  type KeyedKind,
  keysFor,
  log,
  NOW,
  PAIRING,
  pairingKey,
  partiesFor,
  recovery,
  SITE,
  signer,
  signerFor,
  siteKey,
  stranger,
  tokenOf,
} from "../signing/world.ts";

interface Sent {
  readonly claims?: Record<string, unknown>;
  readonly line?: Record<string, unknown>;
  readonly by?: Signer;
}

const HAS_PHP =
  spawnSync("php", ["-r", "exit(function_exists('sodium_memzero') ? 0 : 1);"]).status === 0;
let implementation: Implementation;

/** A session: each call is one line, and its reason comes back. */
function session() {
  const memory = newMemory();
  const say = async (line: object) =>
    (await judgeLine(JSON.stringify(line), implementation, memory)).reason;
  const send = async (kind: KeyedKind, { claims = {}, line = {}, by }: Sent = {}) => {
    const token = await tokenOf(kind, claimsWith(kind, claims), by ?? signerFor(kind));
    return say({
      id: kind,
      token,
      typ: KINDS[kind].typ,
      keys: keysFor(kind),
      ...partiesFor(kind),
      now: NOW,
      epoch: EPOCH,
      beside: GOOD[kind].texts,
      ...line,
    });
  };
  return { say, send };
}
const epoch = (number: number) => ({ claims: { epoch: number }, line: { epoch: number } });
const sub = (letter: string) => letter.repeat(26);

describe.for(HAS_PHP ? ["ts", "php"] : ["ts"])("conformance --impl %s --stateful", (impl) => {
  beforeAll(async () => {
    implementation = impl === "php" ? await startPhp() : typescript;
  });
  afterAll(() => implementation.close());

  describe("its memory", () => {
    it("accepts a query's jti once, also as an ack's, and another again", async () => {
      const { send } = session();
      expect(await send("query")).toBeNull();
      expect(await send("query")).toBe("replay");
      expect(await send("query", { claims: { jti: id128("other") } })).toBeNull();
      const token = await tokenOf("heartbeat", claimsWith("heartbeat"));
      await send("heartbeat");
      const ack = { re: digestOfText(token), jti: id128("other") };
      expect(await send("ack", { claims: ack })).toBe("replay");
    });
    it("lets a refused message move nothing", async () => {
      const { send } = session();
      expect(await send("query", { line: { now: NOW + 99 } })).toBe("time");
      expect(await send("query")).toBeNull();
    });
    it("takes an ack only for the newest heartbeat of its site", async () => {
      const { send } = session();
      const beat = (hbseq: number) => ({ claims: { hbseq } });
      const re = async (hbseq: number) => ({
        re: digestOfText(await tokenOf("heartbeat", claimsWith("heartbeat", { hbseq }))),
        jti: id128(`ack ${hbseq} ${Math.random()}`),
      });
      expect(await send("ack", { claims: await re(1) })).toBe("replay");
      expect(await send("heartbeat", beat(1))).toBeNull();
      expect(await send("ack", { claims: await re(1) })).toBeNull();
      expect(await send("heartbeat", beat(3))).toBeNull();
      expect(await send("ack", { claims: await re(1) })).toBe("replay");
      expect(await send("ack", { claims: await re(3) })).toBeNull();
    });
    it("lets hbseq only rise within an epoch", async () => {
      const { send } = session();
      const beat = (hbseq: number, of = EPOCH) =>
        send("heartbeat", { claims: { hbseq, epoch: of }, line: { epoch: of } });
      expect([await beat(5), await beat(5), await beat(4), await beat(6)]).toEqual([
        null,
        "replay",
        "replay",
        null,
      ]);
      expect(await beat(1, EPOCH + 1)).toBeNull();
      expect(await beat(7)).toBe("epoch");
    });
    it("runs every action once, in the order of the log", async () => {
      const { send } = session();
      const act = (letter: string, seq: number) =>
        send("action", { claims: { sub: sub(letter), seq } });
      expect([await act("a", 3), await act("a", 3), await act("a", 4), await act("b", 3)]).toEqual([
        null,
        "replay",
        "replay",
        "replay",
      ]);
      expect(await act("b", 4)).toBeNull();
      // A new epoch resets counters of beats and receipts, never `sub` and `seq`.
      const later = { epoch: EPOCH + 1 };
      const again = { claims: { ...later, sub: sub("a"), seq: 9 }, line: later };
      expect(await send("action", again)).toBe("replay");
    });
    it("acknowledges the same receipt again and refuses another of its action or number", async () => {
      const { send } = session();
      expect(await send("receipt")).toBeNull();
      expect(await send("receipt")).toBeNull();
      expect(await send("receipt", { claims: { rseq: 2 } })).toBe("replay");
      expect(await send("receipt", { claims: { sub: sub("b") } })).toBe("replay");
      const next = { epoch: EPOCH + 1, sub: sub("b") };
      expect(await send("receipt", { claims: next, line: epoch(EPOCH + 1).line })).toBeNull();
    });
    it("lets a new epoch greet beside the old one, and kill it by any other message", async () => {
      const { send } = session();
      const jti = (name: string) => ({ jti: id128(name) });
      const greeting = { claims: { ...jti("1"), epoch: EPOCH + 1 }, line: { epoch: EPOCH + 1 } };
      expect(await send("query", greeting)).toBeNull();
      expect(await send("evidence", epoch(EPOCH + 1))).toBeNull();
      expect(await send("query", { claims: jti("2") })).toBeNull();
      const answer = { ...epoch(EPOCH + 1), claims: { ans: "readiness", epoch: EPOCH + 1 } };
      expect(await send("evidence", answer)).toBeNull();
      expect(await send("query", { claims: jti("3") })).toBe("epoch");
      expect(await send("receipt")).toBe("epoch");
      expect(await send("query", { claims: jti("4"), line: { epoch: undefined } })).toBe("epoch");
    });
    it("refuses no message for its level, and none without an epoch for another reason", async () => {
      const { send } = session();
      const said = (name: string, lvl: string, lvx: number) =>
        send("query", { claims: { jti: id128(name), lvl, lvx } });
      expect(await said("1", "hold", 9)).toBeNull();
      expect(await said("2", "normal", 9)).toBeNull();
      expect(await said("3", "normal", 2)).toBeNull();
      for (const kind of KEYED_KINDS) {
        expect([kind, await send(kind, { line: { epoch: undefined } })]).toEqual([kind, "epoch"]);
      }
    });
    it("keeps sites and control planes apart", async () => {
      const { send } = session();
      expect(await send("query")).toBeNull();
      const other = "site:acme-blog";
      expect(await send("query", { claims: { aud: other }, line: { aud: other } })).toBeNull();
      expect(await send("query", { claims: { iss: "cp:1" }, line: { iss: "cp:1" } })).toBeNull();
      expect(await send("query")).toBe("replay");
    });
  });

  describe("key-sets", () => {
    const next = signer("next action key");
    const keys = [entry(next), entry(log), entry(recovery)];
    const all = { ...cpKeys, ...pinnedKeys([next]) };

    it("take the keys that they do not name out of force", async () => {
      const { send } = session();
      expect(await send("keyset", { claims: { keys } })).toBeNull();
      expect(await send("query", { line: { keys: all } })).toBe("kid");
      expect(await send("query", { line: { keys: all }, by: next })).toBeNull();
      expect(await send("receipt")).toBeNull();
    });
    it("follow each other one by one", async () => {
      const { send } = session();
      const set = (gen: number, kver: number, by = kver === 1 ? recovery : next) =>
        send("keyset", { claims: { gen, kver, keys }, line: { keys: all }, by });
      expect(await set(1, 2)).toBeNull();
      expect(await set(1, 2)).toBe("replay");
      expect(await set(1, 4)).toBe("claim");
      expect(await set(3, 1)).toBe("claim");
      expect(await set(1, 3)).toBeNull();
      expect(await set(2, 1)).toBeNull();
      expect(await set(1, 4)).toBe("replay");
      expect(await set(2, 2)).toBeNull();
    });
  });

  describe("pairings", () => {
    it("use their window up", async () => {
      const { say } = session();
      const line = async (by: Signer, pairing = pairingKey) => ({
        id: 1,
        token: (await mintPairing(PAIRING, { site: by, pairing })).token,
        typ: KINDS.pairing.typ,
        iss: SITE,
        aud: CP,
        now: NOW,
        home: PAIRING.home,
        trust: PAIRING.trust,
        by: pinnedKey(pairing.x),
      });
      expect(await say({ ...(await line(siteKey)), now: NOW + 99 })).toBe("time");
      expect(await say(await line(siteKey))).toBeNull();
      expect(await say(await line(siteKey))).toBe("replay");
      expect(await say(await line(stranger))).toBe("replay");
      expect(await say(await line(stranger, signer("another window")))).toBeNull();
    });
  });
});

it("answers claim where a verifier accepts what says nothing", async () => {
  const careless = { ...typescript, verify: () => Promise.resolve(null) };
  const line = {
    id: 1,
    token: "a.b.c",
    typ: KINDS.query.typ,
    keys: {},
    iss: CP,
    aud: SITE,
    now: NOW,
  };
  const verdict = await judgeLine(JSON.stringify(line), careless, newMemory());
  expect(verdict).toEqual({ id: 1, accept: false, reason: "claim" });
});
