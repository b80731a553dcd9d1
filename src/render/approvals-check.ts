/** The check `countersign/approvals`: who is missing, who counts, and who does not and why. */
import type { Discount } from "../contract/answer.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { ApprovalProblem } from "../domain/approval-problems.ts";
import type { ApprovalsResult } from "../domain/approval.ts";
import type { JudgedGate, Seats } from "../domain/approval-gates.ts";
import { code, counted, listed, mark, plain } from "./markdown.ts";
import { type Names, personName } from "./people.ts";
import { discountWords } from "./words.ts";

export interface CheckText {
  readonly result: GateState;
  readonly title: string;
  readonly summary: string;
}

const problemWords: Readonly<Record<ApprovalProblem["reason"], string>> = {
  plan_unknown: "there is no plan to approve yet",
  facts_unread: "GitHub could not be read in full; it is tried again",
  clock_ahead: "a review is dated ahead of this server's clock",
  plan_failed: "the plan failed; see countersign/policy",
  unattributable_commit: "a commit belongs to no GitHub account, so nobody can be excluded for it",
  unknown_pusher: "nobody knows who pushed a commit that carries no verified signature",
  uncovered_change: "no gate in countersign.yml covers a planned change",
  right_missing: "countersign.yml gives a right that this plan needs to nobody",
};

/** Somebody whose approval of this proposal could never count, reviewed or not. */
export interface Excluded {
  readonly id: number;
  readonly reasons: readonly Discount[];
}

export function approvalsCheck(
  judged: ApprovalsResult,
  names: Names,
  excluded: readonly Excluded[],
  strangers: readonly string[] = [],
): CheckText {
  return {
    result: judged.result,
    title: title(judged),
    summary: [
      judged.problems.map(problemLine).join("\n"),
      judged.gates.map((gate) => gateLines(gate, names)).join("\n"),
      discountLines(judged, names),
      excludedLines(judged, excluded, names),
      strangers.map(strangerLine).join("\n"),
    ]
      .filter(Boolean)
      .join("\n\n"),
  };
}

function title(judged: ApprovalsResult): string {
  if (judged.reason === "nothing_to_do") return "Nothing to do";
  const [problem] = judged.problems;
  if (problem !== undefined) return capital(problemWords[problem.reason]);
  const objecting = judged.gates.find(({ reason }) => reason === "changes_requested");
  if (objecting !== undefined) return "Changes were requested";
  const seats = judged.gates.flatMap((gate) => (isOpen(gate) ? gate.seats : []));
  const wanted = seats.reduce((sum, seat) => sum + seat.demand.requirement.count, 0);
  const open = seats.filter(({ missing }) => missing > 0);
  const missing = open.reduce((sum, seat) => sum + seat.missing, 0);
  if (judged.result === "passed")
    return `Approved by ${counted(judged.counted.length, "person", "people")}`;
  const roles = [...new Set(open.map(({ demand }) => demand.requirement.role))];
  const filled = `${wanted - missing} of ${wanted}`;
  if (roles.length === 0)
    return `${filled}: ${reasonWords[judged.gates.find((gate) => gate.result !== "passed")?.reason ?? "missing_approvals"]}`;
  return `${filled}: waiting for ${listed(roles)}`;
}

const isOpen = ({ reason }: JudgedGate): boolean => reason !== "glass_broken";

const reasonWords: Readonly<Record<JudgedGate["reason"], string>> = {
  approved: "approved",
  glass_broken:
    "the glass was broken: people stand in for these approvals, and it is reviewed afterwards",
  changes_requested: "changes were requested",
  team_forbidden:
    "a team of this role does not exist, or the App may not see it: grant it *Members: read*",
  team_unreachable: "GitHub failed to list a team of this role; it is tried again",
  too_few_holders: "fewer people hold this role, and may approve this, than it asks for",
  missing_approvals: "approvals are missing",
};

function problemLine({ result, reason, evidence }: ApprovalProblem): string {
  const shown = evidence.length === 0 ? "" : `: ${listed(evidence.slice(0, 10).map(code))}`;
  return `${mark[result]} ${capital(problemWords[reason])}${shown}`;
}

function gateLines(gate: JudgedGate, names: Names): string {
  const head = `${mark[gate.result]} ${plain(gate.name)}: ${reasonWords[gate.reason]}`;
  return [head, ...gate.seats.map((seat) => seatLine(seat, names))].join("\n");
}

function seatLine({ demand, filledBy, missing, able }: Seats, names: Names): string {
  const { role, count } = demand.requirement;
  const by =
    filledBy.length === 0 ? "" : `, by ${listed(filledBy.map((id) => personName(id, names)))}`;
  const could = missing > 0 ? ` (${counted(able, "person", "people")} could)` : "";
  return `  - ${missing > 0 ? mark.waiting : mark.passed} ${code(role)}: ${filledBy.length} of ${count}${by}${could}`;
}

function discountLines({ discounted, objections }: ApprovalsResult, names: Names): string {
  const objecting = objections.map(
    ({ id }) => `- ${personName(id, names)} requested changes, and can lift it by approving`,
  );
  const notCounted = discounted.map(
    ({ id, reasons }) =>
      `- ${personName(id, names)} does not count: ${reasons.map((reason) => discountWords[reason]).join("; ")}`,
  );
  return [...objecting, ...notCounted].join("\n");
}

function excludedLines(
  { discounted }: ApprovalsResult,
  excluded: readonly Excluded[],
  names: Names,
): string {
  const spoken = new Set(discounted.map(({ id }) => id));
  return excluded
    .filter(({ id }) => !spoken.has(id))
    .map(
      ({ id, reasons }) =>
        `- ${personName(id, names)} cannot approve this: ${reasons.map((reason) => discountWords[reason]).join("; ")}`,
    )
    .join("\n");
}

function strangerLine(address: string): string {
  return `- ${code(address)} is named as a co-author and belongs to no account: nobody is excluded for it`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
