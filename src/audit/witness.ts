/**
 * Heads of a log known from elsewhere: an older or newer checkpoint, or a receipt, in which a site
 * countersigned the head it had verified. Whoever writes a log anew cannot call these back.
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { Bytes32 } from "../contract/ids.ts";
import { pinnedKeys } from "../signing/public-key.ts";
import { verifyRecorded } from "../signing/verify.ts";
import { type LogHead, openCheckpoint } from "./checkpoint.ts";

export type Witness =
  | {
      readonly kind: "checkpoint";
      readonly text: string;
      /** All entries of the clone that it comes from: they tell where another log differs. */
      readonly lines?: readonly string[];
    }
  /** The compact token; its detail is not needed. */
  | { readonly kind: "receipt"; readonly token: string };

/** A file's text: a receipt's compact token, or else a checkpoint. */
export function witnessOf(text: string): Witness {
  const token = text.trim();
  return /^[^\s.]+\.[^\s.]+\.[^\s.]+$/u.test(token)
    ? { kind: "receipt", token }
    : { kind: "checkpoint", text };
}

export interface WitnessFacts {
  readonly repo: number;
  readonly logKeys: readonly Bytes32[];
  /** Of the log itself: which key a site had in which epoch. */
  readonly pairings: readonly EntryOf<"pairing">[];
}

/** The head that a witness names; `undefined` where no key known here signed it. */
export function headOf(witness: Witness, facts: WitnessFacts): LogHead | undefined {
  if (witness.kind === "receipt") return headOfReceipt(witness.token, facts);
  const { repo, logKeys } = facts;
  const head = openCheckpoint(witness.text, repo, logKeys);
  return head.ok ? { size: head.size, root: head.root } : undefined;
}

function headOfReceipt(token: string, { repo, pairings }: WitnessFacts): LogHead | undefined {
  for (const { site, epoch, key } of pairings) {
    const verdict = verifyRecorded("receipt", token, {
      keys: pinnedKeys([{ x: key }]),
      iss: `site:${site}`,
      aud: `cp:${repo}`,
      epoch,
      now: Number.MAX_SAFE_INTEGER, // a receipt lives on, and its time proves nothing here
    });
    if (verdict.ok) return { size: verdict.claims.size, root: verdict.claims.root };
  }
  return undefined;
}
