/** What the audit branch holds, believed only as far as its signed head says so. */
import { type LogHead, openCheckpoint } from "../audit/checkpoint.ts";
import { rootAt, treeOf } from "../audit/merkle.ts";
import { logLines, TILE_LINES, tilePath } from "../audit/tiles.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import type { Digest } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { asDigest } from "../signing/digest.ts";
import type { Signer } from "../signing/signer.ts";
import type { AuditBranch } from "./forge-port.ts";

export type AuditHead = NonNullable<Awaited<ReturnType<AuditBranch["auditHead"]>>>;

export interface BranchFacts {
  readonly repo: number;
  readonly branch: AuditBranch;
  readonly signer: Signer;
}

/** @throws CountersignError `log_mismatch` where our log key did not sign it */
export function openHead(head: AuditHead, repo: number, signer: Signer): LogHead {
  const opened = openCheckpoint(head.checkpoint, repo, [signer.x]);
  if (opened.ok) return opened;
  throw mismatch("The audit branch's checkpoint is not signed by our log key.");
}

/**
 * All lines of the log, once they are what the head says.
 * @throws CountersignError `log_mismatch`
 */
export async function readBranch(
  { repo, branch, signer }: BranchFacts,
  head: AuditHead,
): Promise<readonly string[]> {
  const { size, root } = openHead(head, repo, signer);
  const tiles: string[] = [];
  for (let tile = 0; tile * TILE_LINES < size; tile += 1) {
    tiles.push((await branch.auditFile(head.commit, tilePath(tile))) ?? "");
  }
  const lines = logLines(tiles);
  if (lines?.length !== size || asDigest(rootAt(treeOf(lines), size)) !== root) {
    throw mismatch("The audit branch's tiles do not hold what its checkpoint says.");
  }
  return lines;
}

export function mismatch(message: string): CountersignError {
  return new CountersignError("log_mismatch", message, {
    hint: "Run `countersign audit verify` on a clone. Nothing runs until the log is whole again.",
  });
}

/** Where a plan's text stands on the audit branch. */
export const planPath = (digest: Digest): string => `plans/${digest.slice("sha256:".length)}.json`;

/** A line of the log as the entry that it is. @throws CountersignError `log_unreadable` */
export function readEntry(line: string, index: number): AuditEntry {
  const entry = AuditEntry.safeParse(parseCanonical(line));
  if (entry.success) return entry.data;
  throw new CountersignError("log_unreadable", `Entry ${index} of the audit log is no entry.`, {
    hint: "Run `countersign audit verify` on a clone; a newer version may have written it.",
    cause: entry.error,
  });
}
