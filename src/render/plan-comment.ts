/** The one comment of a pull request: what would happen, what is missing, what to do next. */
import type { Finding } from "../contract/finding.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { Plan } from "../contract/planned-change.ts";
import { bold, code, counted, fitted, folded, listed, mark, plain } from "./markdown.ts";
import { changeRow, foldedSites, groupChanges, tally } from "./plan-table.ts";

export interface CheckLine {
  readonly name: string;
  readonly result: GateState;
  readonly title: string;
}

/** How an action ended, once the plan was merged. */
export interface OutcomeLine {
  readonly site: string;
  /** The receipt's word, or where the action is on its way. */
  readonly outcome: string;
  readonly good: boolean | null;
  /** Digest of the receipt's token; `null` before there is one. */
  readonly receipt: string | null;
}

export interface PlanView {
  readonly plan: Plan;
  readonly digest: string | null;
  readonly head: string;
  readonly attested: string;
  readonly checks: readonly CheckLine[];
  readonly outcomes: readonly OutcomeLine[];
  /** Things to do, as Markdown that this program wrote. */
  readonly next: readonly string[];
}

/** GitHub takes 65,536 characters; what does not fit is counted. */
const maxCharacters = 60_000;
const budgets = { changes: 22_000, findings: 18_000, outcomes: 16_000 };

export function planComment(view: PlanView): string {
  const { plan, digest, head, attested } = view;
  const groups = groupChanges(plan.changes);
  const parts = [
    `### ${headline(view)}`,
    outcomeTable(view.outcomes),
    changeTable(groups),
    findingList(plan.findings),
    checkList(view.checks),
    view.next.length === 0 ? "" : `${bold("Next")}\n${bullets(view.next)}`,
    otherFiles(plan.otherPaths),
  ];
  const foot = [
    code(tally(plan.siteCount, plan.changes)),
    `<sub>Plan ${code(digest ?? "not computed")} at ${code(head.slice(0, 7))}, from the attested commit ${code(attested.slice(0, 7))}. \`countersign plan\` on a clone prints the same.</sub>`,
  ].join("\n\n");
  const body = parts.filter(Boolean).join("\n\n");
  const lists = foldedSites(groups, Math.max(0, maxCharacters - body.length - foot.length));
  return [body, lists, foot].filter(Boolean).join("\n\n");
}

function headline({ plan, outcomes }: PlanView): string {
  if (outcomes.length > 0) {
    const good = outcomes.filter((line) => line.good === true).length;
    return `Merged: ${good} of ${counted(outcomes.length, "site")} done`;
  }
  if (plan.state === "failed") return "There is no plan yet: please mend what is listed here";
  if (plan.changes.length === 0) return "Nothing to do";
  const touched = new Set(plan.changes.flatMap(({ site }) => site ?? [])).size;
  const changes = counted(groupChanges(plan.changes).length, "change");
  return touched === 0 ? `Plan: ${changes}` : `Plan: ${changes} on ${counted(touched, "site")}`;
}

function changeTable(groups: ReturnType<typeof groupChanges>): string {
  if (groups.length === 0) return "";
  const rows = fitted(groups.map(changeRow), { budget: budgets.changes, one: "change" });
  return `| change | where | risk | can it be undone? |\n| --- | --- | --- | --- |\n${rows}`;
}

function outcomeTable(outcomes: readonly OutcomeLine[]): string {
  if (outcomes.length === 0) return "";
  const symbol = ({ good }: OutcomeLine) => (good === null ? "⏳" : good ? "✅" : "❌");
  const rows = outcomes.map(
    (line) =>
      `| ${symbol(line)} | ${code(line.site)} | ${plain(line.outcome)} | ${line.receipt === null ? "" : code(line.receipt)} |`,
  );
  // What did not end well is read first, and never cut for what did.
  const shown = fitted(
    rows.toSorted((one, other) => Number(one.includes("✅")) - Number(other.includes("✅"))),
    { budget: budgets.outcomes, one: "site" },
  );
  return `| | site | outcome | receipt |\n| --- | --- | --- | --- |\n${shown}`;
}

const severityMark = { error: "❌", warning: "⚠️", note: "ℹ️" } as const;

export function findingList(findings: readonly Finding[]): string {
  if (findings.length === 0) return "";
  const lines = findings.map((finding) => {
    const { severity, file, line, column, message, allowed, command } = finding;
    const where = code(`${file}:${line}:${column}`);
    const hint = allowed === null ? "" : ` Allowed: ${plain(allowed)}.`;
    const paste = command === null ? "" : ` Run ${code(command)}.`;
    return `${severityMark[severity]} ${where} ${plain(message)}.${hint}${paste}`;
  });
  const bulleted = lines.map((line) => `- ${line}`);
  return fitted(bulleted, { budget: budgets.findings, one: "finding" });
}

function checkList(checks: readonly CheckLine[]): string {
  return bullets(
    checks.map(({ name, result, title }) => `${mark[result]} ${code(name)} ${plain(title)}`),
  );
}

function otherFiles(paths: readonly string[]): string {
  if (paths.length === 0) return "";
  const shown = paths.slice(0, 20).map(code);
  const missing = paths.length - shown.length;
  const rest = missing > 0 ? ` and ${missing} more` : "";
  return folded(
    `${counted(paths.length, "changed file")} that no plan is made of`,
    `${listed(shown)}${rest}`,
  );
}

const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join("\n");

/** Another open proposal that touches the same sites. */
export function neighbourText({
  number,
  sites,
}: {
  readonly number: number;
  readonly sites: readonly string[];
}): string {
  const where = sites.length > 8 ? counted(sites.length, "site") : listed(sites.map(code));
  return `#${number} is open too, and touches ${where}: whichever is merged first, the other is planned anew.`;
}
