/** The incidents of a fleet, as the log has them: one issue each, about one cause. */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ActionId, CommitSha, SiteId } from "../contract/ids.ts";
import { authorisationsOf, type History } from "./history.ts";

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
  /** Proposals that bring its sites back. */
  readonly proposals: readonly number[];
  /** When its cause was put on record, oldest first: signals that repeat are told there. */
  readonly seenAt: readonly string[];
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
  const { issue, cause, phase, site, sub, at, proposal } = entry;
  // One that joins it is no repeated signal of those that are in it.
  const joins = known !== undefined && site !== null && !known.sites.includes(site);
  const isSignal = cause === (known?.cause ?? cause) && !joins;
  const sites = new Set([...(known?.sites ?? []), ...(site === null ? [] : [site])]);
  const actions = new Set([...(known?.actions ?? []), ...(sub === null ? [] : [sub])]);
  return {
    issue,
    cause: known?.cause ?? cause,
    phase,
    sites: [...sites],
    actions: [...actions],
    range: known?.range ?? entry.range ?? null,
    proposals: [
      ...new Set([...(known?.proposals ?? []), ...(proposal === undefined ? [] : [proposal])]),
    ],
    seenAt: [...(known?.seenAt ?? []), ...(isSignal ? [at] : [])],
    openedAt: known?.openedAt ?? at,
    changedAt: at,
    entries: [...(known?.entries ?? []), index],
  };
}

/** The open one about a cause at a site, or of the fleet where `site` is null. */
export function incidentAbout(
  entries: Iterable<AuditEntry>,
  site: SiteId | null,
  cause: string,
): Incident | undefined {
  return openIncidents(entries).find(
    (one) =>
      one.cause === cause && (site === null ? one.sites.length === 0 : one.sites.includes(site)),
  );
}

/**
 * Where an open incident stands, by what is on record: a recovery of its sites is on its way, or a
 * proposal that brings them back is under review, or they are contained and nothing else.
 */
export function phaseNow(incident: Incident, history: History): Phase {
  const { phase, sites, proposals } = incident;
  if (phase === "closed" || sites.length === 0) return phase;
  const recovers = sites.some((site) =>
    authorisationsOf(history, site).some(
      ({ entry, end }) => entry.mode !== "apply" && end === null,
    ),
  );
  if (recovers) return "recovering";
  const isReviewed = proposals.some(
    (pr) =>
      history.shown.some((shown) => shown.pr === pr) &&
      !history.ranges.some((range) => range.pr === pr),
  );
  return isReviewed ? "in_review" : "contained";
}

/** Signals that repeat are put on record, and told in the incident, this often at most. */
const AGAIN_MILLISECONDS = 60 * 60 * 1000;

/** Whether a signal about an incident that is open already is worth a line of its own. */
export function isSeenAgain({ seenAt }: Incident, at: string): boolean {
  const last = seenAt.at(-1) ?? "";
  return Date.parse(at) - Date.parse(last) >= AGAIN_MILLISECONDS;
}

export function openIncidents(entries: Iterable<AuditEntry>): Incident[] {
  return [...incidentsOf(entries).values()].filter(({ phase }) => phase !== "closed");
}
