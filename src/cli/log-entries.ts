/** The audit log of a clone, read and not verified: that is `countersign audit verify`. */
import { logLines } from "../audit/tiles.ts";
import { AuditEntry } from "../contract/audit-entry.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import type { Clone } from "./clone.ts";

/**
 * `null` where the clone has no audit branch.
 * @throws CountersignError `log_unreadable` where the branch holds no log
 */
export async function logEntries(clone: Clone): Promise<AuditEntry[] | null> {
  const commit = await clone.resolve("countersign/audit", "origin/countersign/audit");
  if (commit === null) return null;
  const tiles = [...(await clone.files(commit, "tiles"))].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = logLines(tiles.map(([, text]) => String(text)));
  if (lines === undefined) throw unreadable();
  return lines.map(entryOf);
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
