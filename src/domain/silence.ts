/** Which sites nobody hears of, as the log has it. Silence locks nothing: it is shown. */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";

/** The line that says since when; none where a later one says that the site is heard again. */
export function recordedSilence(entries: Iterable<AuditEntry>): Map<SiteId, EntryOf<"silence">> {
  const found = new Map<SiteId, EntryOf<"silence">>();
  for (const entry of entries) {
    if (entry.kind !== "silence") continue;
    if (entry.over) found.delete(entry.site);
    else found.set(entry.site, entry);
  }
  return found;
}
