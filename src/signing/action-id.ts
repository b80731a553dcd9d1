/** The id of one attempt at one site's merged plan: anyone can recompute it from the log. */
import { ActionId, type CommitSha, type Digest, type SiteId } from "../contract/ids.ts";
import { canonicalText, type Json } from "./canonical.ts";
import { sha256 } from "./digest.ts";

export interface ActionIdentity {
  /** From 1; rises only by a person's recorded `retry` or `resume`. */
  readonly attempt: number;
  readonly merge: CommitSha;
  readonly mode: "apply" | "recover" | "rollback";
  /** Digest of the site's plan text. */
  readonly plan: Digest;
  /** The control repository's numeric id. */
  readonly repo: number;
  /** Without prefix. */
  readonly site: SiteId;
}

export function actionIdOf(identity: ActionIdentity): ActionId {
  const { attempt, merge, mode, plan, repo, site } = identity;
  return idOf({ attempt, merge, mode, plan, repo, site });
}

/** The id of a restore that an administrator ran at the site itself: nobody authorised it. */
export function localRestoreIdOf({ rseq, site }: { rseq: number; site: SiteId }): ActionId {
  return idOf({ rseq, site });
}

/** First 26 base32 characters (130 bits) of SHA-256 over the RFC 8785 text. */
function idOf(identity: Json): ActionId {
  return ActionId.parse(base32(sha256(Buffer.from(canonicalText(identity)))).slice(0, 26));
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 §6 in lower case, of whole groups of five bits; what is left over is dropped. */
function base32(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = Array.from({ length: Math.floor(bits.length / 5) }, (_, index) =>
    bits.slice(index * 5, index * 5 + 5),
  );
  return groups.map((group) => ALPHABET.charAt(Number.parseInt(group, 2))).join("");
}
