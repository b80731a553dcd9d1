/** What `countersign/approvals` says of a commit that a merge queue built. */
import type { GateState } from "../contract/facts-range.ts";
import type { CheckText } from "./approvals-check.ts";
import { mark } from "./markdown.ts";
import { proposalText } from "./policy-check.ts";

/** One proposal of the group, on top of the ones before it. */
export interface QueueEntry {
  readonly number: number;
  /** `approved`: it builds the plan that was approved. `unknown`: that could not be read yet. */
  readonly state: "approved" | "other_plan" | "not_approved" | "unknown";
}

const words: Readonly<Record<QueueEntry["state"], string>> = {
  approved: "builds the plan that was approved",
  other_plan: "builds another plan here than the one that was approved",
  not_approved: "is not approved, or its checks do not pass",
  unknown: "could not be read in full; it is tried again",
};
const marks: Readonly<Record<QueueEntry["state"], string>> = {
  approved: mark.passed,
  other_plan: mark.blocked,
  not_approved: mark.blocked,
  unknown: mark.waiting,
};

/** @param own the approvals of the last proposal; they stand where the whole group is in order */
export function queueCheck(
  own: CheckText,
  group: GateState,
  entries: readonly QueueEntry[],
): CheckText {
  const lines = entries.map(({ number, state }) => `- ${marks[state]} #${number} ${words[state]}`);
  const summary = `In this merge group, each on top of the ones before it:\n${lines.join("\n")}`;
  const together = { ...own, summary: [summary, own.summary].filter(Boolean).join("\n\n") };
  if (group === "passed" || own.result === "blocked") return together;
  const reason = group === "blocked" ? "queue_unapproved" : "facts_unread";
  return { ...together, result: group, title: proposalText(reason) };
}
