/**
 * Tells people how a merged plan went: deployments, the comment's outcomes, and for what did not
 * end well an incident with a proposal that undoes it. Everything is read from the log and can be
 * told again without a second effect.
 */
import { CommitSha, type SiteId } from "../contract/ids.ts";
import { FleetPlan } from "../contract/plan.ts";
import { type Authorisation, authorisationsFor, endedWell, levelOf } from "../domain/history.ts";
import type { Turn } from "../domain/rollout.ts";
import { newestAttempts, recoverableSites } from "../domain/unfinished.ts";
import { reach } from "../failpoint.ts";
import { outcomeLine, outcomeWords, stoppedNext, withheldLine } from "../render/outcomes.ts";
import { planComment } from "../render/plan-comment.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { receiptDigest } from "./actions.ts";
import { tendDrift } from "./drift.ts";
import type { Fleet } from "./fleet.ts";
import { openGlassIncident } from "./glass.ts";
import { openIncident, reportUnattested } from "./incident.ts";
import { planRange } from "./planning.ts";
import { rolloutJobs, turnsNow, type TurnsNow } from "./rollouts.ts";
import type { Job } from "./store-port.ts";
import { tendIncidents } from "./tend.ts";
import { watchBranches } from "./watch-branches.ts";
import { openWayBack } from "./way-back.ts";

/** One deployment for each site up to here; above, GitHub would get more writes than it takes. */
const maxDeployments = 20;

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
  if (subject === "incidents") {
    await tendIncidents(fleet);
    return [];
  }
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
  await showOutcomes(fleet, pr, { actions, withheld, backs, rollout });
  if (actions.length <= maxDeployments) {
    for (const action of actions) await showDeployment(fleet, action);
  }
  await tendIncidents(fleet);
  const runAt = fleet.clock.now();
  const open = await fleet.forge.openPulls();
  // What waited for these sites may go on now.
  const reviews = actions.some(({ end }) => end !== null)
    ? open.map(({ number }): Job => ({ kind: "review", key: String(number), runAt }))
    : [];
  return [...(rollout === null ? [] : rolloutJobs(fleet, pr, rollout)), ...reviews];
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

interface Outcomes {
  readonly actions: readonly Authorisation[];
  readonly withheld: readonly SiteId[];
  /** Proposals that make the branch follow what was rolled back. */
  readonly backs: readonly number[];
  readonly rollout: TurnsNow | null;
}

async function showOutcomes(
  fleet: Fleet,
  pr: number,
  { actions, withheld, backs, rollout }: Outcomes,
): Promise<void> {
  const range = fleet.log.history.ranges.findLast((one) => one.pr === pr);
  const pull = await fleet.forge.pull(pr);
  if (range === undefined || pull === null) return;
  const { plan, texts } = await planRange(fleet, range.from, range.to);
  const body = planComment({
    plan,
    digest: texts?.fleet.digest ?? null,
    head: pull.head,
    attested: range.from,
    checks: [],
    outcomes: [
      ...actions.map((action) => {
        const turn = turnOfAction(action, rollout);
        return outcomeLine(action, { receipt: receiptDigest(fleet, action), turn });
      }),
      ...withheld.map(withheldLine),
    ],
    next: [
      ...incidentsOf(fleet, actions).map(
        (issue) => `#${issue} says what happened, and what to do.`,
      ),
      ...(rollout !== null && isStopped(rollout) ? [stoppedNext] : []),
      ...backs.map((back) => `#${back} makes the branch say what was rolled back: merge it.`),
    ],
  });
  reach("comment.before");
  await fleet.forge.showComment(pr, body);
  reach("comment.after");
}

/** Recoveries and rollbacks have no rollout. */
const turnOfAction = ({ entry }: Authorisation, rollout: TurnsNow | null): Turn | null =>
  entry.mode === "apply" ? (rollout?.turns.get(entry.site) ?? null) : null;

const isStopped = ({ turns }: TurnsNow): boolean =>
  [...turns.values()].some((turn) => turn.kind === "waits" && turn.reason === "stopped");

function incidentsOf(fleet: Fleet, actions: readonly Authorisation[]): number[] {
  const subs = new Set<string>(actions.map(({ entry }) => entry.sub));
  const issues = fleet.log.entries.flatMap((entry) =>
    entry.kind === "incident" && entry.sub !== null && subs.has(entry.sub) ? entry.issue : [],
  );
  return [...new Set(issues)];
}

async function showDeployment(fleet: Fleet, action: Authorisation): Promise<void> {
  const { site, sub, merge: commit, pr } = action.entry;
  const description = `#${pr} on ${site}`;
  reach("deployment.before");
  const id = await fleet.forge.openDeployment({ environment: site, commit, sub, description });
  reach("deployment.opened");
  const [state, text] = deploymentState(action);
  await fleet.forge.setDeploymentState(id, state, text);
  reach("deployment.after");
}

function deploymentState({ entry, end, sentAt }: Authorisation) {
  if (end === null) {
    return sentAt === null
      ? (["queued", "Authorised, not sent yet"] as const)
      : (["in_progress", "Sent, waiting for its receipt"] as const);
  }
  if (entry.mode === "rollback" && endedWell(end)) {
    return ["inactive", outcomeWords("taken_back")] as const;
  }
  return [endedWell(end) ? "success" : "failure", outcomeWords(end.how)] as const;
}
