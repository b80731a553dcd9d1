/**
 * Is a receipt on record what its site signed, about what was authorised, and about this log? Each
 * receipt names the newest log head its site verified: a site that saw another log gives it away.
 */
import type { AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ClaimsOf } from "../contract/claims.ts";
import type { ActionId, Bytes32 } from "../contract/ids.ts";
import { localRestoreIdOf } from "../signing/action-id.ts";
import { EMPTY_DIGEST } from "../signing/digest.ts";
import { pinnedKeys } from "../signing/public-key.ts";
import { verifyRecorded } from "../signing/verify.ts";
import type { LogHead } from "./checkpoint.ts";
import type { LogFaultCode } from "./faults.ts";

/** What the log says of one site so far. */
export interface SitePast {
  /**
   * Of every pairing that may still speak: a re-paired site's old key runs beside the new one
   * until the new one's first message.
   */
  keys: { readonly epoch: number; readonly key: Bytes32 }[];
  /** Actions that have their receipt. */
  readonly answered: Set<ActionId>;
  /** `<epoch>/<rseq>` of the receipts. */
  readonly numbers: Set<string>;
}

/** Whether this log once had a head, when the entry of this index was not in it yet. */
export type KnewHead = (head: LogHead, index: number) => boolean;

export interface ReceiptFacts {
  readonly index: number;
  readonly repo: number;
  readonly knewHead: KnewHead;
  readonly site: SitePast;
  /** The authorisation of this `sub`, if there is one. */
  readonly authorised: AuthorisedEntry | undefined;
}

type Receipt = EntryOf<"receipt">;
type Claims = ClaimsOf<"receipt">;

export function judgeReceipt(entry: Receipt, facts: ReceiptFacts): readonly LogFaultCode[] {
  if (facts.site.keys.length === 0) return ["not_paired"];
  const claims = signedClaims(entry, facts);
  if (claims === undefined) return ["receipt_signature"];
  return [
    ...standingFault(entry, claims, facts),
    ...repetitionFault(claims, facts.site),
    ...witnessFault(claims, facts),
  ];
}

function signedClaims(entry: Receipt, { repo, site }: ReceiptFacts): Claims | undefined {
  const now = Date.parse(entry.at) / 1000;
  for (const { epoch, key } of site.keys) {
    const verdict = verifyRecorded("receipt", entry.token, {
      keys: pinnedKeys([{ x: key }]),
      iss: `site:${entry.site}`,
      aud: `cp:${repo}`,
      epoch,
      now,
    });
    if (verdict.ok) return verdict.claims;
  }
  return undefined;
}

/** The entry repeats the token truly, and the token answers an authorisation of this site. */
function standingFault(entry: Receipt, claims: Claims, facts: ReceiptFacts): LogFaultCode[] {
  const repeats =
    claims.out === entry.out && claims.sub === entry.sub && claims.det === entry.detail;
  if (!repeats) return ["receipt_content"];
  if (claims.out === "local_restore") {
    return isLocalRestore(entry, claims) ? [] : ["receipt_content"];
  }
  const { authorised } = facts;
  if (authorised?.site !== entry.site) return ["not_authorised"];
  const answers = claims.plan === authorised.plan && claims.mode === authorised.mode;
  return answers ? [] : ["receipt_content"];
}

function isLocalRestore({ site }: Receipt, { sub, rseq, mode, re, plan }: Claims): boolean {
  return (
    sub === localRestoreIdOf({ rseq, site }) &&
    mode === "rollback" &&
    re === EMPTY_DIGEST &&
    plan === EMPTY_DIGEST
  );
}

/** Every receipt is final for its action, and a site numbers its receipts once. */
function repetitionFault({ sub, epoch, rseq }: Claims, site: SitePast): LogFaultCode[] {
  const number = `${epoch}/${rseq}`;
  const again = site.answered.has(sub) || site.numbers.has(number);
  site.answered.add(sub);
  site.numbers.add(number);
  site.keys = site.keys.filter((key) => key.epoch >= epoch);
  return again ? ["receipt_twice"] : [];
}

function witnessFault({ size, root }: Claims, { index, knewHead }: ReceiptFacts): LogFaultCode[] {
  return knewHead({ size, root }, index) ? [] : ["witness"];
}
