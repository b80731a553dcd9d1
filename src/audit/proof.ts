/**
 * The `proof` beside an action: that its authorisation is a line of the log, and that the log only
 * grew since the head which the site last verified. It proves itself: no claim holds its digest.
 * Source: docs/protocol.md, "The signed action". The connector makes the same checks.
 */
import { AuthorisedEntry } from "../contract/audit-entry.ts";
import type { ClaimsOf, ClaimValue } from "../contract/claims.ts";
import type { Bytes32 } from "../contract/ids.ts";
import { LogProof } from "../contract/log-proof.ts";
import { actionIdOf } from "../signing/action-id.ts";
import { canonicalText, parseCanonical } from "../signing/canonical.ts";
import { hashOf } from "../signing/digest.ts";
import { type LogHead, openCheckpoint } from "./checkpoint.ts";
import { consistencyProof, inclusionProof, leafHash, type MerkleTree } from "./merkle.ts";
import { consistencyHolds, inclusionHolds } from "./merkle-check.ts";

export interface ProofFacts {
  readonly tree: MerkleTree;
  /** The authorisation's line without its newline, and its index. */
  readonly line: string;
  readonly index: number;
  /** Size of the newest head that the site said it verified; 0 for none. */
  readonly from: number;
  /** Signed, and no longer than the tree. */
  readonly checkpoint: string;
  readonly size: number;
}

/** The RFC 8785 text of a proof for one action. */
export function proofText({ tree, line, index, from, checkpoint, size }: ProofFacts): string {
  return canonicalText({
    checkpoint,
    consistency: consistencyProof(tree, from, size).map(hex),
    from,
    inclusion: inclusionProof(tree, index, size).map(hex),
    line,
  });
}

/** What a site has pinned, and what the verified action says. */
export interface ProofExpectation {
  /** The control repository's numeric id. */
  readonly repo: number;
  readonly logKey: Bytes32;
  /** The newest head that this site verified; size 0 and the empty root before any. */
  readonly seen: LogHead;
  readonly claims: ClaimsOf<"action">;
}

type ProofFault = Extract<ClaimValue<"why">, "log_stale" | "log_fork" | "log_invalid">;

export type ProofVerdict =
  | { readonly ok: true; readonly head: LogHead; readonly entry: AuthorisedEntry }
  | { readonly ok: false; readonly why: ProofFault };

/**
 * `log_stale`: the log, or the proof's starting point, is not the one this site knows; a proof
 * made again may hold. `log_fork`: two signed heads of one size. `log_invalid`: anything else.
 */
export function verifyProof(proof: string, expected: ProofExpectation): ProofVerdict {
  const { data: form } = LogProof.safeParse(parseCanonical(proof));
  if (form === undefined) return { ok: false, why: "log_invalid" };
  const head = openCheckpoint(form.checkpoint, expected.repo, [expected.logKey]);
  if (!head.ok) return { ok: false, why: "log_invalid" };
  const why = headFault(form, head, expected.seen);
  if (why !== undefined) return { ok: false, why };
  const entry = authorisationOf(form.line, expected);
  if (entry === undefined || !isOnRecord(form, head, expected.claims.seq)) {
    return { ok: false, why: "log_invalid" };
  }
  return { ok: true, head: { size: head.size, root: head.root }, entry };
}

/** A head of the size already seen needs no path, but has to be the same head. */
function headFault(form: LogProof, head: LogHead, seen: LogHead): ProofFault | undefined {
  if (head.size < seen.size) return "log_stale";
  if (head.size === seen.size) {
    return seen.size === 0 || head.root === seen.root ? undefined : "log_fork";
  }
  if (form.from !== seen.size) return "log_stale";
  const grew = consistencyHolds({
    from: seen.size,
    fromRoot: hashOf(seen.root),
    to: head.size,
    toRoot: hashOf(head.root),
    path: form.consistency.map(bytes),
  });
  return grew ? undefined : "log_invalid";
}

function isOnRecord(form: LogProof, head: LogHead, index: number): boolean {
  return inclusionHolds({
    leaf: leafHash(form.line),
    index,
    size: head.size,
    root: hashOf(head.root),
    path: form.inclusion.map(bytes),
  });
}

/** The line, where it authorises exactly what the token asks for. */
function authorisationOf(line: string, { repo, claims }: ProofExpectation) {
  const { data: entry } = AuthorisedEntry.safeParse(parseCanonical(line));
  if (entry === undefined) return undefined;
  const agrees =
    SHARED.every((name) => entry[name] === claims[name]) &&
    `site:${entry.site}` === claims.aud &&
    actionIdOf({ ...entry, repo }) === entry.sub;
  return agrees ? entry : undefined;
}

/** What line and token share by name. */
const SHARED = ["evd", "merge", "mode", "plan", "pol", "pr", "pre", "sub"] as const;

function hex(hash: Buffer): string {
  return hash.toString("hex");
}

function bytes(hash: string): Buffer {
  return Buffer.from(hash, "hex");
}
