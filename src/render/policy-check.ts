/** The check `countersign/policy`: what the policy says, at the lines that it says it of. */
import type { Finding } from "../contract/finding.ts";
import type { Plan } from "../contract/planned-change.ts";
import type { CheckReason, PolicyCheck } from "../domain/checks.ts";
import type { ConfigurationReason } from "../domain/configuration.ts";
import type { PolicyWait } from "../domain/policy-waits.ts";
import type { CheckText } from "./approvals-check.ts";
import { code, counted, listed, mark, plain } from "./markdown.ts";
import { findingList } from "./plan-comment.ts";
import { heldBy, ruleTree, warningCount } from "./policy-rules.ts";

const reasonWords: Readonly<Record<CheckReason, string>> = {
  not_a_proposal: "This is no open proposal to the default branch",
  draft: "Still a draft",
  merge_unread: "The merge is being read",
  facts_unread: "GitHub could not be read in full; it is tried again",
  policy_blocked: "The policy refuses this",
  policy_waiting: "The policy review is not done",
  policy_invalid: "countersign.yml would not be valid",
  rules_not_judged: "The policy waits for facts that could not be read yet",
  packages_differ: "A package lock is not what its source has",
  packages_unread: "Packages could not be compared with their source yet",
  rollback_blocked: "A site cannot take this back",
  rollback_waiting: "Waiting for evidence from sites",
  readiness_not_judged: "Waiting for evidence from sites",
  queue_unapproved: "Together with what is before it in the queue this is another plan",
  freeze: "Frozen",
  hold: "On HOLD: only an approved recovery runs",
  contained: "CONTAINED: only one approved recovery at a time runs",
  level_unread: "The level of a site could not be read",
  site_unfinished: "Another proposal has to finish first",
};

export const configurationWords: Readonly<Record<ConfigurationReason, string>> = {
  policy_unread: "countersign.yml could not be read; it is tried again",
  policy_missing: "There is no countersign.yml at the attested commit",
  policy_empty: "countersign.yml is empty at the attested commit: nothing is allowed",
  policy_invalid: "countersign.yml is not valid at the attested commit",
  log_unread: "The audit log could not be read; it is tried again",
  log_missing: "The audit log is gone: nothing runs until it is back",
  not_bootstrapped: "This fleet is not set up yet",
};

/** The open incidents that hold a site back; `null` asks for those of the fleet. */
export type IncidentsOf = (site: string | null) => readonly number[];

export function policyCheck(
  judged: PolicyCheck,
  plan: Plan,
  incidentsOf: IncidentsOf = () => [],
): CheckText {
  const errors = plan.findings.filter(({ severity }) => severity === "error").length;
  return {
    result: judged.result,
    title: title(judged, plan, errors),
    summary: [
      errors > 0 ? `${mark.blocked} ${counted(errors, "error")} in the proposal:` : "",
      findingList(plan.findings),
      judged.waits.map((wait) => waitLine(wait, incidentsOf(wait.site))).join("\n"),
      judged.review === null ? "" : ruleTree(judged.review),
      `${mark[judged.withoutWaits.result]} ${counted(plan.changes.length, "planned change")} reviewed against countersign.yml at the attested commit.`,
    ]
      .filter(Boolean)
      .join("\n\n"),
  };
}

function title({ result, reason, waits, review }: PolicyCheck, plan: Plan, errors: number): string {
  if (errors > 0) return `${counted(errors, "error")} to mend`;
  const [wait] = waits;
  if (wait !== undefined && result === "waiting") return waitText(wait);
  if (review !== null && review.result === result && result !== "passed") {
    return heldBy(review);
  }
  if (reason !== null) return reasonWords[reason];
  if (plan.changes.length === 0) return "Nothing to do";
  const warnings = review === null ? 0 : warningCount(review);
  const advice = warnings === 0 ? "" : `, and ${counted(warnings, "warning")}`;
  return `The policy has no objection${advice}`;
}

function waitLine(wait: PolicyWait, incidents: readonly number[]): string {
  const isLevel = wait.reason === "hold" || wait.reason === "contained";
  const named = incidents.map((issue) => `#${issue}`);
  const more =
    isLevel && named.length > 0 ? `: ${listed(named)} says why, and exactly what releases it` : "";
  return `- ${mark.waiting} ${plain(waitText(wait))}${more}`;
}

function waitText({ reason, site, evidence }: PolicyWait): string {
  const where = site === null ? "" : `${site}: `;
  if (reason === "site_unfinished") {
    const finisher = evidence === null ? "another proposal" : `#${evidence}`;
    return `${where}${finisher} did not end well there, and has to be finished first`;
  }
  return `${where}${reasonWords[reason]}${evidence === null ? "" : ` (${evidence})`}`;
}

/** Where there is no policy to judge by, or the proposal is none: one text for all three checks. */
export function absentCheck(
  result: "waiting" | "blocked",
  headline: string,
  detail: string,
): CheckText {
  return { result, title: headline, summary: `${mark[result]} ${detail}` };
}

export const proposalText = (reason: CheckReason): string => reasonWords[reason];

/** What stands in the way of setting the fleet up, for the person who can change it. */
export function conflictText(paths: readonly string[]): string {
  return `Both this branch and the default branch changed ${listed(paths.slice(0, 10).map(code))}: please update the branch.`;
}

/** Findings as annotations of the proposal's lines. */
export function annotationsOf(findings: readonly Finding[]) {
  const levels = { error: "failure", warning: "warning", note: "notice" } as const;
  return findings.map(({ file, line, column, severity, message, allowed, command }) => ({
    path: file,
    line,
    column,
    level: levels[severity],
    message: [
      `${file}:${line}:${column}: ${message}.`,
      allowed === null ? "" : `Allowed: ${allowed}.`,
      command === null ? "" : `Run: ${command}`,
    ]
      .filter(Boolean)
      .join("\n"),
  }));
}

export const bootstrapWords = {
  no_branch: "The default branch has no commit yet.",
  no_policy: "The default branch has no `countersign.yml`.",
  policy_invalid:
    "The `countersign.yml` of the default branch is not valid: open a pull request to see every error at its line.",
  no_log_keys:
    "The `countersign.yml` of the default branch has no `log:`. Run `countersign init` and put its public keys there.",
  other_seed:
    "`log.key` in `countersign.yml` belongs to another seed than the one this server was started with.",
  connectors_before_bootstrap:
    "A site file has a `connector` already, but the audit log says nothing of it. If the log was lost this is an incident; otherwise remove `connector` and pair again.",
} as const;
