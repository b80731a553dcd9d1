import { describe, expect, it } from "vitest";
import type { ClaimsOf, Kind } from "../../src/contract/claims.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { mintPairing, verifyPairing } from "../../src/signing/pairing.ts";
import type { Signer } from "../../src/signing/signer.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import {
  action,
  claimsWith,
  CP,
  entry,
  EPOCH,
  GOOD,
  KEYED_KINDS,
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
} from "./world.ts";

function mint(kind: keyof typeof GOOD, over: Record<string, unknown>, by?: Signer) {
  const claims = claimsWith(kind, over) as unknown as ClaimsOf<Kind>;
  return mintToken(kind as Kind, claims, by ?? signerFor(kind));
}
const invalid = expect.objectContaining({ code: "token_invalid" });

describe("mintToken", () => {
  it.each(KEYED_KINDS)("makes a %s that is accepted", async (kind) => {
    const { token, digest } = await mint(kind, {});
    const verdict = verifyToken(kind, token, {
      ...partiesFor(kind),
      keys: keysFor(kind),
      epoch: EPOCH,
      now: NOW,
      texts: GOOD[kind].texts,
    });
    expect(verdict).toMatchObject({ ok: true, digest });
  });
  it("makes the next generation with the recovery key", async () => {
    await expect(mint("keyset", { gen: 2, kver: 1 }, recovery)).resolves.toBeDefined();
  });
  it.each<[string, keyof typeof GOOD, Record<string, unknown>, Signer?]>([
    ["a claim too few", "query", { jti: undefined }],
    ["a claim too many", "query", { nbf: NOW }],
    ["a claim of the wrong type", "query", { epoch: 0 }],
    ["a fraction", "query", { lvx: 1.5 }],
    ["free text", "query", { ask: "größer" }],
    ["no life", "query", { exp: NOW - 10 }],
    ["a life too long", "query", { exp: NOW + 111 }],
    ["the receiver as sender", "query", { iss: SITE, aud: CP }],
    ["the receiver's name as sender's", "query", { iss: SITE }],
    ["itself as receiver", "query", { aud: CP }],
    ["a reason without need", "evidence", { why: "busy" }],
    ["an incomplete key-set", "keyset", { keys: [entry(log), entry(recovery)] }],
    ["a first version by an action key", "keyset", { kver: 1 }],
    ["a second version by the recovery key", "keyset", { gen: 2 }, recovery],
    ["the recovery key", "query", {}, recovery],
    ["the log key", "query", {}, log],
  ])("refuses %s", async (_, kind, over, by) => {
    await expect(mint(kind, over, by)).rejects.toThrow(invalid);
  });
  it("refuses what is too long, whoever the signer is", async () => {
    const long = { ...action, kid: "A".repeat(8000) as typeof action.kid };
    await expect(mint("query", {}, long)).rejects.toThrow(invalid);
  });
});

describe("mintPairing", () => {
  const facts = {
    iss: SITE,
    aud: CP,
    now: NOW,
    home: PAIRING.home,
    trust: PAIRING.trust,
    pairingKey: pairingKey.x,
    texts: {},
  };
  it("makes a pairing that its window accepts and another window does not", async () => {
    const { token, digest } = await mintPairing(PAIRING, { site: siteKey, pairing: pairingKey });
    expect(verifyPairing(token, facts)).toMatchObject({
      ok: true,
      kind: "pairing",
      kid: siteKey.kid,
      claims: { ...PAIRING, key: siteKey.x },
      digest,
    });
    const other = verifyPairing(token, { ...facts, pairingKey: signer("another window").x });
    expect(other).toEqual({ ok: false, reason: "claim" });
  });
  it("makes nothing that no window would accept", async () => {
    const late = { ...PAIRING, exp: PAIRING.iat };
    const signers = { site: siteKey, pairing: pairingKey };
    await expect(mintPairing(late, signers)).rejects.toThrow(invalid);
  });
});
