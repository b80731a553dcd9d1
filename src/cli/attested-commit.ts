/** The last attested commit, as the audit log of a clone says. */
import { logLines } from "../audit/tiles.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import type { CommitSha } from "../contract/ids.ts";
import { readHistory } from "../domain/history.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import type { Clone } from "./clone.ts";

/**
 * Where every plan begins; `null` where the clone has no audit branch. The log is read, not
 * verified: that is `countersign audit verify`.
 * @throws CountersignError `log_unreadable` where the branch holds no log
 */
export async function attestedCommit(clone: Clone): Promise<CommitSha | null> {
  const commit = await clone.resolve("countersign/audit", "origin/countersign/audit");
  if (commit === null) return null;
  const tiles = [...(await clone.files(commit, "tiles"))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = logLines(tiles.map(([, text]) => String(text)));
  if (lines === undefined) throw unreadable();
  return readHistory(lines.map(entryOf)).attested;
}

function entryOf(line: string): AuditEntry {
  const { data } = AuditEntry.safeParse(parseCanonical(line));
  if (data === undefined) throw unreadable();
  return data;
}

function unreadable(): CountersignError {
  return new CountersignError("log_unreadable", "The clone's audit branch holds no log.", {
    hint: "Run `countersign audit verify <clone>`, or name where to begin with --before.",
  });
}
