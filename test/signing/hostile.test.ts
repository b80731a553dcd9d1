import { describe, expect, it } from "vitest";
import { REFUSAL_REASONS } from "../../src/contract/claims.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import { hostileTokens } from "./hostile.ts";
import {
  claimsWith,
  cpKeys,
  EPOCH,
  GOOD,
  KEYED_KINDS,
  keysFor,
  NOW,
  partiesFor,
  siteKeys,
  tokenOf,
} from "./world.ts";

const ROUNDS = 6;
const hostile = await hostileTokens(ROUNDS);

describe("hostile tokens", () => {
  it("number at least a thousand, and each differs from the good ones", async () => {
    expect(hostile.length).toBeGreaterThanOrEqual(1000);
    const good = new Set<string>();
    for (const kind of KEYED_KINDS) {
      const token = await tokenOf(kind, claimsWith(kind));
      good.add(JSON.stringify([token, GOOD[kind].texts]));
    }
    for (const { id, token, texts } of hostile) {
      expect([id, good.has(JSON.stringify([token, texts]))]).toEqual([id, false]);
    }
  });
  it("are all refused, with a reason of the list, and every reason is met", () => {
    const met = new Set<string>();
    const accepted: string[] = [];
    for (const { id, kind, token, texts } of hostile) {
      const facts = { ...partiesFor(kind), epoch: EPOCH, now: NOW, texts };
      for (const keys of [keysFor(kind), { ...cpKeys, ...siteKeys }]) {
        const verdict = verifyToken(kind, token, { ...facts, keys });
        if (verdict.ok) accepted.push(id);
        else met.add(verdict.reason);
      }
    }
    expect(accepted).toEqual([]);
    const unmet = REFUSAL_REASONS.filter((reason) => !met.has(reason));
    // Only a token of 8 KB or texts of 2 MB meet `size`: see verify.test.ts and the vectors.
    expect(unmet).toEqual(["size"]);
  });
});
