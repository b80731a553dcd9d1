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
import { type Refused, refused, type Verdict, type Verified } from "./verdict.ts";

/** What the receiver has pinned and knows. Nothing here comes from the token. */
export interface VerifyFacts {
  readonly keys: PinnedKeys;
  /** Who must have sent it and for whom it must be: `cp:<id>` or `site:<id>`. */
  readonly iss: string;
  readonly aud: string;
  /** Of the pairing; `undefined` where there is none yet, and then nothing here is accepted. */
  readonly epoch: number | undefined;
  /** Unix time, in whole seconds. */
  readonly now: number;
  /** The texts that came beside the token, by name. */
  readonly texts: Readonly<Record<string, string>>;
}

/** Any kind but a pairing, which has its own order (`pairing.ts`). */
export type KeyedKind = Exclude<Kind, "pairing">;

/** Judges a message: the token and every text beside it. */
export function verifyToken<K extends KeyedKind>(
  kind: K,
  token: string,
  facts: VerifyFacts,
): Verdict<K> {
  const { texts } = facts;
  const judged = judge(kind, token, facts);
  if (!judged.ok) return judged;
  if (!areTextsOf(kind, texts, judged.claims)) return refused("beside");
  return { ...judged, texts };
}

/** Judges a token on record, whose texts are kept elsewhere or not at all: digests remain. */
export function verifyRecorded<K extends KeyedKind>(
  kind: K,
  token: string,
  facts: Omit<VerifyFacts, "texts">,
): Omit<Verified<K>, "texts"> | Refused {
  return judge(kind, token, { ...facts, texts: {} });
}

type Judged<K extends Kind> = Omit<Verified<K>, "texts"> & { readonly claims: JsonObject };

function judge<K extends KeyedKind>(
  kind: K,
  token: string,
  facts: VerifyFacts,
): Judged<K> | Refused {
  const parsed = parseToken(token, facts.texts);
  if (!parsed.ok) return parsed;

  const key = findKey(facts.keys, parsed.kid);
  if (!key.ok) return key;
  if (!maySign(kind, key.use)) return refused("key");
  if (!signatureHolds(key.x, parsed.signed, parsed.signature)) return refused("signature");

  const claims = parsePayload(parsed.payload);
  if (claims === undefined) return refused("payload");
  const proto = unknownProto(kind, claims);
  if (proto !== undefined) return { ok: false, reason: "claim", proto };
  if (!isClaimsOf(kind, claims)) return refused("claim");
  const signed = { keys: facts.keys, signedWith: key.use };
  if (!keepsRules(kind, claims, signed)) return refused("claim");

  const fault = envelopeFault(kind, parsed.typ, claims, facts);
  if (fault !== undefined) return refused(fault);
  return { ok: true, kind, claims, kid: key.kid, use: key.use, digest: digestOfText(token) };
}

/** Read before the claims table, which may differ in another protocol. We speak N and N - 1. */
function unknownProto(kind: Kind, claims: JsonObject): number | undefined {
  const spec: KindSpec = KINDS[kind];
  const proto = spec.claims.includes("proto") ? claims["proto"] : undefined;
  if (typeof proto !== "number" || proto < 1) return undefined;
  return proto === PROTO || proto === PROTO - 1 ? undefined : proto;
}
