/**
 * Is this token, of this kind, from whom it says and for us, now? One check after the other, in
 * the order of `REFUSAL_REASONS`; the first that fails names the reason. The PHP verifier follows
 * the same page and gives the same verdict on every input.
 *
 * Pure: keys, names, epoch and time are facts passed in. Nothing in a token chooses an algorithm,
 * a key, a rule or a table.
 */
import { type Kind, KINDS, type KindSpec, PROTO } from "../contract/claims.ts";
import type { JsonObject } from "./canonical.ts";
import { isClaimsOf } from "./claim-check.ts";
import { digestOfText } from "./digest.ts";
import { envelopeFault } from "./envelope.ts";
import { keepsRules, maySign } from "./kind-rules.ts";
import { parsePayload } from "./payload.ts";
import { parseToken } from "./profile.ts";
import { findKey, type PinnedKeys } from "./public-key.ts";
import { signatureHolds } from "./signature.ts";
import { areTextsOf } from "./texts.ts";
import { refused, type Verdict } from "./verdict.ts";

/** What the receiver has pinned and knows. Nothing here comes from the token. */
export interface VerifyFacts {
  readonly keys: PinnedKeys;
  /** Who must have sent it and for whom it must be: `cp:<id>` or `site:<id>`. */
  readonly iss: string;
  readonly aud: string;
  readonly epoch: number;
  /** Unix time, in whole seconds. */
  readonly now: number;
  /** The texts that came beside the token, by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Judges a token of any kind but a pairing, which has its own order (`pairing.ts`). */
export function verifyToken<K extends Exclude<Kind, "pairing">>(
  kind: K,
  token: string,
  facts: VerifyFacts,
): Verdict<K> {
  const { keys, texts } = facts;
  const parsed = parseToken(token, texts);
  if (!parsed.ok) return parsed;

  const key = findKey(keys, parsed.kid);
  if (!key.ok) return key;
  if (!maySign(kind, key.use)) return refused("key");
  if (!signatureHolds(key.x, parsed.signed, parsed.signature)) return refused("signature");

  const claims = parsePayload(parsed.payload);
  if (claims === undefined) return refused("payload");
  const proto = unknownProto(kind, claims);
  if (proto !== undefined) return { ok: false, reason: "claim", proto };
  if (!isClaimsOf(kind, claims)) return refused("claim");
  if (!keepsRules(kind, claims, { keys, signedWith: key.use })) return refused("claim");

  const fault = envelopeFault(kind, parsed.typ, claims, facts);
  if (fault !== undefined) return refused(fault);
  if (!areTextsOf(kind, texts, claims)) return refused("beside");
  return { ok: true, kind, claims, texts, kid: key.kid, use: key.use, digest: digestOfText(token) };
}

/** Read before the claims table, which may differ in another protocol. We speak N and N - 1. */
function unknownProto(kind: Kind, claims: JsonObject): number | undefined {
  const spec: KindSpec = KINDS[kind];
  const proto = spec.claims.includes("proto") ? claims["proto"] : undefined;
  if (typeof proto !== "number" || proto < 1) return undefined;
  return proto === PROTO || proto === PROTO - 1 ? undefined : proto;
}
