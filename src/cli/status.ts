/** `countersign status` and `countersign incident show`: what the audit log of a clone says now. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { authorisationsOf, type History, levelOf, readHistory } from "../domain/history.ts";
import { type Incident, incidentsOf } from "../domain/incidents.ts";
import { recordedDrift } from "../domain/drift.ts";
import { recordedSilence } from "../domain/silence.ts";
import { unfinishedAt } from "../domain/unfinished.ts";
import { SiteId } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { openClone } from "./clone.ts";
import { logEntries } from "./log-entries.ts";

export interface SiteStatus {
  readonly site: string;
  readonly level: string;
  readonly causes: readonly string[];
  /** The proposal that has to be finished there; `null` where there is none. */
  readonly unfinished: number | null;
  /** Actions that have no end yet. */
  readonly open: readonly { readonly pr: number; readonly mode: string; readonly sent: boolean }[];
  /** How its last action ended. */
  readonly last: { readonly pr: number; readonly how: string; readonly at: string } | null;
  /** How much it runs other than is desired, and what nobody desires there. */
  readonly drift: { readonly count: number; readonly unmanaged: number };
  /** When it was heard last, where it is silent. */
  readonly silentSince: string | null;
  readonly incidents: readonly number[];
}

export interface FleetStatus {
  readonly entries: number;
  readonly attested: string | null;
  /** Ranges that nobody authorised. */
  readonly unattested: number;
  readonly fleet: { readonly level: string; readonly causes: readonly string[] };
  readonly sites: readonly SiteStatus[];
  readonly incidents: readonly Incident[];
}

