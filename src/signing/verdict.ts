/** What a verifier answers. A refusal is a value, with one reason of the closed list. */
import type { ClaimsOf, Kind, KeyUse, RefusalReason, TextsOf } from "../contract/claims.ts";
import type { Digest, Kid } from "../contract/ids.ts";

export type Verdict<K extends Kind> = Verified<K> | Refused;

export interface Verified<K extends Kind> {
  readonly ok: true;
  readonly kind: K;
  readonly claims: ClaimsOf<K>;
  readonly texts: TextsOf<K>;
  readonly kid: Kid;
  /** Which pinned key signed: of consequence for a key-set only. */
  readonly use: KeyUse;
  /** Of the compact token's bytes. */
  readonly digest: Digest;
}

export interface Refused {
  readonly ok: false;
  readonly reason: RefusalReason;
  /** Set where a well-signed token speaks a protocol that we do not: shown as *waiting*. */
  readonly proto?: number;
}

export function refused(reason: RefusalReason): Refused {
  return { ok: false, reason };
}
