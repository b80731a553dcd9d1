/** The comment of an incident that is edited in place: where it stands, and what is seen again. */
import type { EntryOf } from "../contract/audit-entry.ts";
import { code, counted, listed } from "./markdown.ts";

type Phase = EntryOf<"incident">["phase"];

export interface IncidentState {
  readonly phase: Phase;
  readonly sites: readonly string[];
  /** Proposals that bring its sites back. */
  readonly proposals: readonly number[];
  /** When its cause was seen again; RFC 3339. */
  readonly again: readonly string[];
  /** What was seen last, as list items. */
  readonly evidence: readonly string[];
}

export function stateText({ phase, sites, proposals, again, evidence }: IncidentState): string {
  const last = again.at(-1);
  const list = evidence.map((line) => `- ${line}`).join("\n");
  return [
    `**Now.** ${phaseWords(phase, { sites, proposals })}`,
    ...(last === undefined
      ? []
      : [
          `**Seen again** ${counted(again.length, "time")}, last at ${last}. It is told here once an hour at most.`,
        ]),
    ...(list === "" ? [] : [list]),
  ].join("\n\n");
}

function phaseWords(
  phase: Phase,
  { sites, proposals }: Pick<IncidentState, "sites" | "proposals">,
): string {
  switch (phase) {
    case "detected":
    case "contained":
      return "Contained: nothing but an approved recovery runs there.";
    case "in_review":
      return `In review: ${listed(proposals.map((pr) => `#${pr}`))} would bring it back.`;
    case "recovering":
      return `Recovering: an approved recovery of ${listed(sites.map(code))} is on its way.`;
    case "closed":
      return "Closed.";
  }
}
