/**
 * `retry` and `resume`: another attempt at what a merged plan left undone. A person says so, the
 * gates are judged again, and the new authorisation is on record before any token.
 */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { SiteId } from "../contract/ids.ts";
import { FleetPlan } from "../contract/plan.ts";
import type { History } from "../domain/history.ts";
import { authoriseSites } from "../domain/range-sites.ts";
import { awaitsWord } from "../domain/rollout.ts";
import { type Retrying, retryingOf } from "../domain/rerun.ts";
import { changesOf } from "../domain/planned.ts";
import { unfinishedAt } from "../domain/unfinished.ts";
import { judgeChecks } from "../domain/verdict.ts";
import { mergedFaultText, retriedText, type RetriedSite } from "../render/rerun-words.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { type Answer, said } from "./answer.ts";
import { authorisedLine } from "./authorise.ts";
import { commandedEntry } from "./commanded.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { policyOfNow, rolloutOf } from "./rollouts.ts";
import { authorisedRange, type MergedCase, readMerged, type Spoken } from "./merged.ts";

export interface RetryAsked extends Spoken {
  readonly name: "retry" | "resume";
  /** The pull request that it was said on; `null` on an issue. */
  readonly pull: number | null;
}

export async function retry(fleet: Fleet, asked: RetryAsked): Promise<Answer> {
  const { history } = fleet.log;
  const pr = planOf(history, asked);
  const range = pr === null ? undefined : authorisedRange(history, pr);
  if (pr === null || range === undefined) {
    return said(mergedFaultText({ kind: "not_merged", pr }));
  }
  const planned = await sitesOf(fleet, range.plan);
  const { at } = range;
  const wanted = asked.name === "retry" && asked.target !== "failed" ? asked.target : null;
  const plan = { pr, at };
  const found = planned
    .filter((site) => wanted === null || site === wanted)
    .map((site) => ({ site, retrying: retryingOf(history, site, plan) }));
  const possible = found.filter(({ retrying }) => retrying.kind !== "no");
  const held = asked.name === "resume" ? await heldUpBy(fleet, pr) : [];
  if (possible.length === 0 && held.length === 0) {
    return said(retriedText(pr, found.map(refusedSite)));
  }
  const merged = await readMerged(fleet, {
    pr,
    spoken: asked,
    since: newestEnd(possible, at),
    sites: new Set(possible.map(({ site }) => site)),
  });
  if ("kind" in merged) return said(mergedFaultText(merged));
  return authorise(fleet, asked, { merged, possible, held, plan });
}

/** `resume` names a plan, `retry` a site of one; on its own pull request both speak of that. */
function planOf(history: History, { name, target, pull }: RetryAsked): number | null {
  if (name === "resume" && target !== null) return Number(target);
  if (pull !== null || name === "resume" || target === null) return pull;
  const { data: site } = SiteId.safeParse(target);
  return site === undefined ? null : (unfinishedAt(history, site)?.entry.pr ?? null);
}

/** Sites that did not end well, where others wait for a person to say that the plan goes on. */
async function heldUpBy(fleet: Fleet, pr: number): Promise<readonly string[]> {
  const policy = await policyOfNow(fleet);
  if (policy === null) return [];
  const stand = rolloutOf(fleet.log.history, policy, pr);
  return awaitsWord(stand) ? stand.unanswered : [];
}

/** The sites with steps in an authorised fleet plan. */
async function sitesOf(fleet: Fleet, digest: MergedCase["range"]["plan"]): Promise<SiteId[]> {
  const text = digest === null ? null : await fleet.log.text(digest);
  const { data } = FleetPlan.safeParse(text === null ? null : parseCanonical(text));
  return (data?.sites ?? []).map(({ site }) => site);
}

interface Found {
  readonly site: SiteId;
  readonly retrying: Retrying;
}

const refusedSite = ({ site, retrying }: Found): RetriedSite => ({
  site,
  outcome: retrying.kind === "no" ? retrying.reason : "other_state",
});

