/** The id of one attempt at one site's merged plan: anyone can recompute it from the log. */
import { ActionId, type CommitSha, type Digest, type SiteId } from "../contract/ids.ts";
import { canonicalText } from "./canonical.ts";
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

/** First 26 base32 characters (130 bits) of SHA-256 over the RFC 8785 text of the identity. */
export function actionIdOf(identity: ActionIdentity): ActionId {
  const { attempt, merge, mode, plan, repo, site } = identity;
  const text = canonicalText({ attempt, merge, mode, plan, repo, site });
  return ActionId.parse(base32(sha256(Buffer.from(text))).slice(0, 26));
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 §6 in lower case, of whole groups of five bits; what is left over is dropped. */
function base32(bytes: Buffer): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{5}/gu) ?? [];
  return groups.map((group) => ALPHABET.charAt(Number.parseInt(group, 2))).join("");
}