/** @throws CountersignError `clone_unreadable`, `log_unreadable`, `usage` for a site that is none */
export async function readStatus(folder: string, site?: string): Promise<FleetStatus> {
  const entries = await entriesIn(folder);
  const history = readHistory(entries);
  const [drift, silence] = [recordedDrift(entries), recordedSilence(entries)];
  const open = [...incidentsOf(entries).values()].filter(({ phase }) => phase !== "closed");
  const known = [...history.pairings.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  if (site !== undefined && !known.some((one) => one === site)) throw noSite(site);
  const { level, causes } = history.fleetLevel;
  return {
    entries: history.size,
    attested: history.attested,
    unattested: history.unattested.length,
    fleet: { level, causes },
    sites: known
      .filter((one) => site === undefined || one === site)
      .map((one) => siteStatus(SiteId.parse(one), { history, open, drift, silence })),
    incidents: open,
  };
}

interface Known {
  readonly history: History;
  readonly open: readonly Incident[];
  readonly drift: ReturnType<typeof recordedDrift>;
  readonly silence: ReturnType<typeof recordedSilence>;
}

function siteStatus(site: SiteId, { history, open, drift, silence }: Known): SiteStatus {
  const { count = 0, unmanaged = 0 } = drift.get(site) ?? {};
  const all = authorisationsOf(history, site);
  const ended = all.flatMap(({ entry, end }) => (end === null ? [] : [{ pr: entry.pr, ...end }]));
  const last = ended.toSorted((a, b) => a.index - b.index).at(-1);
  return {
    site,
    level: levelOf(history, site).level,
    causes: history.siteLevels.get(site)?.causes ?? [],
    unfinished: unfinishedAt(history, site)?.entry.pr ?? null,
    open: all.flatMap(({ entry, end, sentAt }) =>
      end === null ? [{ pr: entry.pr, mode: entry.mode, sent: sentAt !== null }] : [],
    ),
    last: last === undefined ? null : { pr: last.pr, how: last.how, at: last.at },
    drift: { count, unmanaged },
    silentSince: silence.get(site)?.since ?? null,
    incidents: open.flatMap(({ issue, sites }) => (sites.includes(site) ? issue : [])),
  };
}

/** What a person reads: first what needs somebody, then every site in one line. */
export function describeStatus(status: FleetStatus): string {
  const { attested, entries, unattested, fleet, sites, incidents } = status;
  return [
    `Attested: ${attested ?? "nothing yet"}; ${entries} entries on record.`,
    `Fleet: ${fleet.level.toUpperCase()}${because(fleet.causes)}`,
    ...(unattested === 0 ? [] : [`Not authorised: ${unattested} range(s) of the default branch.`]),
    ...incidents.map(({ issue, cause, phase, sites: about }) => {
      const where = about.length === 0 ? "the fleet" : about.join(", ");
      return `Incident #${issue}: ${cause}, ${phase}, ${where}`;
    }),
    ...sites.map(siteLine),
  ].join("\n");
}

const because = (causes: readonly string[]): string =>
  causes.length === 0 ? "" : ` (${causes.join(", ")})`;

function siteLine(status: SiteStatus): string {
  const { site, level, causes, unfinished, open, last, drift, silentSince } = status;
  const parts = [
    level.toUpperCase() + because(causes),
    ...(unfinished === null ? [] : [`#${unfinished} has to be finished`]),
    ...(silentSince === null ? [] : [`silent since ${silentSince}`]),
    ...(drift.count === 0 ? [] : [`drifts in ${drift.count}`]),
    ...open.map(({ pr, mode, sent }) => `#${pr} ${mode} ${sent ? "sent" : "waiting"}`),
    last === null ? "nothing ran yet" : `last: #${last.pr} ${last.how} at ${last.at}`,
  ];
  return `${site}: ${parts.join("; ")}`;
}

export interface IncidentReport extends Incident {
  /** The receipts and levels behind it, as the log has them. */
  readonly evidence: readonly { readonly index: number; readonly entry: AuditEntry }[];
}

/** @throws CountersignError `usage` where the log knows no such incident */
export async function readIncident(folder: string, issue: number): Promise<IncidentReport> {
  const entries = await entriesIn(folder);
  const incident = incidentsOf(entries).get(issue);
  if (incident === undefined) {
    throw new CountersignError("usage", `The audit log knows no incident #${issue}.`, {
      hint: "Run `countersign status`: it lists the open ones.",
    });
  }
  const lines = new Set(incident.entries);
  const evidence = entries.flatMap((entry, index) =>
    lines.has(index) || isAbout(entry, incident) ? [{ index, entry }] : [],
  );
  return { ...incident, evidence };
}

function isAbout(entry: AuditEntry, { actions, sites, range }: Incident): boolean {
  switch (entry.kind) {
    case "authorised":
    case "sent":
    case "receipt":
    case "ended":
      return actions.includes(entry.sub);
    case "level":
      return entry.site === null ? sites.length === 0 : sites.includes(entry.site);
    case "range":
      return entry.to === range;
    case "glass":
      return entry.merge === range;
    default:
      return false;
  }
}

export function describeIncident(incident: IncidentReport): string {
  const { issue, cause, phase, openedAt, sites, evidence } = incident;
  const where = sites.length === 0 ? "the fleet" : sites.join(", ");
  return [
    `Incident #${issue}: ${cause}, ${phase}, since ${openedAt}, ${where}`,
    ...evidence.map(({ index, entry }) => `entry ${index}: ${JSON.stringify(entry)}`),
    "`countersign audit verify <clone>` checks every one of these lines.",
  ].join("\n");
}

/** @throws CountersignError `clone_unreadable` or `log_unreadable` */
export async function entriesIn(folder: string): Promise<AuditEntry[]> {
  const entries = await logEntries(await openClone(folder));
  if (entries !== null) return entries;
  throw new CountersignError("clone_unreadable", `${folder} has no branch countersign/audit.`, {
    hint: "Run `git fetch origin countersign/audit` and try again.",
  });
}

function noSite(site: string): CountersignError {
  return new CountersignError("usage", `No site ${JSON.stringify(site)} is paired here.`, {
    hint: "Name it as its file under sites/ is named; `countersign status` lists all.",
  });
}