/** What was said before the newest of these ends was about an earlier attempt. */
function newestEnd(found: readonly Found[], since: string): string {
  const ends = found.flatMap(({ retrying }) =>
    retrying.kind === "again" ? (retrying.last.end?.at ?? []) : [],
  );
  return ends.reduce((newest, at) => (at > newest ? at : newest), since);
}

interface Case {
  readonly merged: MergedCase;
  readonly possible: readonly Found[];
  /** Without these the others go on: that is what the word is for, where nothing can run again. */
  readonly held: readonly string[];
  readonly plan: { readonly pr: number; readonly at: string };
}

async function authorise(fleet: Fleet, asked: RetryAsked, given: Case): Promise<Answer> {
  const { merged, possible, held, plan } = given;
  const { facts, config, read } = merged;
  const checks = judgeChecks(config, facts);
  const gates = [checks.approvals, checks.policy.withoutWaits, checks.rollback];
  const shut = gates.find(({ result }) => result !== "passed");
  const isSame = read?.planning.texts?.fleet.digest === merged.range.plan;
  if (shut !== undefined || !isSame) {
    return said(mergedFaultText({ kind: "gate", reason: shut?.reason ?? "other_plan" }));
  }
  const states = authoriseSites(facts, changesOf(facts) ?? [], checks.approvals.approvedAt);
  const now = fleet.clock.now();
  let done: RetriedSite[] = [];
  await fleet.log.append((history) => {
    // Decided anew where another process wrote in between.
    done = [];
    const entries: AuditEntry[] = [];
    for (const { site } of possible) {
      const retrying = retryingOf(history, site, plan);
      const state = states.authorised.find((one) => one.site === site);
      const line = lineOf({ fleet, merged, history, now }, { site, retrying, state });
      if (line === null) {
        done.push(refusedSite({ site, retrying }));
        continue;
      }
      done.push({ site, outcome: "authorised", attempt: line.attempt });
      entries.push(line);
    }
    if (entries.length === 0 && held.length === 0) return null;
    const sites = entries.flatMap((entry) => (entry.kind === "authorised" ? entry.site : []));
    const word = commandedEntry(asked, {
      at: instantOf(now),
      by: merged.judged.by,
      pr: plan.pr,
      sites,
    });
    const deliveries = sites.map((site) => ({ kind: "deliver", key: site, runAt: now }) as const);
    const report = { kind: "report", key: String(plan.pr), runAt: now } as const;
    return { entries: [word, ...entries], jobs: [...deliveries, report] };
  });
  await fleet.log.flush();
  return said(retriedText(plan.pr, done, { resumes: held.length > 0 }));
}

interface LineFacts {
  readonly fleet: Fleet;
  readonly merged: MergedCase;
  readonly history: History;
  readonly now: number;
}

/** `null` where the site is in another state than the approvals saw, or has gone on meanwhile. */
function lineOf(
  { fleet, merged, history, now }: LineFacts,
  {
    site,
    retrying,
    state,
  }: Found & {
    readonly state: ReturnType<typeof authoriseSites>["authorised"][number] | undefined;
  },
) {
  const { range, pull, pol, read } = merged;
  const texts = read?.planning.texts ?? null;
  const plan = texts?.sites.get(site)?.digest;
  const shown = history.readiness.findLast(
    (one) => one.pr === pull.number && one.site === site && one.pre === state?.pre,
  );
  if (retrying.kind === "no" || state === undefined || texts === null) return null;
  if (plan === undefined || shown === undefined) return null;
  // Whatever has become of its reason: what was approved as a recovery stays one.
  const { attempt, mode } =
    retrying.kind === "again" ? retrying.last.entry : { attempt: 0, mode: state.mode };
  return authorisedLine(fleet, {
    at: instantOf(now),
    attempt: attempt + 1,
    evd: shown.evd,
    fleet: texts.fleet.digest,
    merge: range.to,
    mode,
    plan,
    pol,
    pr: pull.number,
    pre: shown.pre,
    site,
  });
}
