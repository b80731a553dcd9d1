/** The checks that every kind shares once its claims are known: typ, sender, receiver, time. */
import {
  type Kind,
  KINDS,
  MAX_LIFETIME_SECONDS,
  MAX_SKEW_SECONDS,
  type RefusalReason,
} from "../contract/claims.ts";

/** Claims that the checks here read. `exp` and `epoch` are absent only where the table says so. */
export interface CommonClaims {
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp?: number;
  readonly epoch?: number;
}

export interface EnvelopeFacts {
  readonly iss: string;
  readonly aud: string;
  /** `undefined` for a pairing, which has none. */
  readonly epoch: number | undefined;
  readonly now: number;
}

/** The first of `typ, iss, aud, epoch, time` that fails. NaN as `now` fails. */
export function envelopeFault(
  kind: Kind,
  typ: string,
  claims: CommonClaims,
  facts: EnvelopeFacts,
): RefusalReason | undefined {
  if (typ !== KINDS[kind].typ) return "typ";
  if (claims.iss !== facts.iss) return "iss";
  if (claims.aud !== facts.aud) return "aud";
  if (claims.epoch !== facts.epoch) return "epoch";
  return isTimely(claims, facts.now) ? undefined : "time";
}

/** Receipts and key-sets have no `exp`: they live on, and are known by their digest. */
function isTimely({ iat, exp }: CommonClaims, now: number): boolean {
  if (!(iat <= now + MAX_SKEW_SECONDS)) return false;
  return exp === undefined || (iat < exp && exp - iat <= MAX_LIFETIME_SECONDS && now < exp);
}
