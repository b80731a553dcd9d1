/** Shows a verdict: three checks, one comment, the reviewers who are missing, a label. */
import type { Facts } from "../contract/facts.ts";
import { openIncidents } from "../domain/incidents.ts";
import type { JudgedProtection } from "../domain/protection.ts";
import { standingOf } from "../domain/standing.ts";
import type { CommitSha } from "../contract/ids.ts";
import type { Verdict } from "../domain/verdict.ts";
import { reach } from "../failpoint.ts";
import { approvalsCheck, type CheckText, type Excluded } from "../render/approvals-check.ts";
import { glassLine } from "../render/glass.ts";
import type { Names } from "../render/people.ts";
import { neighbourText, planComment } from "../render/plan-comment.ts";
import {
  absentCheck,
  annotationsOf,
  type IncidentsOf,
  policyCheck,
  proposalText,
} from "../render/policy-check.ts";
import { overrideSteps, ruleAnnotations } from "../render/policy-rules.ts";
import { protectionLines, protectionWarnings } from "../render/protection-line.ts";
import { type QueueEntry, queueCheck } from "../render/queue-check.ts";
import { rollbackCheck } from "../render/rollback-check.ts";
import { riskLabel } from "../render/risk-label.ts";
import type { Fleet } from "./fleet.ts";
import { GLASS_CAUSE } from "./glass-cause.ts";
import { neighboursOf } from "./neighbours.ts";
import type { Check, PullRequest } from "./forge-port.ts";
import { reviewersFor } from "./reviewers.ts";
import type { SiteReadiness } from "./ready.ts";
import type { Case } from "./review.ts";

const checkNames = ["countersign/policy", "countersign/rollback", "countersign/approvals"] as const;

/** One text on all three checks: there is no policy, no plan, or no proposal. */
export async function showAbsent(
  fleet: Pick<Fleet, "forge">,
  pull: Pick<PullRequest, "head">,
  text: CheckText,
): Promise<void> {
  for (const name of checkNames) {
    await fleet.forge.showCheck(pull.head, { name, ...text, annotations: [] });
  }
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly readiness: readonly SiteReadiness[];
  readonly facts: Facts;
  readonly protections: readonly JudgedProtection[];
}

/** @returns GitHub's time at which the plan in the comment was visible, in Unix seconds */
export async function showVerdict(
  fleet: Fleet,
  given: Case,
  judgement: Judgement,
): Promise<number> {
  const { pull, planning, attested } = given;
  const checks = checksFor(fleet, given, judgement);
  for (const check of checks) await fleet.forge.showCheck(pull.head, check);
  reach("review.checked");
  const { plan, texts } = planning;
  const body = planComment({
    plan,
    digest: texts?.fleet.digest ?? null,
    head: pull.head,
    attested,
    checks,
    outcomes: [],
    next: [
      ...nextSteps(judgement, checks),
      ...neighboursOf(fleet, pull.number, plan).map(neighbourText),
      ...protectionWarnings(judgement.protections),
    ],
  });
  const shownAt = await fleet.forge.showComment(pull.number, body);
  await fleet.forge.requestReviewers(pull.number, reviewersFor(given, judgement));
  await fleet.forge.setRiskLabel(pull, riskLabel(plan.changes));
  return shownAt;
}

/** The checks of the last proposal of a merge group, on the commit that the queue built. */
export async function showGroup(
  fleet: Fleet,
  head: CommitSha,
  given: Case,
  group: { readonly judgement: Judgement; readonly entries: readonly QueueEntry[] },
): Promise<void> {
  const { judgement, entries } = group;
  const gate = judgement.verdict.gates.find(({ name }) => name === "merge-group");
  for (const check of checksFor(fleet, given, judgement)) {
    const isAbout = check.name === "countersign/approvals";
    const text = isAbout ? queueCheck(check, gate?.result ?? "blocked", entries) : check;
    await fleet.forge.showCheck(head, { ...check, ...text });
  }
}

function checksFor(fleet: Fleet, given: Case, judgement: Judgement): Check[] {
  const { verdict, readiness, facts, protections } = judgement;
  const { plan } = given.planning;
  if (verdict.judged === null) {
    const [gate] = verdict.gates;
    const result = verdict.result === "blocked" ? "blocked" : "waiting";
    const text = absentCheck(result, proposalText("not_a_proposal"), gate?.reason ?? "");
    return checkNames.map((name) => ({ name, ...text, annotations: [] }));
  }
  const { approvals, policy, rollback } = verdict.judged;
  // A draft holds all three, whatever they say themselves.
  const draft = verdict.gates.find(({ name }) => name === "proposal");
  const held = (text: CheckText): CheckText =>
    draft === undefined || text.result === "blocked"
      ? text
      : { ...text, result: "waiting", title: proposalText("draft") };
  const warned = (text: CheckText): CheckText => ({
    ...text,
    summary: [text.summary, ...protectionLines(protections)].filter(Boolean).join("\n\n"),
  });
  return [
    {
      name: "countersign/policy",
      ...held(policyCheck(policy, plan, incidentsFor(fleet))),
      annotations: [
        ...annotationsOf(plan.findings),
        ...(policy.review === null ? [] : ruleAnnotations(policy.review)),
      ],
    },
    {
      name: "countersign/rollback",
      ...held(rollbackCheck(rollback.result, readiness, plan.changes)),
      annotations: [],
    },
    {
      name: "countersign/approvals",
      ...held(warned(approvalsCheck(approvals, namesOf(facts), ...handsIn(given, facts)))),
      annotations: [],
    },
  ];
}

/** The fleet's own hold back every site. */
function incidentsFor({ log }: Fleet): IncidentsOf {
  const open = openIncidents(log.entries).filter(({ cause }) => cause !== GLASS_CAUSE);
  return (site) =>
    open.flatMap(({ issue, sites }) =>
      sites.length === 0 || sites.some((one) => one === site) ? issue : [],
    );
}

/** Whose approval is not waited for, and the co-authors whom nobody can name. */
function handsIn({ config }: Case, facts: Facts): [Excluded[], readonly string[]] {
  const { faultsOfId, contributors } = standingOf(config, facts);
  const excluded = [...contributors.by.keys()].map((id) => ({ id, reasons: faultsOfId(id) }));
  return [excluded, contributors.strangers];
}

function namesOf({ people }: Facts): Names {
  return new Map((people ?? []).flatMap(({ id, login }) => (login === null ? [] : [[id, login]])));
}

function nextSteps(judgement: Judgement, checks: readonly Check[]): string[] {
  const { verdict, facts } = judgement;
  const glass = verdict.judged?.approvals.glass ?? [];
  return [...glass.map((one) => glassLine(one, namesOf(facts))), ...mergeSteps(judgement, checks)];
}

function mergeSteps({ verdict }: Judgement, checks: readonly Check[]): string[] {
  if (verdict.result === "passed" && checks.length > 0) {
    return ["Everything is there: merging runs this plan."];
  }
  const missing = new Set(
    (verdict.judged?.approvals.gates ?? []).flatMap(({ seats }) =>
      seats.filter(({ missing: open }) => open > 0).map(({ demand }) => demand.requirement.role),
    ),
  );
  const review = verdict.judged?.policy.review ?? null;
  const overrides = review === null ? [] : overrideSteps(review);
  return missing.size === 0
    ? overrides
    : [
        ...overrides,
        `Waiting for a review by **${[...missing].join("** and **")}**: open *Files changed*, then *Review changes* → *Approve*.`,
      ];
}
