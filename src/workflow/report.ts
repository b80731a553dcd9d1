/**
 * Tells people how a merged plan went: deployments, the comment's outcomes, and for what did not
 * end well an incident with a proposal that undoes it. Everything is read from the log and can be
 * told again without a second effect.
 */
import { CommitSha, type SiteId } from "../contract/ids.ts";
import { FleetPlan } from "../contract/plan.ts";
import { type Authorisation, authorisationsFor, endedWell, levelOf } from "../domain/history.ts";
import { newestAttempts, recoverableSites } from "../domain/unfinished.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { tendDrift } from "./drift.ts";
import type { Fleet } from "./fleet.ts";
import { openGlassIncident } from "./glass.ts";
import { openIncident, reportUnattested } from "./incident.ts";
import { tellOutcomes } from "./outcomes.ts";
import { rolloutJobs, turnsNow } from "./rollouts.ts";
import type { Job } from "./store-port.ts";
import { tendIncidents } from "./tend.ts";
import { watchBranches } from "./watch-branches.ts";
import { openWayBack } from "./way-back.ts";

/**
 * @param subject the number of a merged pull request, `range <commit>` for one that is not
 * authorised, `glass <commit>` for one whose glass was broken, `incidents` for all that are open, or
 * `drift`, or `branches` for their protection
 */
export async function report(fleet: Fleet, subject: string): Promise<readonly Job[]> {
  const [, about, commit] = /^(range|glass) ([0-9a-f]{40})$/u.exec(subject) ?? [];
  if (commit !== undefined) {
    const to = CommitSha.parse(commit);
    await (about === "range" ? reportUnattested(fleet, to) : openGlassIncident(fleet, to));
    return [];
  }
  if (subject === "incidents") return tendIncidents(fleet);
  if (subject === "drift") {
    await tendDrift(fleet);
    return [];
  }
  if (subject === "branches") {
    await watchBranches(fleet);
    return [];
  }
  const pr = Number(subject);
  const all = authorisationsFor(fleet.log.history, pr);
  const actions = [...newestAttempts(fleet.log.history, pr).values()];
  const withheld = await withheldSites(fleet, pr, actions);
  if (actions.length === 0 && withheld.length === 0) return [];
  if (all.every((action) => isAtAnEnd(fleet, action))) await openIncident(fleet, pr, all);
  const backs = await followRollbacks(fleet, pr, actions);
  const rollout = await turnsNow(fleet, pr);
  const isNews = await tellOutcomes(fleet, pr, { actions, withheld, backs, rollout });
  const later = await tendIncidents(fleet);
  const woken = [...later, ...(rollout === null ? [] : rolloutJobs(fleet, pr, rollout))];
  if (!isNews || actions.every(({ end }) => end === null)) return woken;
  // What waited for these sites may go on now.
  const runAt = fleet.clock.now();
  const open = await fleet.forge.openPulls();
  return [
    ...woken,
    ...open.map(({ number }): Job => ({ kind: "review", key: String(number), runAt })),
  ];
}

/** It ended, did not begin, or waits for people: an incident does not wait for it. */
function isAtAnEnd(fleet: Fleet, { end, entry, sentAt }: Authorisation): boolean {
  if (end !== null || sentAt === null) return true;
  return levelOf(fleet.log.history, entry.site).level !== "normal";
}

/** Sites that took a plan back: the branch has to follow, each by a proposal of its own. */
async function followRollbacks(
  fleet: Fleet,
  pr: number,
  actions: readonly Authorisation[],
): Promise<readonly number[]> {
  const unfinished = recoverableSites(fleet.log.history);
  const backs: number[] = [];
  for (const action of actions) {
    const { mode, site, sub } = action.entry;
    if (mode !== "rollback" || !endedWell(action.end)) continue;
    if (unfinished.get(site)?.entry.sub !== sub) continue;
    const back = await openWayBack(fleet, pr, [action], "rollback");
    if (back !== null) backs.push(back);
  }
  return backs;
}

/** Sites with steps in the merged plan that got no authorisation: their live state was another. */
async function withheldSites(
  fleet: Fleet,
  pr: number,
  actions: readonly Authorisation[],
): Promise<readonly SiteId[]> {
  const { ranges } = fleet.log.history;
  const range = ranges.findLast((one) => one.pr === pr && one.result === "authorised");
  if (range === undefined || range.plan === null) return [];
  const text = await fleet.log.text(range.plan);
  const { data } = FleetPlan.safeParse(text === null ? null : parseCanonical(text));
  const started = new Set(actions.map(({ entry }) => entry.site));
  return (data?.sites ?? []).flatMap(({ site }) => (started.has(site) ? [] : [site]));
}
