/**
 * Hostile tokens: good messages of every kind, changed by mutation operators. Each result differs
 * from every message that may be accepted, so a verifier has to refuse all of them.
 */
import { createHmac } from "node:crypto";
import { KINDS } from "../../src/contract/claims.ts";
import { decodeBase64url, encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText, type JsonObject } from "../../src/signing/canonical.ts";
import { pinnedKey } from "../../src/signing/public-key.ts";
import { withLargerS } from "./curve.ts";
import { besideOperators, claimOperators } from "./hostile-claims.ts";
import {
  action,
  claimsWith,
  GOOD,
  headerText,
  KEYED_KINDS,
  type KeyedKind,
  log,
  recovery,
  seal,
  signerFor,
  stranger,
  tokenOf,
} from "./world.ts";

export interface Hostile {
  readonly id: string;
  readonly kind: KeyedKind;
  readonly token: string;
  readonly texts: Readonly<Record<string, string>>;
}

/** What an operator starts from. `pick` gives a whole number below its argument. */
export interface Start {
  readonly kind: KeyedKind;
  readonly token: string;
  readonly claims: JsonObject;
  readonly pick: (below: number) => number;
}
export type Operator = (start: Start) => string | Promise<string>;

/** Reproducible and good enough to choose a place (mulberry32). */
export function picker(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

type Parts = [header: string, payload: string, signature: string];
const split = (token: string) => token.split(".") as Parts;
const onPart =
  (part: 0 | 1 | 2, change: (bytes: Buffer, start: Start) => Uint8Array): Operator =>
  (start) => {
    const parts = split(start.token);
    parts[part] = encodeBase64url(change(decodeBase64url(parts[part])!, start));
    return parts.join(".");
  };
const flipBit = (bytes: Buffer, { pick }: Start) => {
  const at = pick(bytes.length * 8);
  return Buffer.from(bytes.map((byte, i) => (i === at >> 3 ? byte ^ (1 << (at & 7)) : byte)));
};
const atPlace =
  (change: (before: string, character: string, after: string, start: Start) => string): Operator =>
  (start) => {
    const at = start.pick(start.token.length);
    const { token } = start;
    return change(token.slice(0, at), token.charAt(at), token.slice(at + 1), start);
  };
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const anyOther = (character: string, { pick }: Start) =>
  ALPHABET.split("").filter((one) => one !== character)[pick(63)]!;
const JUNK = ["=", "==", " ", "\n", "\t", "\r\n", "+", "/", "%3D", "\u0000", "ü", ".", "~"];
const spareBits = (part: 0 | 1 | 2): Operator => {
  return (start) => {
    const parts = split(start.token);
    const last = ALPHABET.indexOf(parts[part].at(-1)!);
    // A part without spare bits gets another last character: its bytes change instead.
    parts[part] = parts[part].slice(0, -1) + ALPHABET.charAt(last ^ 1);
    return parts.join(".");
  };
};

const spelling: Record<string, Operator> = {
  "bit of the header": onPart(0, flipBit),
  "bit of the payload": onPart(1, flipBit),
  "bit of the signature": onPart(2, flipBit),
  "another character": atPlace((a, c, b, start) => a + anyOther(c, start) + b),
  "a character less": atPlace((a, _, b) => a + b),
  "a character more": atPlace((a, c, b, start) => a + c + anyOther("", start) + b),
  "junk inside": atPlace((a, c, b, { pick }) => a + c + JUNK[pick(JUNK.length)]! + b),
  "junk at the end": ({ token, pick }) => token + JUNK[pick(JUNK.length)]!,
  "junk at the start": ({ token, pick }) => JUNK[pick(JUNK.length)]! + token,
  "cut off": ({ token, pick }) => token.slice(0, pick(token.length)),
  twice: ({ token }) => token + token,
  "parts exchanged": ({ token }) => split(token).toReversed().join("."),
  "spare bits of the header": spareBits(0),
  "spare bits of the payload": spareBits(1),
  "spare bits of the signature": spareBits(2),
  unsecured: ({ token, kind }) => {
    const header = `{"alg":"none","kid":"${action.kid}","typ":"${KINDS[kind].typ}"}`;
    return `${encodeBase64url(Buffer.from(header))}.${split(token)[1]}.`;
  },
  "S + L": onPart(2, (signature) => withLargerS(signature)),
  "S of zero": onPart(2, (signature) => signature.fill(0, 32)),
  "R of zero": onPart(2, (signature) => signature.fill(0, 0, 32)),
  "R and S exchanged": onPart(2, (s) => Buffer.concat([s.subarray(32), s.subarray(0, 32)])),
  "signature of another token": async ({ token, kind, claims }) => {
    const other = split(await tokenOf(kind, { ...claims, epoch: 99 }));
    return split(token).with(2, other[2]).join(".");
  },
};

const further = (name: string, value: unknown) => (header: string) =>
  `${header.slice(0, -1)},"${name}":${JSON.stringify(value)}}`;
const HEADER_GAMES: readonly ((header: string, start: Start) => string)[] = [
  ...["EdDSA", "none", "None", "HS256", "ES256", "RS256", "ed25519", "Ed25519 ", ""].map(
    (alg) => (header: string) => header.replace('"Ed25519"', JSON.stringify(alg)),
  ),
  further("crit", ["exp"]),
  further("b64", false),
  further("jwk", pinnedKey(stranger.x)),
  further("jku", "https://keys.example/"),
  further("x5c", ["AA=="]),
  further("x5u", "https://keys.example/"),
  further("zip", "DEF"),
  further("cty", "JWT"),
  further("kid", stranger.kid),
  (header) => header.replace("{", '{"kid":"x",'),
  (header) => header.replace(/("alg":"[^"]*"),("kid":"[^"]*")/u, "$2,$1"),
  (header) => header.replace('"typ"', String.raw`"t\u0079p"`),
  (header) => header.replace(",", ", "),
  (header) => `${header}\n`,
  (header) => ` ${header}`,
  (header) => `\ufeff${header}`,
  (header) => header.replace("cs-", "CS-"),
  (header) => header.replace("+jwt", ""),
  (header) => header.replace(/"typ":".*"/u, '"typ":"JWT"'),
  (header) => header.replace(/"kid":"[^"]*"/u, '"kid":["x"]'),
  (header) => header.replace(/"kid":"[^"]*"/u, `"kid":"${stranger.kid}"`),
  (header) => header.replace(/"kid":"[^"]*"/u, '"kid":"../../etc/passwd"'),
];

const headers: Record<string, Operator> = {
  "header game under a true signature": ({ kind, claims, pick }) => {
    const by = signerFor(kind);
    const game = HEADER_GAMES[pick(HEADER_GAMES.length)]!;
    const header = game(headerText(kind, by.kid), { kind, claims, pick, token: "" });
    return seal(header, canonicalText(claims), by);
  },
  "header game under the old signature": ({ token, kind, claims, pick }) => {
    const game = HEADER_GAMES[pick(HEADER_GAMES.length)]!;
    const header = game(headerText(kind, signerFor(kind).kid), { kind, claims, pick, token });
    return split(token)
      .with(0, encodeBase64url(Buffer.from(header)))
      .join(".");
  },
  "a stranger under a pinned kid": ({ kind, claims }) =>
    seal(headerText(kind, signerFor(kind).kid), canonicalText(claims), stranger),
  "a stranger under their own kid": ({ kind, claims }) => tokenOf(kind, claims, stranger),
  "a stranger who brings the key along": ({ kind, claims }) =>
    seal(
      further("jwk", pinnedKey(stranger.x))(headerText(kind, stranger.kid)),
      canonicalText(claims),
      stranger,
    ),
  "the public key as a shared secret": ({ token, kind }) => {
    const by = signerFor(kind);
    const header = headerText(kind, by.kid).replace("Ed25519", "HS256");
    const signed = `${encodeBase64url(Buffer.from(header))}.${split(token)[1]}`;
    const mac = createHmac("sha512", decodeBase64url(by.x)!).update(signed).digest();
    return `${signed}.${encodeBase64url(mac)}`;
  },
  "the log key": ({ kind, claims }) => tokenOf(kind, claims, log),
  "the recovery key": ({ kind, claims }) => tokenOf(kind, claims, recovery),
};

const OPERATORS: Record<string, Operator> = { ...spelling, ...headers, ...claimOperators };

/** `rounds` of every operator on every kind, each with its own places. */
export async function hostileTokens(rounds: number): Promise<Hostile[]> {
  const made: Hostile[] = [];
  for (const [number, kind] of KEYED_KINDS.entries()) {
    const claims = claimsWith(kind);
    const token = await tokenOf(kind, claims);
    for (let round = 0; round < rounds; round += 1) {
      const pick = picker(number * 1000 + round);
      for (const [name, operator] of Object.entries(OPERATORS)) {
        const changed = await operator({ kind, token, claims, pick });
        made.push({
          id: `${kind}, ${name}, ${round}`,
          kind,
          token: changed,
          texts: GOOD[kind].texts,
        });
      }
      for (const [name, change] of Object.entries(besideOperators)) {
        const texts = change(GOOD[kind].texts, pick);
        made.push({ id: `${kind}, ${name}, ${round}`, kind, token, texts });
      }
    }
  }
  return made;
}
