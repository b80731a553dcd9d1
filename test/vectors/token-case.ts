/** The form of the token vectors, and how one is made. */
import { type Kind, KINDS } from "../../src/contract/claims.ts";
import { canonicalText, type JsonObject } from "../../src/signing/canonical.ts";
import type { Signer } from "../../src/signing/signer.ts";
import {
  claimsWith,
  EPOCH,
  GOOD,
  headerText,
  type KeyedKind,
  keysFor,
  NOW,
  partiesFor,
  seal,
  signerFor,
  tokenOf,
} from "../signing/world.ts";

export interface TokenCase {
  readonly id: string;
  readonly token: string;
  readonly typ: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly iss: string;
  readonly aud: string;
  readonly now: number;
  readonly epoch?: number;
  readonly beside: Readonly<Record<string, string>>;
  /** Of a pairing only: digests that the window holds, and the pairing key. */
  readonly home?: string;
  readonly trust?: string;
  readonly by?: unknown;
  readonly accept: boolean;
  readonly reason: string | null;
}

type Facts = Partial<Pick<TokenCase, "keys" | "iss" | "aud" | "now" | "beside">> & {
  /** `null`: the verifier has no epoch. */
  readonly epoch?: null;
};
type Made = { readonly token: string; readonly facts?: Facts };

/** A case before its token is signed. */
export interface Draft {
  readonly id: string;
  readonly kind: KeyedKind;
  /** `null` accepts. */
  readonly reason: string | null;
  readonly make: () => Promise<Made>;
}

/** Claims of a good message, some replaced (`undefined` takes one out), truly signed. */
export function claims(
  id: string,
  kind: KeyedKind,
  reason: string | null,
  over: Record<string, unknown>,
  by: Signer = signerFor(kind),
): Draft {
  return {
    id,
    kind,
    reason,
    make: async () => ({ token: await tokenOf(kind, claimsWith(kind, over), by) }),
  };
}

/** A good token met with other facts. */
export function facts(id: string, kind: KeyedKind, reason: string | null, over: Facts): Draft {
  return { id, kind, reason, make: async () => ({ token: await good(kind), facts: over }) };
}

/** The compact text of a good token, changed. */
export function compact(
  id: string,
  reason: string,
  change: (token: string) => string,
  kind: KeyedKind = "query",
): Draft {
  return { id, kind, reason, make: async () => ({ token: change(await good(kind)) }) };
}

/** The header's text of a good query, changed and truly signed. */
export function header(id: string, reason: string, change: (header: string) => string): Draft {
  const make = async () => {
    const by = signerFor("query");
    const text = canonicalText(claimsWith("query"));
    return { token: await seal(change(headerText("query", by.kid)), text, by) };
  };
  return { id, kind: "query", reason, make };
}

/** The payload's text of a good message, changed and truly signed. */
export function payload(
  id: string,
  reason: string,
  change: (payload: string, claims: JsonObject) => string,
  kind: KeyedKind = "query",
): Draft {
  const make = async () => {
    const by = signerFor(kind);
    const object = claimsWith(kind);
    const text = change(canonicalText(object), object);
    return { token: await seal(headerText(kind, by.kid), text, by) };
  };
  return { id, kind, reason, make };
}

export function good(kind: KeyedKind): Promise<string> {
  return tokenOf(kind, claimsWith(kind));
}

export async function finish({ id, kind, reason, make }: Draft): Promise<TokenCase> {
  const { token, facts: over = {} } = await make();
  const { epoch, ...rest } = over;
  return {
    id,
    token,
    typ: KINDS[kind as Kind].typ,
    keys: keysFor(kind),
    ...partiesFor(kind),
    now: NOW,
    beside: GOOD[kind].texts,
    ...rest,
    ...(epoch === null ? {} : { epoch: EPOCH }),
    accept: reason === null,
    reason,
  };
}
