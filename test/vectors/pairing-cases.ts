/** Token vectors of the pairing, whose order is `payload, claim, kid, key, signature`. */
import { KINDS } from "../../src/contract/claims.ts";
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText, type Json } from "../../src/signing/canonical.ts";
import { isBytes32, pinnedKey } from "../../src/signing/public-key.ts";
import type { Signer } from "../../src/signing/signer.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import { digest } from "../support/ids.ts";
import * as curve from "../signing/curve.ts";
import {
  CP,
  headerText,
  NOW,
  PAIRING,
  pairingKey,
  seal,
  SITE,
  siteKey,
  stranger,
} from "../signing/world.ts";
import type { TokenCase } from "./token-case.ts";

interface Pairing {
  readonly claims?: Record<string, unknown>;
  /** Who signs the token, the `by` inside, and whose `kid` the header names. */
  readonly by?: Signer;
  readonly pairing?: Signer;
  readonly kid?: string;
  readonly typ?: string;
  readonly payload?: (payload: string) => string;
}
type Facts = Partial<Pick<TokenCase, "iss" | "aud" | "now" | "beside" | "home" | "trust" | "by">>;

async function pairingToken(over: Pairing): Promise<string> {
  const by = over.by ?? siteKey;
  const claims = { ...PAIRING, key: by.x, ...over.claims };
  const unsigned = JSON.parse(JSON.stringify(claims)) as Record<string, Json>;
  const proof = await (over.pairing ?? pairingKey).sign(Buffer.from(canonicalText(unsigned)));
  const payload = canonicalText({ by: encodeBase64url(proof), ...unsigned });
  const header = headerText("pairing", over.kid ?? by.kid);
  return seal(
    over.typ === undefined ? header : header.replace(KINDS.pairing.typ, over.typ),
    over.payload === undefined ? payload : over.payload(payload),
    by,
  );
}

async function pairing(
  id: string,
  reason: string | null,
  made: Pairing = {},
  facts: Facts = {},
): Promise<TokenCase> {
  return {
    id: `pairing-${id}`,
    token: await pairingToken(made),
    typ: KINDS.pairing.typ,
    keys: {},
    iss: SITE,
    aud: CP,
    now: NOW,
    beside: {},
    home: PAIRING.home,
    trust: PAIRING.trust,
    by: pinnedKey(pairingKey.x),
    ...facts,
    accept: reason === null,
    reason,
  };
}

/** Says it has this public key; signs with something else. */
function pretender(publicKey: Buffer): Signer {
  const x = encodeBase64url(publicKey);
  if (!isBytes32(x)) throw new Error("not a key");
  return { ...stranger, x, kid: kidOf(x) };
}

const small = curve.smallOrderPoints();
const mixed = curve.encode(curve.add(curve.times(curve.BASE, 5n), small[3]!));
const withOther = (name: string, value: unknown) => (text: string) =>
  text.replace(new RegExp(`"${name}":"[^"]*"`, "u"), `"${name}":${JSON.stringify(value)}`);

async function cut(): Promise<TokenCase> {
  const whole = await pairing("two-parts", "parts");
  return { ...whole, token: whole.token.slice(0, whole.token.lastIndexOf(".")) };
}

export const PAIRINGS: readonly Promise<TokenCase>[] = [
  cut(),
  pairing("good", null),
  pairing("good-to-its-last-second", null, { claims: { iat: NOW - 119, exp: NOW + 1 } }),
  pairing("payload-before-signature", "payload", {
    by: { ...stranger, x: siteKey.x, kid: siteKey.kid },
    payload: (text) => `${text} `,
  }),
  pairing("another-home", "claim", {}, { home: digest("https://other.example/") }),
  pairing("another-trust", "claim", {}, { trust: digest("other trust") }),
  pairing("by-another-pairing-key", "claim", { pairing: stranger }),
  pairing("window-of-another-pairing-key", "claim", {}, { by: pinnedKey(stranger.x) }),
  pairing("by-of-another-payload", "claim", { payload: withOther("ver", "0.2.0") }),
  pairing("by-zero", "claim", { payload: withOther("by", "A".repeat(86)) }),
  pairing("by-spare-bits", "claim", { payload: withOther("by", `${"A".repeat(85)}B`) }),
  pairing("by-short", "claim", { payload: withOther("by", "A".repeat(85)) }),
  pairing("key-short", "claim", { payload: withOther("key", "A".repeat(42)) }),
  pairing("without-ver", "claim", { claims: { ver: undefined } }),
  pairing("with-epoch", "claim", { claims: { epoch: 1 } }),
  pairing("claim-before-kid", "claim", { kid: stranger.kid, pairing: stranger }),
  pairing("kid-of-another-key", "kid", { kid: stranger.kid }),
  pairing("kid-before-signature", "kid", {
    kid: stranger.kid,
    by: { ...stranger, x: siteKey.x, kid: siteKey.kid },
  }),
  pairing("small-order-key", "key", { by: pretender(curve.encode(small[0]!)) }),
  pairing("small-order-8-key", "key", { by: pretender(curve.encode(small[1]!)) }),
  pairing("mixed-order-key", "key", { by: pretender(mixed) }),
  pairing("key-second-spelling", "key", { by: pretender(curve.littleEndian(curve.P + 1n)) }),
  pairing("signed-by-another-key", "signature", {
    by: { ...stranger, x: siteKey.x, kid: siteKey.kid },
  }),
  pairing("typ-of-a-heartbeat", "typ", { typ: KINDS.heartbeat.typ }),
  pairing("as-another-site", "iss", {}, { iss: "site:acme-blog" }),
  pairing("for-another-control-plane", "aud", {}, { aud: "cp:4218" }),
  pairing("too-late", "time", {}, { now: NOW + 50 }),
  pairing("too-early", "time", {}, { now: NOW - 41 }),
  pairing("life-of-121", "time", { claims: { iat: NOW, exp: NOW + 121 } }),
  pairing("with-a-text", "beside", {}, { beside: { detail: "" } }),
];
