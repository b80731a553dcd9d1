/** Opens the incident about a level that was detected: one issue for each cause and scope. */
import type { SiteId } from "../contract/ids.ts";
import { LEVEL_OF_CAUSE } from "../domain/containment.ts";
import { type Incident, incidentAbout, type Phase, phaseNow } from "../domain/incidents.ts";
import { stateText } from "../render/incident-state.ts";
import { type LevelIncidentCause, levelBody, levelTitle } from "../render/level-incident.ts";
import { changedTreeLine } from "../render/evidence-lines.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { releasers } from "./incident.ts";
import { changedTreesOf } from "./known-trees.ts";
import { ownLevel } from "./levels.ts";
import { lostNow } from "./watch-branches.ts";

/** Their incidents tell of actions and ranges, and are opened with more to say. */
const toldElsewhere = new Set<string>(["rolled_back", "rollback_failed", "range_unattested"]);

export function isToldHere(cause: string): cause is LevelIncidentCause {
  return (Object.hasOwn(LEVEL_OF_CAUSE, cause) && !toldElsewhere.has(cause)) || cause === "panic";
}

/** The one open issue about this cause there; a repeated signal opens none. */
export async function openOnce(
  fleet: Fleet,
  site: SiteId | null,
  cause: LevelIncidentCause,
): Promise<void> {
  if (incidentAbout(fleet.log.entries, site, cause) !== undefined) return;
  const { entries } = fleet.log;
  const index = entries.findLastIndex(
    (entry) => entry.kind === "level" && entry.site === site && entry.cause === cause,
  );
  const { level } = ownLevel(fleet.log.history, site);
  const scope = site ?? "fleet";
  const reviewers = await releasers(fleet);
  const evidence = await evidenceOf(fleet, site, cause);
  const issue = await fleet.forge.openIssue({
    key: `level ${cause} ${scope} ${index}`,
    title: levelTitle(cause, scope),
    body: levelBody({ cause, scope, level, index, reviewers, evidence }),
  });
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(({ incidents }) =>
    incidents.has(issue)
      ? null
      : { entries: [{ at, cause, issue, kind: "incident", phase: "contained", site, sub: null }] },
  );
}

export const isFleets = ({ sites }: Incident): boolean => sites.length === 0;

/**
 * Its one comment of this kind, edited in place: where it stands, and a cause that is seen again.
 * Nothing while there is no more to say than the issue does.
 */
export async function showState(fleet: Fleet, incident: Incident): Promise<void> {
  const phase = phaseNow(incident, fleet.log.history);
  const { issue, cause, sites, proposals, seenAt } = incident;
  if (phase !== incident.phase) await notePhase(fleet, incident, phase);
  const again = isToldHere(cause) && cause !== "panic" ? seenAt.slice(1) : [];
  const shared = cause === "outcome_unknown" && sites.length > 1;
  const isPlain = phase === "contained" && again.length === 0 && !shared;
  // Once there was more to say, going back is said too.
  if (isPlain && incident.phase === "contained" && !wentOn(fleet, issue)) return;
  const [site = null] = sites;
  const evidence =
    again.length > 0 && isToldHere(cause) ? await evidenceOf(fleet, site, cause) : [];
  const about = shared ? sites : [];
  const state = { phase, sites, proposals, again, evidence, about };
  await fleet.forge.showComment(issue, stateText(state));
}

const wentOn = ({ log }: Fleet, issue: number): boolean =>
  log.entries.some(
    (entry) => entry.kind === "incident" && entry.issue === issue && entry.phase !== "contained",
  );

async function notePhase(fleet: Fleet, { issue }: Incident, phase: Phase): Promise<void> {
  const at = instantOf(fleet.clock.now());
  const said = { at, cause: phase, issue, kind: "incident", phase, site: null, sub: null } as const;
  await fleet.log.append(({ incidents }) => {
    const known = incidents.get(issue)?.phase;
    return known === phase || known === "closed" ? null : { entries: [said] };
  });
}

/** What was seen, as far as it is still known: an issue without it is better than none. */
async function evidenceOf(
  fleet: Fleet,
  site: SiteId | null,
  cause: LevelIncidentCause,
): Promise<readonly string[]> {
  if (cause === "files_changed" && site !== null) {
    return (await changedTreesOf(fleet, site)).map(changedTreeLine);
  }
  if (cause === "protection_weakened") return (await lostNow(fleet)) ?? [];
  return [];
}
