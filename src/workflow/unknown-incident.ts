/**
 * Sites of one plan of which nobody can say what became of it share one issue: a way out that is
 * down is one cause, however many sites are behind it.
 */
import type { SiteId } from "../contract/ids.ts";
import { authorisationsOf, type History } from "../domain/history.ts";
import { type Incident, openIncidents } from "../domain/incidents.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { openOnce } from "./level-incident.ts";

const CAUSE = "outcome_unknown";
/** Further sites are told together, this often at most; the sweep comes back for them. */
const everySeconds = 60;

/** Every site that is at HOLD for it has an issue that tells of it, or will have within a minute. */
export async function tellUnknown(fleet: Fleet): Promise<void> {
  const told = new Set(unknownIncidents(fleet).flatMap(({ sites }) => sites));
  const { history } = fleet.log;
  const silent = [...history.siteLevels].flatMap(([site, { causes }]) =>
    causes.includes(CAUSE) && !told.has(site) ? site : [],
  );
  for (const [pr, sites] of Map.groupBy(silent, (site) => planAt(history, site))) {
    await tellOf(fleet, pr, sites);
  }
}

async function tellOf(fleet: Fleet, pr: number | null, sites: readonly SiteId[]): Promise<void> {
  const [first, ...others] = sites;
  const known = incidentOf(fleet, pr);
  if (known === undefined && first !== undefined) await openOnce(fleet, first, CAUSE);
  const open = incidentOf(fleet, pr);
  const further = known === undefined ? others : sites;
  if (open === undefined || further.length === 0 || isTooSoon(fleet, known)) return;
  const at = instantOf(fleet.clock.now());
  const { issue } = open;
  const about = {
    at,
    cause: CAUSE,
    issue,
    kind: "incident",
    phase: open.phase,
    sub: null,
  } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.get(issue)?.phase === "closed"
      ? null
      : { entries: further.map((site) => ({ ...about, site })) },
  );
}

function isTooSoon({ clock }: Fleet, known: Incident | undefined): boolean {
  return known !== undefined && clock.now() - Date.parse(known.changedAt) / 1000 < everySeconds;
}

const unknownIncidents = ({ log }: Fleet): Incident[] =>
  openIncidents(log.entries).filter(({ cause }) => cause === CAUSE);

function incidentOf(fleet: Fleet, pr: number | null): Incident | undefined {
  const { history } = fleet.log;
  return unknownIncidents(fleet).find(({ sites }) =>
    sites.some((site) => planAt(history, site) === pr),
  );
}

/** Whose action left for the site last. */
function planAt(history: History, site: SiteId): number | null {
  const last = authorisationsOf(history, site).findLast(({ sentAt }) => sentAt !== null);
  return last?.entry.pr ?? null;
}
