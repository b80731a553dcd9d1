/**
 * Tends the incidents about levels: whatever was detected has one open issue for each cause and
 * scope, and an incident whose cause is over is closed. Read from the log alone, so that what could
 * not be told while GitHub was down is told later, once.
 */
import type { SiteId } from "../contract/ids.ts";
import type { LevelState } from "../domain/level-state.ts";
import { type Incident, openIncidents } from "../domain/incidents.ts";
import { recoverableSites } from "../domain/unfinished.ts";
import { overText, recoveredText, settledText } from "../render/incident.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { flushOutcomes } from "./flush.ts";
import { GLASS_CAUSE } from "./glass-cause.ts";
import { isFleets, isToldHere, openOnce, showState } from "./level-incident.ts";
import { ownLevel } from "./levels.ts";
import type { Job } from "./store-port.ts";
import { tellUnknown } from "./unknown-incident.ts";

/** @returns what has to run later: the audit branch may have to wait for its next batch */
export async function tendIncidents(fleet: Fleet): Promise<readonly Job[]> {
  const { history } = fleet.log;
  const scopes: readonly (readonly [SiteId | null, LevelState])[] = [
    [null, history.fleetLevel],
    ...history.siteLevels,
  ];
  for (const [site, { causes }] of scopes) {
    for (const cause of causes) {
      if (isToldHere(cause) && cause !== "outcome_unknown") await openOnce(fleet, site, cause);
    }
  }
  await tellUnknown(fleet);
  for (const incident of openIncidents(fleet.log.entries)) {
    if (!(await closeIfOver(fleet, incident))) await showState(fleet, incident);
  }
  const later = await flushOutcomes(fleet);
  return later === null ? [] : [later];
}

/** Each kind of incident has its own end; that of broken glass is a person's review. */
async function closeIfOver(fleet: Fleet, incident: Incident): Promise<boolean> {
  const { issue } = incident;
  const over = endOf(fleet, incident);
  if (over !== null) await close(fleet, issue, over);
  return over !== null;
}

interface End {
  readonly cause: string;
  readonly text: string;
}

/** `null` while it is not over. */
function endOf(fleet: Fleet, incident: Incident): End | null {
  const { cause, sites, actions } = incident;
  if (cause === GLASS_CAUSE) return null;
  const { history } = fleet.log;
  if (cause === "range_unattested") {
    return history.unattested.length === 0 ? { cause: "range_settled", text: settledText } : null;
  }
  if (actions.length === 0) {
    const scopes = isFleets(incident) ? [null] : sites;
    const isThere = scopes.some((site) => ownLevel(history, site).causes.includes(cause));
    return isThere ? null : { cause: "released", text: overText };
  }
  const open = recoverableSites(history);
  const isOver = sites.every(
    (site) => ownLevel(history, site).level === "normal" && !open.has(site),
  );
  return isOver ? { cause: "recovered", text: recoveredText(sites) } : null;
}

async function close(fleet: Fleet, issue: number, { cause, text }: End): Promise<void> {
  await fleet.forge.closeIssue(issue, text);
  const at = instantOf(fleet.clock.now());
  const about = { site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) =>
    incidents.get(issue)?.phase === "closed"
      ? null
      : { entries: [{ at, cause, issue, kind: "incident", phase: "closed", ...about }] },
  );
}
