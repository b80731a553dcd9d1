/** Token vectors up to the signature: size, parts, encoding, header, kid, key, signature. */
import { decodeBase64url, encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { isBytes32, pinnedKey } from "../../src/signing/public-key.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import * as curve from "../signing/curve.ts";
import {
  action,
  claimsWith,
  cpKeys,
  headerText,
  log,
  recovery,
  seal,
  seedOf,
  stranger,
  tokenOf,
} from "../signing/world.ts";
import { compact, type Draft, facts, header, payload } from "./token-case.ts";

const parts = (token: string) => token.split(".") as [string, string, string];
const withSignature =
  (change: (signature: Buffer) => Uint8Array) =>
  (token: string): string => {
    const [head, body, signature] = parts(token);
    return `${head}.${body}.${encodeBase64url(change(decodeBase64url(signature)!))}`;
  };

const form: Draft[] = [
  compact("size-8193-bytes", "size", (token) => token.padEnd(8193, "A")),
  compact("size-8192-bytes-is-judged-further", "encoding", (token) => token.padEnd(8192, "A")),
  compact("size-counts-bytes-not-characters", "size", () => "ü".repeat(4097)),
  compact("parts-empty", "parts", () => ""),
  compact("parts-one", "parts", () => "e30"),
  compact("parts-two", "parts", (token) => token.slice(0, token.lastIndexOf("."))),
  compact("parts-four", "parts", (token) => `${token}.e30`),
  compact("parts-trailing-dot", "parts", (token) => `${token}.`),
  compact("parts-only-a-signature-missing-is-encoding", "encoding", (token) => {
    return token.slice(0, token.lastIndexOf(".") + 1);
  }),
  compact("encoding-empty-header", "encoding", (token) => token.slice(token.indexOf("."))),
  compact("encoding-empty-payload", "encoding", (token) => {
    const [head, , signature] = parts(token);
    return `${head}..${signature}`;
  }),
  compact("encoding-padding", "encoding", (token) => `${token}==`),
  compact("encoding-newline-at-the-end", "encoding", (token) => `${token}\n`),
  compact("encoding-space-inside", "encoding", (token) => token.replace(".", " .")),
  compact("encoding-plus", "encoding", (token) => token.replace("e", "+")),
  compact("encoding-percent", "encoding", (token) => token.replace(".", "%2E.")),
  compact("encoding-not-ascii", "encoding", (token) => `ü${token}`),
  compact("encoding-nul", "encoding", (token) => `${token}\u0000`),
  compact("encoding-spare-bits-of-the-signature", "encoding", (token) => {
    const last = token.at(-1)!;
    return token.slice(0, -1) + String.fromCodePoint(last.codePointAt(0)! + 1);
  }),
  compact("encoding-one-character-too-many", "encoding", (token) => token.replace(".", "A.")),
  compact(
    "encoding-signature-of-63-bytes",
    "encoding",
    withSignature((s) => s.subarray(1)),
  ),
  compact(
    "encoding-signature-of-65-bytes",
    "encoding",
    withSignature((s) => {
      return Buffer.concat([s, Buffer.of(0)]);
    }),
  ),
];

const quoted = (name: string, value: unknown) => `"${name}":${JSON.stringify(value)}`;
const further = (name: string, value: unknown) => (text: string) =>
  `${text.slice(0, -1)},${quoted(name, value)}}`;

const headers: Draft[] = [
  ...["EdDSA", "none", "HS256", "ES256", "ed25519", "Ed448", ""].map((alg) =>
    header(`header-alg-${alg || "empty"}`, "header", (text) => text.replace("Ed25519", alg)),
  ),
  header("header-crit", "header", further("crit", ["exp"])),
  header("header-b64", "header", further("b64", false)),
  header("header-jwk", "header", further("jwk", pinnedKey(stranger.x))),
  header("header-jku", "header", further("jku", "https://keys.example/")),
  header("header-x5c", "header", further("x5c", ["AA"])),
  header("header-zip", "header", further("zip", "DEF")),
  header("header-cty", "header", further("cty", "JWT")),
  header("header-member-before", "header", (text) => text.replace("{", '{"a":1,')),
  header("header-other-order", "header", (text) => {
    return text.replace(/("alg":"[^"]*"),("kid":"[^"]*")/u, "$2,$1");
  }),
  header("header-member-twice", "header", (text) => text.replace("{", '{"alg":"Ed25519",')),
  header("header-without-kid", "header", (text) => text.replace(/"kid":"[^"]*",/u, "")),
  header("header-without-typ", "header", (text) => text.replace(/,"typ":"[^"]*"/u, "")),
  header("header-kid-is-a-number", "header", (text) => {
    return text.replace(/"kid":"[^"]*"/u, '"kid":1');
  }),
  header("header-white-space", "header", (text) => text.replace(":", ": ")),
  header("header-newline-at-the-end", "header", (text) => `${text}\n`),
  header("header-escape", "header", (text) => text.replace("query", String.raw`que\u0072y`)),
  header("header-not-ascii", "header", (text) => text.replace("query", "quéry")),
  header("header-list", "header", () => '["Ed25519"]'),
  header("header-byte-order-mark", "header", (text) => `\ufeff${text}`),
];

const withKid = (id: string, kid: string) =>
  header(id, "kid", (text) => text.replace(action.kid, kid));
const pin = (key: unknown) => ({ keys: { ...cpKeys, [action.kid]: key } });
const jwk = pinnedKey(action.x);

const kids: Draft[] = [
  withKid("kid-unknown", stranger.kid),
  withKid("kid-empty", ""),
  withKid("kid-of-an-object", "__proto__"),
  withKid("kid-method-of-an-object", "toString"),
  withKid("kid-in-another-case", action.kid.toUpperCase()),
  withKid("kid-with-more", `${action.kid}A`),
  withKid("kid-with-a-space", `${action.kid} `),
  facts("kid-no-keys-at-all", "query", "kid", { keys: {} }),
];

const keys: Draft[] = [
  facts("key-null", "query", "key", pin(null)),
  facts("key-text", "query", "key", pin(action.x)),
  facts("key-list", "query", "key", pin([jwk])),
  facts("key-empty", "query", "key", pin({})),
  facts("key-further-member", "query", "key", pin({ ...jwk, alg: "Ed25519" })),
  facts("key-private-half", "query", "key", pin({ ...jwk, d: action.x })),
  facts("key-use-action", "query", "key", pin({ ...jwk, use: "action" })),
  facts("key-use-null", "query", "key", pin({ ...jwk, use: null })),
  facts("key-other-curve", "query", "key", pin({ ...jwk, crv: "X25519" })),
  facts("key-other-type", "query", "key", pin({ ...jwk, kty: "EC" })),
  facts("key-x-with-padding", "query", "key", pin({ ...jwk, x: `${action.x}=` })),
  facts("key-x-a-number", "query", "key", pin({ ...jwk, x: 1 })),
  facts("key-without-x", "query", "key", pin({ crv: "Ed25519", kty: "OKP" })),
  facts("key-of-another-kid", "query", "key", pin(pinnedKey(stranger.x))),
  facts("key-pinned-as-log-key", "query", "key", pin({ ...jwk, use: "log" })),
  facts("key-others-are-not-looked-at", "query", null, {
    keys: { ...cpKeys, [stranger.kid]: null, other: { x: 1 } },
  }),
  ...(
    [
      ["key-log-key-signs-a-query", log, "query"],
      ["key-recovery-key-signs-a-query", recovery, "query"],
      ["key-log-key-signs-a-key-set", log, "keyset"],
    ] as const
  ).map(([id, by, kind]): Draft => {
    return {
      id,
      kind,
      reason: "key",
      make: async () => ({ token: await tokenOf(kind, claimsWith(kind), by) }),
    };
  }),
];

const scalar = curve.secretScalar(seedOf("action key"));
const honest = curve.times(curve.BASE, scalar);
const small = curve.smallOrderPoints();

/** A token by a key that libraries accept, with a signature for which the equation may hold. */
function weak(id: string, publicKey: Buffer, signed: { scalar: bigint; nonce: bigint }): Draft {
  const make = async () => {
    const x = encodeBase64url(publicKey);
    if (!isBytes32(x)) throw new Error("not a key");
    const R = curve.encode(curve.times(curve.BASE, signed.nonce));
    const by = {
      kid: kidOf(x),
      use: "action" as const,
      x,
      sign: (message: Uint8Array) =>
        Promise.resolve(curve.signWith(message, { ...signed, publicKey, R })),
    };
    const token = await seal(headerText("query", by.kid), canonicalText(claimsWith("query")), by);
    return { token, facts: { keys: { [by.kid]: pinnedKey(x) } } };
  };
  return { id, kind: "query", reason: "key", make };
}

const weakKeys: Draft[] = [
  ...small.map((point, index) =>
    weak(`key-small-order-${index}`, curve.encode(point), { scalar: 0n, nonce: 5n }),
  ),
  weak("key-mixed-order", curve.encode(curve.add(honest, small[1]!)), { scalar, nonce: 5n }),
  weak("key-mixed-order-2", curve.encode(curve.add(honest, small[4]!)), { scalar, nonce: 5n }),
  weak("key-y-above-the-prime", curve.littleEndian(curve.P + 3n), { scalar: 0n, nonce: 5n }),
  weak("key-identity-second-spelling", curve.littleEndian(curve.P + 1n), { scalar: 0n, nonce: 5n }),
  weak("key-not-on-the-curve", curve.littleEndian(2n), { scalar: 0n, nonce: 5n }),
];

/** A signature by the honest key whose R is chosen as bytes. */
function chosenR(id: string, R: Buffer, nonce: bigint): Draft {
  return compact(id, "signature", (token) => {
    const [head, body] = parts(token);
    const publicKey = curve.encode(honest);
    const message = Buffer.from(`${head}.${body}`);
    const signature = curve.signWith(message, { scalar, publicKey, R, nonce });
    return `${head}.${body}.${encodeBase64url(signature)}`;
  });
}

const signatures: Draft[] = [
  compact("signature-larger-s", "signature", withSignature(curve.withLargerS)),
  compact(
    "signature-zero",
    "signature",
    withSignature(() => Buffer.alloc(64)),
  ),
  compact(
    "signature-one-bit",
    "signature",
    withSignature((s) => {
      return Buffer.concat([Buffer.of(s[0]! ^ 1), s.subarray(1)]);
    }),
  ),
  chosenR("signature-small-order-r", curve.encode(curve.IDENTITY), 0n),
  chosenR("signature-r-second-spelling", curve.littleEndian(curve.P + 1n), 0n),
  ...small
    .slice(1)
    .map((point, index) =>
      chosenR(`signature-small-order-r-${index + 1}`, curve.encode(point), 0n),
    ),
  {
    id: "signature-by-another-key",
    kind: "query",
    reason: "signature",
    make: async () => {
      const text = canonicalText(claimsWith("query"));
      return { token: await seal(headerText("query", action.kid), text, stranger) };
    },
  },
  {
    id: "signature-of-another-payload",
    kind: "query",
    reason: "signature",
    make: async () => {
      const [head, , signature] = parts(await tokenOf("query", claimsWith("query")));
      const other = parts(await tokenOf("query", claimsWith("query", { lvx: 8 })));
      return { token: `${head}.${other[1]}.${signature}` };
    },
  },
  payload("signature-judged-before-the-payload-would-be", "payload", (text) => `${text} `),
];

export const OUTER: readonly Draft[] = [
  ...form,
  ...headers,
  ...kids,
  ...keys,
  ...weakKeys,
  ...signatures,
];
