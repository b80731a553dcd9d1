/** Mutation operators that the true signer runs: what is said is wrong, not who says it. */
import { type Kind, KINDS } from "../../src/contract/claims.ts";
import { canonicalText, type Json, type JsonObject } from "../../src/signing/canonical.ts";
import type { Operator, Start } from "./hostile.ts";
import { EPOCH, GOOD, headerText, KEYED_KINDS, NOW, seal, signerFor, tokenOf } from "./world.ts";

const without = (claims: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
const anyName = ({ claims, pick }: Start): string => {
  const names = Object.keys(claims);
  return names[pick(names.length)]!;
};
/** Values that no type of the table has. */
const WRONG: readonly Json[] = [
  "",
  " ",
  "NaN",
  "normal\n",
  "sha256:",
  `sha256:${"g".repeat(64)}`,
  "A".repeat(44),
  "cp:0",
  "site:",
  "\u0000",
  [],
  {},
  [1],
  ["normal"],
  { a: 1 },
  true,
  false,
  null,
  -1,
  1.5,
  2 ** 53,
  1e300,
];

function signText({ kind }: Start, payload: string): Promise<string> {
  const by = signerFor(kind);
  return seal(headerText(kind, by.kid), payload, by);
}
const respelled =
  (change: (payload: string, start: Start) => string): Operator =>
  (start) =>
    signText(start, change(canonicalText(start.claims), start));
const said =
  (over: (start: Start) => Record<string, Json>): Operator =>
  (start) =>
    tokenOf(start.kind, { ...start.claims, ...over(start) });

const OTHER_ADDRESS: readonly Record<string, Json>[] = [
  { iss: "cp:4218" },
  { iss: "site:acme-blog" },
  { iss: "cp:421" },
  { aud: "cp:42170" },
  { aud: "site:acme-sho" },
  { aud: "site:acme-shop-2" },
];
const EPOCHS = [EPOCH - 1, EPOCH + 1, EPOCH + 1000, 1];
/** `iat` and `exp`, as seconds from now. */
const TIMES: readonly (readonly [iat: number, exp: number])[] = [
  [31, 60],
  [3600, 3660],
  [0, 121],
  [-60, 61],
  [-60, 0],
  [-3600, -3500],
  [10, 10],
  [20, 10],
  [-NOW, 60],
  [-10, 2 ** 52],
];
const ESCAPES = [String.raw`\u0073`, String.raw`\/`, "ü", "\t", "\u007f"];
const NUMBERS = ["1.0", "1e0", "01", "+1", "-0", "0x1", "1e400", "9007199254740993", "1_0"];

const timed = (kind: Kind): boolean => (KINDS[kind].claims as readonly string[]).includes("exp");

export const claimOperators: Record<string, Operator> = {
  "a claim less": (start) => tokenOf(start.kind, without(start.claims, anyName(start))),
  "a claim more": ({ kind, claims, pick }) => {
    const name = ["nbf", "admin", "alg", "sub2", "__proto__", "z", "7", ""][pick(8)]!;
    const more = JSON.parse(`{${JSON.stringify(name)}:1}`) as JsonObject;
    return tokenOf(kind, Object.fromEntries([...Object.entries(claims), ...Object.entries(more)]));
  },
  "a claim of no type": said((start) => ({ [anyName(start)]: WRONG[start.pick(WRONG.length)]! })),
  "a claim renamed": (start) => {
    const name = anyName(start);
    const rest = without(start.claims, name);
    return tokenOf(start.kind, { ...rest, [`${name}x`]: start.claims[name]! });
  },
  "a claim in another case": (start) => {
    const name = anyName(start);
    const rest = without(start.claims, name);
    return tokenOf(start.kind, { ...rest, [name.toUpperCase()]: start.claims[name]! });
  },
  "white space": respelled((text, { pick }) => {
    const places = [...text.matchAll(/[{}[\]:,]/gu)].map(({ index }) => index + 1);
    const at = places[pick(places.length)]!;
    return text.slice(0, at) + " \n\t"[pick(3)]! + text.slice(at);
  }),
  "a member twice": respelled((text, start) => {
    const name = anyName(start);
    return text.replace("{", `{"${name}":${JSON.stringify(start.claims[name])},`);
  }),
  "members in another order": respelled((_, { claims }) =>
    JSON.stringify(Object.fromEntries(Object.entries(claims).toReversed())),
  ),
  "another spelling of a text": respelled((text, { pick }) =>
    text.replace("s", ESCAPES[pick(ESCAPES.length)]!),
  ),
  "another spelling of a number": respelled((text, { pick }) =>
    text.replace(/:[0-9]+/u, `:${NUMBERS[pick(NUMBERS.length)]!}`),
  ),
  "something after the object": respelled(
    (text, { pick }) => text + ["x", "{}", "\u0000"][pick(3)]!,
  ),
  "a list around the object": respelled((text) => `[${text}]`),
  "cut inside": respelled((text, { pick }) => text.slice(0, pick(text.length))),
  "another time": said(({ kind, pick }) => {
    const [iat, exp] = TIMES[pick(TIMES.length)]!;
    return timed(kind) ? { iat: NOW + iat, exp: NOW + exp } : { iat: NOW + 31 + pick(10 ** 6) };
  }),
  "another address": said(({ kind, pick }) => {
    const own = KINDS[kind].sender === "cp" ? [0, 1, 2, 4, 5] : [0, 1, 2, 3];
    return OTHER_ADDRESS[own[pick(own.length)]!]!;
  }),
  "another epoch": said(({ pick }) => ({ epoch: EPOCHS[pick(EPOCHS.length)]! })),
  "another kind's claims": ({ kind, pick }) => {
    const others = KEYED_KINDS.filter((other) => other !== kind);
    return tokenOf(kind, GOOD[others[pick(others.length)]!].claims, signerFor(kind));
  },
  "another kind's typ": ({ kind, claims, pick }) => {
    const others = Object.values(KINDS).filter(({ typ }) => typ !== KINDS[kind].typ);
    const by = signerFor(kind);
    const header = headerText(kind, by.kid).replace(
      KINDS[kind].typ,
      others[pick(others.length)]!.typ,
    );
    return seal(header, canonicalText(claims), by);
  },
};

type Texts = Readonly<Record<string, string>>;
type Change = (texts: Texts, pick: Start["pick"]) => Texts;

export const besideOperators: Record<string, Change> = {
  "a text more": (texts, pick) => ({ ...texts, [["x", "token", "plans", ""][pick(4)]!]: "" }),
  "a text renamed": (texts) => {
    const [first = ["none", ""], ...rest] = Object.entries(texts);
    return Object.fromEntries([[`${first[0]}s`, first[1]], ...rest]);
  },
  "a text changed": (texts, pick) => {
    const [first = ["none", ""], ...rest] = Object.entries(texts);
    const end = [" ", "\n", "\u0000", "}"][pick(4)]!;
    return Object.fromEntries([[first[0], first[1] + end], ...rest]);
  },
};
