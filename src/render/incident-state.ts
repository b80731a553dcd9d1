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
  /** All sites that it is about, where the issue itself names only the first. */
  readonly about: readonly string[];
}

/** A comment has room for so many; the rest is counted. */
const mostNamed = 100;

export function stateText(state: IncidentState): string {
  const { phase, sites, proposals, again, evidence, about } = state;
  const last = again.at(-1);
  const list = evidence.map((line) => `- ${line}`).join("\n");
  return [
    `**Now.** ${phaseWords(phase, { sites, proposals })}`,
    ...(last === undefined
      ? []
      : [
          `**Seen again** ${counted(again.length, "time")}, last at ${last}. It is told here once an hour at most.`,
        ]),
    ...(about.length === 0 ? [] : [aboutText(about)]),
    ...(list === "" ? [] : [list]),
  ].join("\n\n");
}

/** Each is released by itself, once its own cause is gone. */
function aboutText(about: readonly string[]): string {
  const named = about.slice(0, mostNamed).map(code);
  const rest = about.length - named.length;
  const more = rest > 0 ? [`${rest} more`] : [];
  return `**Sites.** It is the same at ${counted(about.length, "site")} by now: ${listed([...named, ...more])}.`;
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
