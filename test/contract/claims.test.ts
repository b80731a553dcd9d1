import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CLAIMS_PHP, claimsPhp } from "../../scripts/generate-claims.ts";
import {
  CLAIM_TYPES,
  type ClaimType,
  FORMATS,
  KINDS,
  type KindSpec,
} from "../../src/contract/claims.ts";
import { Outcome } from "../../src/contract/audit-entry.ts";
import { ActionId, Bytes32, CommitSha, Digest, Kid } from "../../src/contract/ids.ts";

const kinds: [string, KindSpec][] = Object.entries(KINDS);

describe("the claims table", () => {
  it("is what the connector's file says", () => {
    expect(readFileSync(CLAIMS_PHP, "utf8")).toBe(claimsPhp());
  });
  it.each(kinds)("lists the claims of %s once and sorted, and digests of its texts", (_, spec) => {
    expect(spec.claims).toEqual([...new Set(spec.claims)].toSorted());
    for (const { claim } of Object.values(spec.beside)) {
      if (claim !== null) expect(spec.claims).toContain(claim);
    }
  });
  it("gives every kind iss, aud and iat, and a life and an epoch but where protocol.md says", () => {
    const without = (name: string) =>
      kinds.filter(([, spec]) => !(spec.claims as string[]).includes(name)).map(([kind]) => kind);
    expect(["iss", "aud", "iat"].flatMap(without)).toEqual([]);
    expect(without("exp")).toEqual(["keyset", "receipt"]);
    expect(without("jti")).toEqual(["keyset", "receipt"]);
    expect(without("epoch")).toEqual(["pairing"]);
  });
  it("uses every claim that it names, and closed words in order", () => {
    const used = new Set(kinds.flatMap(([, { claims }]) => claims));
    expect([...used].toSorted()).toEqual(Object.keys(CLAIM_TYPES).toSorted());
    for (const type of Object.values<ClaimType>(CLAIM_TYPES)) {
      if (typeof type === "object" && "enum" in type) {
        expect(type.enum).toEqual(type.enum.toSorted());
      }
    }
  });
  it("means the same as the schemas of the same names", () => {
    const words: [keyof typeof FORMATS, { safeParse(value: unknown): { success: boolean } }][] = [
      ["bytes32", Bytes32],
      ["commit", CommitSha],
      ["digest", Digest],
      ["kid", Kid],
      ["sub", ActionId],
    ];
    const samples = ["A".repeat(43), `${"A".repeat(42)}B`, "a".repeat(40), "a".repeat(39)];
    samples.push("A".repeat(22), "A".repeat(21), "a".repeat(26), "1".repeat(26), "a".repeat(27));
    samples.push(
      `sha256:${"a".repeat(64)}`,
      `sha256:${"A".repeat(64)}`,
      `sha256:${"a".repeat(63)}`,
    );
    for (const [word, schema] of words) {
      const format = FORMATS[word];
      const pattern = "pattern" in format ? new RegExp(`^(?:${format.pattern})$`, "u") : /^$/u;
      for (const sample of samples) {
        expect([word, sample, pattern.test(sample)]).toEqual([
          word,
          sample,
          schema.safeParse(sample).success,
        ]);
      }
    }
    for (const out of CLAIM_TYPES.out.enum) expect(Outcome.safeParse(out).success).toBe(true);
  });
});
