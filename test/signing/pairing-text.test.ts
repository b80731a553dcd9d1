/** The texts of a pairing: the string, its digest and the six words, with a worked example. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { WORDS_PHP, wordsPhp } from "../../scripts/generate-words.ts";
import type { PairingString } from "../../src/contract/pairing.ts";
import { Bytes32 } from "../../src/contract/ids.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import {
  offerText,
  pairingSigner,
  readPairingString,
  sixWords,
  trustOf,
  writePairingString,
} from "../../src/signing/pairing-text.ts";
import { WORDS } from "../../src/signing/words.ts";

const key = Bytes32.parse("WPqDimCnpbPyRVB-mQLnKjmWrIhk1t-Bcqaw0Mw8-NI");
const offer = {
  action: key,
  cp: "cp:4711",
  epoch: 3,
  gen: 1,
  kver: 2,
  log: key,
  recovery: key,
  site: "site:acme-shop",
};
const home = "https://shop.acme.example";
const given: PairingString = {
  ...offer,
  home,
  s: "AAECAwQFBgcICQoLDA0ODw",
  url: "https://countersign.example",
};

describe("the pairing string", () => {
  it("is one text, and is read back as it was", () => {
    const text = writePairingString(given);
    expect(text).toMatch(/^[A-Za-z0-9_-]{380,520}$/u);
    expect(readPairingString(text)).toEqual(given);
    expect(readPairingString(writePairingString({ ...given, url: "" }))?.url).toBe("");
  });
  const write = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  it.each([
    ["an empty one", ""],
    ["one that was cut", writePairingString(given).slice(0, -4)],
    ["one that was pasted twice", writePairingString(given).repeat(2)],
    ["one with padding", `${writePairingString(given)}=`],
    ["members in another order", write({ url: given.url, ...offer, home, s: given.s })],
    ["a further member", canonicalString({ ...given, x: 1 })],
    ["a member too few", canonicalString(offer)],
    ["a short secret", canonicalString({ ...given, s: "AAAA" })],
    ["another kind of address", canonicalString({ ...given, url: "ftp://a.example" })],
    ["an epoch of 0", canonicalString({ ...given, epoch: 0 })],
    ["a site that is none", canonicalString({ ...given, site: "site:-" })],
  ])("is not %s", (_name, text) => {
    expect(readPairingString(text)).toBeNull();
  });
});

function canonicalString(value: Parameters<typeof canonicalText>[0]): string {
  return Buffer.from(canonicalText(value)).toString("base64url");
}

describe("trust", () => {
  it("is the digest of the offer's RFC 8785 text", () => {
    expect(offerText(offer)).toBe(JSON.stringify(offer));
    expect(trustOf(offer)).toBe(digestOfText(JSON.stringify(offer)));
  });
});

describe("the pairing key", () => {
  it("is another for each secret and each site", () => {
    const [one, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    const keys = [
      pairingSigner(one, "site:a").x,
      pairingSigner(other, "site:a").x,
      pairingSigner(one, "site:b").x,
    ];
    expect(new Set(keys).size).toBe(3);
    expect(pairingSigner(one, "site:a").x).toBe(keys[0]);
  });
});

describe("the six words", () => {
  it("are the first 66 bits of the digest, eleven a word", () => {
    const hash = digestOfText(canonicalText({ ...offer, home, key })).slice("sha256:".length);
    const bits = Array.from(hash, (hex) => Number.parseInt(hex, 16).toString(2).padStart(4, "0"));
    const words = [0, 1, 2, 3, 4, 5].map(
      (word) => WORDS[Number.parseInt(bits.join("").slice(word * 11, word * 11 + 11), 2)],
    );
    expect(sixWords(offer, { home, key })).toBe(words.join(" "));
  });
  it.each<[string, () => string]>([
    ["home", () => sixWords(offer, { home: `${home}/b`, key })],
    ["epoch", () => sixWords({ ...offer, epoch: 4 }, { home, key })],
    ["site", () => sixWords({ ...offer, site: "site:b" }, { home, key })],
  ])("change with the %s", (_name, other) => {
    expect(other()).not.toBe(sixWords(offer, { home, key }));
  });
  it("are of the list that the connector has", () => {
    expect(WORDS).toHaveLength(2048);
    expect(new Set(WORDS).size).toBe(2048);
    expect(readFileSync(WORDS_PHP, "utf8")).toBe(wordsPhp());
  });
});
