/** How an action ended, or where it is, in words. */
import type { Authorisation } from "../domain/history.ts";
import type { Turn } from "../domain/rollout.ts";
import type { OutcomeLine } from "./plan-comment.ts";

const endings: Readonly<Record<string, string>> = {
  applied: "applied, and healthy",
  already_applied: "was there already",
  rolled_back: "rolled back by the site: it was hurt, and is as before",
  rolled_back_files_only: "files rolled back by the site; data that changed stays changed",
  self_healed: "healed by the site after an interruption: it is as before",
  failed_needs_review: "failed, and the rollback too: a person has to look at the site",
  local_restore: "restored at the site by hand",
  taken_back: "rolled back, as a person commanded",
  lapsed: "lapsed: not claimed in time",
  abandoned: "abandoned",
  overtaken: "overtaken by a later action",
};

const refusals: Readonly<Record<string, string>> = {
  drifted: "the site is not in the state that was reviewed",
  unhealthy: "the site was unhealthy before",
  not_ready: "the site cannot take it back",
  too_long: "it would take longer than the host allows",
  fetch_failed: "the package could not be fetched",
  package_mismatch: "the package is not the one that was reviewed",
  package_unsafe: "the package holds what no package may hold",
  no_restore_point: "no restore point could be made",
  disk_full: "the disk is too full",
  not_allowed: "the site does not allow it",
  unsupported: "this connector cannot do it yet",
  internal: "the connector failed before it changed anything",
};

export function outcomeWords(how: string): string {
  const refusal = /^refused:(\w+)$/u.exec(how)?.[1];
  if (refusal !== undefined) return `refused, nothing changed: ${refusals[refusal] ?? refusal}`;
  return endings[how] ?? how;
}

/** Where a site's action is, as far as its rollout says. */
export interface OutcomeFacts {
  /** Digest of the receipt's token, where there is one. */
  readonly receipt: string | null;
  readonly turn: Turn | null;
}

export function outcomeLine(
  { entry, sentAt, end }: Authorisation,
  { receipt, turn }: OutcomeFacts,
): OutcomeLine {
  const { site } = entry;
  if (end === null) {
    const outcome = sentAt === null ? turnWords(turn) : "sent, waiting for its receipt";
    return { site, outcome, good: null, receipt: null };
  }
  const isDone = end.how === "applied" || end.how === "already_applied";
  const how = isDone && entry.mode === "rollback" ? "taken_back" : end.how;
  return { site, outcome: outcomeWords(how), good: isDone && how === end.how, receipt };
}

/** What a site that has not begun waits for. */
export function turnWords(turn: Turn | null): string {
  if (turn?.kind !== "waits") return "authorised, not sent yet";
  const until = turn.until === null ? "" : `, until ${minuteOf(turn.until)}`;
  switch (turn.reason) {
    case "stopped":
      return "stopped, nothing changed: another site did not end well";
    case "canary":
      return "waits for the canary to end well";
    case "wave":
      return "waits for an earlier wave to end well";
    case "soak":
      return `waits while the sites before it soak${until}`;
    case "window":
      return `waits for its window${until}`;
    case "concurrency":
      return "waits for room: many sites run at once";
    case "expired":
      return "too late to begin: it lapses";
  }
}

/** `2026-11-25 04:00 UTC`, of Unix seconds. */
const minuteOf = (at: number): string =>
  `${new Date(at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** What a large plan's comment says of its own age. */
export const asOfLine = (at: number): string =>
  `This is as of ${minuteOf(at)}: with so many sites it is edited at a few moments only. \`countersign status\` on a clone tells more.`;

/** What a person can say where a bad outcome stopped the sites that have not begun. */
export const stoppedNext =
  "The sites that have not begun are stopped. After a look at what happened, `/countersign resume` lets them go on, and `/countersign abandon` gives them up.";

/** A site of the plan that may not run it. */
export function withheldLine(site: string): OutcomeLine {
  const outcome = "not authorised: it is in another state than the approvals saw";
  return { site, outcome, good: false, receipt: null };
}
