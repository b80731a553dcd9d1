/**
 * The pairing token: a new site key says "let me be this site". It proves possession of the key
 * it carries, and by a second signature that its sender was shown the pairing string.
 * Source: docs/protocol.md, "Pairing".
 */
import type { ClaimsOf } from "../contract/claims.ts";
import type { Bytes32, Digest } from "../contract/ids.ts";
import { encodeBase64url } from "./base64url.ts";
import { canonicalText, type JsonObject } from "./canonical.ts";
import { isClaimsOf } from "./claim-check.ts";
import { digestOfText } from "./digest.ts";
import { envelopeFault } from "./envelope.ts";
import { type MintedToken, mintToken } from "./mint.ts";
import { parsePayload } from "./payload.ts";
import { parseToken } from "./profile.ts";
import { verificationKey } from "./public-key.ts";
import { signatureHolds } from "./signature.ts";
import type { Signer } from "./signer.ts";
import { areTextsOf } from "./texts.ts";
import { kidOf } from "./thumbprint.ts";
import { refused, type Verdict } from "./verdict.ts";

/** What the open pairing window holds, and the time: of a comment's creation in Action mode. */
export interface PairingFacts {
  readonly iss: string;
  readonly aud: string;
  readonly now: number;
  /** Digest of the home URL with path. */
  readonly home: Digest;
  /** Digest of the answer that named the control plane's keys. */
  readonly trust: Digest;
  /** The public half that the person posted when the window was opened. */
  readonly pairingKey: Bytes32;
  readonly texts: Readonly<Record<string, string>>;
}

/**
 * Judges a pairing in its own order, since the key stands inside: `payload, claim, kid, key,
 * signature`, then as for any other kind. A `home`, `trust` or `by` of another window is `claim`.
 */
export function verifyPairing(token: string, facts: PairingFacts): Verdict<"pairing"> {
  const { texts } = facts;
  const parsed = parseToken(token, texts);
  if (!parsed.ok) return parsed;

  const claims = parsePayload(parsed.payload);
  if (claims === undefined) return refused("payload");
  if (!isClaimsOf("pairing", claims) || !isOfWindow(claims, facts)) return refused("claim");
  const kid = kidOf(claims.key);
  if (parsed.kid !== kid) return refused("kid");
  if (verificationKey(claims.key) === undefined) return refused("key");
  if (!signatureHolds(claims.key, parsed.signed, parsed.signature)) return refused("signature");

  const fault = envelopeFault("pairing", parsed.typ, claims, { ...facts, epoch: undefined });
  if (fault !== undefined) return refused(fault);
  if (!areTextsOf("pairing", texts, claims)) return refused("beside");
  return {
    ok: true,
    kind: "pairing",
    claims,
    texts,
    kid,
    use: "action",
    digest: digestOfText(token),
  };
}

function isOfWindow(claims: JsonObject & ClaimsOf<"pairing">, facts: PairingFacts): boolean {
  return (
    claims.home === facts.home &&
    claims.trust === facts.trust &&
    signatureHolds(facts.pairingKey, withoutBy(claims), Buffer.from(claims.by, "base64url"))
  );
}

function withoutBy(claims: JsonObject): Buffer {
  const { by: _, ...rest } = claims;
  return Buffer.from(canonicalText(rest));
}

/** A pairing as a connector makes it: signed by its new key and by the pairing key. */
export async function mintPairing(
  claims: Omit<ClaimsOf<"pairing">, "by" | "key">,
  signers: { readonly site: Signer; readonly pairing: Signer },
): Promise<MintedToken> {
  const payload = { ...claims, key: signers.site.x };
  const by = encodeBase64url(await signers.pairing.sign(Buffer.from(canonicalText(payload))));
  return mintToken("pairing", { ...payload, by }, signers.site);
}
