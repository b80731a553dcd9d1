/**
 * What people see of a merged plan: the outcomes in its comment, and its deployments. Up to 20 sites
 * that follows every receipt; above, the few moments of `domain/milestones.ts`, so that GitHub gets
 * as many writes for a thousand sites as for thirty.
 */
import type { SiteId } from "../contract/ids.ts";
import { type Authorisation, readHistory } from "../domain/history.ts";
import { toldUpTo } from "../domain/milestones.ts";
import type { Turn } from "../domain/rollout.ts";
import { newestAttempts } from "../domain/unfinished.ts";
import { reach } from "../failpoint.ts";
import { asOfLine, outcomeLine, stoppedNext, withheldLine } from "../render/outcomes.ts";
import { planComment } from "../render/plan-comment.ts";
import { receiptDigest } from "./actions.ts";
import { type DeploymentView, deploymentsOf, isLarge, showDeployment } from "./deployments.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetLog } from "./fleet-log.ts";
import { planRange } from "./planning.ts";
import { type TurnsNow, turnsAt } from "./rollouts.ts";

export interface Outcomes {
  readonly actions: readonly Authorisation[];
  readonly withheld: readonly SiteId[];
  /** Proposals that make the branch follow what was rolled back. */
  readonly backs: readonly number[];
  readonly rollout: TurnsNow | null;
  /** Of which moment they are, in Unix seconds; not given where they are of now. */
  readonly at?: number;
}

/** What was told of which plan: a memory that may be lost, since telling it again writes nothing. */
const told = new WeakMap<FleetLog, Map<number, string>>();

/** @returns whether there was anything that had not been told */
export async function tellOutcomes(fleet: Fleet, pr: number, now: Outcomes): Promise<boolean> {
  const deployments = await deploymentsOf(fleet, now.actions);
  if (!isLarge(now.actions)) {
    await show(fleet, pr, { ...now, deployments });
    return true;
  }
  const upTo = momentOf(fleet, pr, now);
  const states = deployments.map(({ environment, state }) => [environment, state]);
  const news = JSON.stringify([upTo, now.withheld.length, now.backs, states]);
  const known = told.get(fleet.log) ?? new Map<number, string>();
  told.set(fleet.log, known);
  if (known.get(pr) === news) return false;
  await show(fleet, pr, { ...(await asOf(fleet, pr, { ...now, upTo })), deployments });
  known.set(pr, news);
  return true;
}

function momentOf(fleet: Fleet, pr: number, { actions, rollout }: Outcomes): number {
  const [first] = rollout?.stand.stages ?? [];
  const subs = new Set<string>(actions.map(({ entry }) => entry.sub));
  const incidentAt = fleet.log.entries.findLastIndex(
    (entry) => entry.kind === "incident" && entry.sub !== null && subs.has(entry.sub),
  );
  return toldUpTo(actions, {
    canaries: first?.wave === 0 ? first.sites : 0,
    resumedAt: fleet.log.history.resumed.get(pr) ?? null,
    incidentAt: incidentAt === -1 ? null : incidentAt,
  });
}

/** The same as the log had it at that line, and at its time. */
async function asOf(
  fleet: Fleet,
  pr: number,
  { upTo, ...now }: Outcomes & { readonly upTo: number },
): Promise<Outcomes> {
  const history = readHistory(fleet.log.entries.slice(0, upTo + 1));
  const at = Math.floor(Date.parse(fleet.log.entries[upTo]?.at ?? "") / 1000);
  const actions = [...newestAttempts(history, pr).values()];
  return { ...now, actions, at, rollout: await turnsAt(fleet, { history, pr, at }) };
}

async function show(
  fleet: Fleet,
  pr: number,
  { deployments, ...outcomes }: Outcomes & { readonly deployments: readonly DeploymentView[] },
): Promise<void> {
  await showOutcomes(fleet, pr, outcomes);
  for (const one of deployments) await showDeployment(fleet, one);
}

async function showOutcomes(
  fleet: Fleet,
  pr: number,
  { actions, withheld, backs, rollout, at }: Outcomes,
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
      ...(at === undefined ? [] : [asOfLine(at)]),
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
