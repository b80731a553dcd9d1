/**
 * Tells people how a merged plan went: deployments, the comment's outcomes, and for what did not
 * end well an incident with a proposal that undoes it. Everything is read from the log and can be
 * told again without a second effect.
 */
import { CommitSha } from "../contract/ids.ts";
import { type Authorisation, endedWell } from "../domain/history.ts";
import { outcomeLine, outcomeWords } from "../render/outcomes.ts";
import { planComment } from "../render/plan-comment.ts";
import { actionsOf, receiptDigest } from "./actions.ts";
import type { Fleet } from "./fleet.ts";
import { openIncident, reportUnattested } from "./incident.ts";
import { closeRecovered } from "./recovered.ts";
import { planRange } from "./planning.ts";
import type { Job } from "./ports.ts";

/** One deployment for each site up to here; above, GitHub would get more writes than it takes. */
const maxDeployments = 20;

/** @param subject the number of a merged pull request, or `range <commit>` */
export async function report(fleet: Fleet, subject: string): Promise<readonly Job[]> {
  const range = /^range ([0-9a-f]{40})$/u.exec(subject)?.[1];
  if (range !== undefined) {
    await reportUnattested(fleet, CommitSha.parse(range));
    return [];
  }
  const pr = Number(subject);
  const actions = actionsOf(fleet.log.history, pr);
  if (actions.length === 0) return [];
  if (actions.every(({ end }) => end !== null)) await openIncident(fleet, pr, actions);
  await showOutcomes(fleet, pr, actions);
  if (actions.length <= maxDeployments) {
    for (const action of actions) await showDeployment(fleet, action);
  }
  await closeRecovered(fleet, actions);
  await fleet.log.flush();
  const runAt = fleet.clock.now();
  const open = await fleet.forge.openPulls();
  // What waited for these sites may go on now.
  return actions.some(({ end }) => end !== null)
    ? open.map(({ number }) => ({ kind: "review", key: String(number), runAt }))
    : [];
}

async function showOutcomes(
  fleet: Fleet,
  pr: number,
  actions: readonly Authorisation[],
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
    outcomes: actions.map((action) => outcomeLine(action, receiptDigest(fleet, action))),
    next: incidentsOf(fleet, actions).map(
      (issue) => `#${issue} says what happened, and what to do.`,
    ),
  });
  await fleet.forge.showComment(pr, body);
}

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
  const id = await fleet.forge.openDeployment({ environment: site, commit, sub, description });
  const [state, text] = deploymentState(action);
  await fleet.forge.setDeploymentState(id, state, text);
}

function deploymentState({ end, sentAt }: Authorisation) {
  if (end === null) {
    return sentAt === null
      ? (["queued", "Authorised, not sent yet"] as const)
      : (["in_progress", "Sent, waiting for its receipt"] as const);
  }
  return [endedWell(end) ? "success" : "failure", outcomeWords(end.how)] as const;
}
