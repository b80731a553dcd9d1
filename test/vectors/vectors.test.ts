/** The product's verifiers against the golden vectors that the PHP side runs as well. */
import { readFileSync } from "node:fs";
import { compactVerify, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/audit/checkpoint.ts";
import { verifyProof } from "../../src/audit/proof.ts";
import { type ClaimsOf, type Kind, KINDS, REFUSAL_REASONS } from "../../src/contract/claims.ts";
import { Bytes32, Digest } from "../../src/contract/ids.ts";
import { actionIdOf, localRestoreIdOf } from "../../src/signing/action-id.ts";
import { parseCanonical } from "../../src/signing/canonical.ts";
import { verifyPairing } from "../../src/signing/pairing.ts";
import { isPinnedKey, type PinnedKey } from "../../src/signing/public-key.ts";
import type { Refused } from "../../src/signing/verdict.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import { VECTOR_FILES, vectorPath, vectorText } from "./generate.ts";
import type { CheckpointCase, ProofCase } from "./log-cases.ts";
import type { ACTION_IDS, CanonicalCase } from "./text-cases.ts";
import type { TokenCase } from "./token-case.ts";

type Name = (typeof VECTOR_FILES)[number];
const read = (name: Name): string => readFileSync(vectorPath(name), "utf8");
const cases = <Case>(name: Name): Case[] => (JSON.parse(read(name)) as { cases: Case[] }).cases;
const TOKEN_FILES = VECTOR_FILES.filter((name) => name.startsWith("tokens-"));
const TOKENS = TOKEN_FILES.flatMap((name) => cases<TokenCase>(name));

function kindOf(typ: string): Kind {
  const kinds = Object.keys(KINDS) as Kind[];
  return kinds.find((kind) => KINDS[kind].typ === typ)!;
}

function judge(one: TokenCase): { ok: true } | Refused {
  const { token, iss, aud, now, beside: texts } = one;
  const kind = kindOf(one.typ);
  if (kind !== "pairing") {
    return verifyToken(kind, token, { keys: one.keys, iss, aud, now, texts, epoch: one.epoch });
  }
  return verifyPairing(token, {
    iss,
    aud,
    now,
    texts,
    home: Digest.parse(one.home),
    trust: Digest.parse(one.trust),
    pairingKey: (one.by as PinnedKey).x,
  });
}

describe.each(VECTOR_FILES)("test/vectors/%s.json", (name) => {
  it("is what generate.ts writes, byte for byte", async () => {
    expect(await vectorText(name)).toBe(read(name));
  });
  it("names every case once", () => {
    const ids = cases<{ id: string }>(name).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0);
  });
});

describe("a token", () => {
  it.each(TOKENS.map((one) => [one.id, one] as const))("%s", (_, one) => {
    const verdict = judge(one);
    expect(verdict.ok ? null : verdict.reason).toBe(one.reason);
    expect(verdict.ok).toBe(one.accept);
  });
  it("is refused for every reason there is, and accepted in every kind", () => {
    const reasons = new Set(TOKENS.map(({ reason }) => reason));
    expect([...reasons].filter((reason) => reason !== null).toSorted()).toEqual(
      [...REFUSAL_REASONS].toSorted(),
    );
    const good = new Set(TOKENS.filter(({ accept }) => accept).map(({ typ }) => typ));
    expect(good.size).toBe(Object.keys(KINDS).length);
  });
  it("that is accepted is accepted by an independent library too", async () => {
    for (const one of TOKENS.filter(({ accept, typ }) => accept && typ !== KINDS.pairing.typ)) {
      const { kid } = JSON.parse(Buffer.from(one.token.split(".")[0]!, "base64url").toString());
      const key = one.keys[kid as string];
      if (!isPinnedKey(key)) throw new Error("an accepted token names a pinned key");
      const { crv, kty, x } = key;
      await compactVerify(one.token, await importJWK({ crv, kty, x }, "Ed25519"), {
        algorithms: ["Ed25519"],
      });
    }
  });
});

describe("a checkpoint", () => {
  const all = cases<CheckpointCase>("checkpoints");
  it.each(all.map((one) => [one.id, one] as const))("%s", (_, one) => {
    const head = openCheckpoint(one.checkpoint, one.repo, [Bytes32.parse(one.key)]);
    expect(head.ok).toBe(one.accept);
    if (head.ok) expect(head).toMatchObject({ size: one.size, root: one.root });
  });
});

describe("a proof", () => {
  const all = cases<ProofCase>("proofs");
  it.each(all.map((one) => [one.id, one] as const))("%s", (_, one) => {
    const verdict = verifyProof(one.proof, {
      repo: one.repo,
      logKey: Bytes32.parse(one.key),
      seen: { size: one.seen.size, root: Digest.parse(one.seen.root) },
      claims: one.claims as unknown as ClaimsOf<"action">,
    });
    expect(verdict.ok ? null : verdict.why).toBe(one.why);
    expect(verdict.ok).toBe(one.accept);
  });
});

describe("a text", () => {
  const all = cases<CanonicalCase>("canonical");
  it.each(all.map((one) => [one.id, one] as const))("%s", (_, { text, accept }) => {
    expect(parseCanonical(text) !== undefined).toBe(accept);
  });
});

describe("an action id", () => {
  const all = cases<(typeof ACTION_IDS)[number]>("action-ids");
  it.each(all.map((one) => [one.id, one] as const))("%s", (_, { identity, sub }) => {
    expect("rseq" in identity ? localRestoreIdOf(identity) : actionIdOf(identity)).toBe(sub);
  });
});
