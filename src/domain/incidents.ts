/** The incidents of a fleet, as the log has them: one issue each, about one cause. */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ActionId, CommitSha, SiteId } from "../contract/ids.ts";

export type Phase = EntryOf<"incident">["phase"];

export interface Incident {
  readonly issue: number;
  readonly cause: string;
  readonly phase: Phase;
  /** The sites it is about; none where it is about the fleet. */
  readonly sites: readonly SiteId[];
  /** The actions whose ends it tells of. */
  readonly actions: readonly ActionId[];
  /** The range that it is about, by its end. */
  readonly range: CommitSha | null;
  readonly openedAt: string;
  readonly changedAt: string;
  /** The lines of the log that say so. */
  readonly entries: readonly number[];
}

/** All incidents by issue, oldest first. The first line gives the cause, the newest the phase. */
export function incidentsOf(entries: Iterable<AuditEntry>): Map<number, Incident> {
  const found = new Map<number, Incident>();
  let index = 0;
  for (const entry of entries) {
    if (entry.kind === "incident")
      found.set(entry.issue, noted(found.get(entry.issue), entry, index));
    index += 1;
  }
  return found;
}

function noted(known: Incident | undefined, entry: EntryOf<"incident">, index: number): Incident {
  const { issue, cause, phase, site, sub, at } = entry;
  const sites = new Set([...(known?.sites ?? []), ...(site === null ? [] : [site])]);
  const actions = new Set([...(known?.actions ?? []), ...(sub === null ? [] : [sub])]);
  return {
    issue,
    cause: known?.cause ?? cause,
    phase,
    sites: [...sites],
    actions: [...actions],
    range: known?.range ?? entry.range ?? null,
    openedAt: known?.openedAt ?? at,
    changedAt: at,
    entries: [...(known?.entries ?? []), index],
  };
}

export function openIncidents(entries: Iterable<AuditEntry>): Incident[] {
  return [...incidentsOf(entries).values()].filter(({ phase }) => phase !== "closed");
}
