/** The answers to commands that run a merged plan again, give it up, or take it back. */
import type { NotRetried, NotRolledBack } from "../domain/rerun.ts";
import type { CommandRefusal } from "../domain/rights.ts";
import { refusalWords } from "./command-words.ts";
import { code, listed, mark } from "./markdown.ts";

export type RerunFault =
  | { readonly kind: "not_merged"; readonly pr: number | null }
  | { readonly kind: "no_policy" }
  | { readonly kind: "refused"; readonly reason: CommandRefusal }
  /** A gate of the plan that does not pass any more, or not yet. */
  | { readonly kind: "gate"; readonly reason: string };

export function mergedFaultText(fault: RerunFault): string {
  switch (fault.kind) {
    case "not_merged":
      return fault.pr === null
        ? "Which plan? Nothing is unfinished there: say it on the pull request of the plan, or name its number."
        : `#${fault.pr} is no merged plan that was authorised here. Nothing changed.`;
    case "no_policy":
      return "There is no valid policy in force. Nothing changed.";
    case "refused":
      return `Not done: ${refusalWords[fault.reason]}.`;
    case "gate":
      return `Not done: the gates of the plan were judged again, and do not pass now (${code(fault.reason)}). Nothing changed.`;
  }
}

export interface RetriedSite {
  readonly site: string;
  readonly outcome: "authorised" | "other_state" | NotRetried;
  readonly attempt?: number;
}

const retried: Readonly<Record<RetriedSite["outcome"], string>> = {
  authorised: "authorised again, on record",
  other_state: "not authorised: it is in another state than the approvals saw",
  under_way: "its action is still on its way",
  ended_well: "it ended well already",
  abandoned: "it was abandoned; a new proposal has to bring it",
  superseded: "a later plan ran there since, or a recovery was merged",
};

/** @param resumes whether others, who had stopped for sites that did not end well, go on now */
export function retriedText(
  pr: number,
  sites: readonly RetriedSite[],
  { resumes }: { readonly resumes: boolean } = { resumes: false },
): string {
  if (sites.length === 0 && !resumes) return `#${pr} has no such site. Nothing changed.`;
  const rows = sites.map(({ site, outcome, attempt }) => {
    const which = attempt === undefined ? "" : ` (attempt ${attempt})`;
    const sign = outcome === "authorised" ? mark.passed : mark.waiting;
    return `- ${sign} ${code(site)}: ${retried[outcome]}${which}`;
  });
  const runs = sites.some(({ outcome }) => outcome === "authorised");
  const rest = "The rollout goes on without the sites that did not end well.";
  const next = runs
    ? "It runs as soon as level, freezes and its turn in the rollout allow it."
    : resumes
      ? rest
      : "Nothing changed.";
  return [`The plan of #${pr}:`, rows.join("\n"), next].join("\n\n");
}

export function abandonedText(given: {
  readonly pr: number;
  readonly sites: readonly string[];
  readonly underWay: readonly string[];
  /** The proposal that makes the branch say what these sites run. */
  readonly back: number | null;
}): string {
  const { pr, sites, underWay, back } = given;
  if (sites.length === 0 && underWay.length === 0) {
    return `Nothing of #${pr} is left to abandon. Nothing changed.`;
  }
  const waits =
    underWay.length === 0
      ? ""
      : `${listed(underWay.map(code))} got the action already: what became of it has to be known first.`;
  if (sites.length === 0) return `${waits} Nothing changed.`;
  const way =
    back === null
      ? "No proposal can bring the branch back by itself: a person has to propose what the sites should be."
      : `#${back} brings the branch back to what they run; until it is merged the branch says something else.`;
  return [`Abandoned: #${pr} on ${listed(sites.map(code))}, on record.`, way, waits]
    .filter(Boolean)
    .join("\n\n");
}

const notBack: Readonly<Record<NotRolledBack | "no_such_site" | "other_plan", string>> = {
  nothing_applied: "nothing was applied there that could be taken back",
  under_way: "an action is on its way there: what becomes of it has to be known first",
  not_applied:
    "what ended last there applied nothing anew, so that there is nothing that a rollback would restore",
  no_such_site: "there is no such site",
  other_plan: "another plan ran there since: say it on that one, or on the control issue",
};

export type RolledBackAnswer =
  | { readonly kind: "no"; readonly site: string; readonly reason: keyof typeof notBack }
  | { readonly kind: "silent"; readonly site: string; readonly why: string }
  | { readonly kind: "done"; readonly site: string; readonly pr: number };

export function rollbackText(answer: RolledBackAnswer): string {
  const site = code(answer.site);
  switch (answer.kind) {
    case "no":
      return `${site} is not rolled back: ${notBack[answer.reason]}. Nothing changed.`;
    case "silent":
      return `${site} is not rolled back: it gave no evidence of what it runs now (${code(answer.why)}). Nothing changed.`;
    case "done":
      return `Authorised, on record: ${site} takes back what #${answer.pr} did there, from its restore point. A proposal that makes the branch say so opens once it is done; until that is merged the site is unfinished.`;
  }
}
