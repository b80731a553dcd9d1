/** The last attested commit, as the audit log of a clone says. */
import type { CommitSha } from "../contract/ids.ts";
import { readHistory } from "../domain/history.ts";
import type { Clone } from "./clone.ts";
import { logEntries } from "./log-entries.ts";

/**
 * Where every plan begins; `null` where the clone has no audit branch.
 * @throws CountersignError `log_unreadable` where the branch holds no log
 */
export async function attestedCommit(clone: Clone): Promise<CommitSha | null> {
  const entries = await logEntries(clone);
  return entries === null ? null : readHistory(entries).attested;
}
