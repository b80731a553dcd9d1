/** What an incident about a level says: what was detected, and exactly what ends it. */
import type { Level } from "../contract/audit-entry.ts";
import type { LevelCause } from "../domain/containment.ts";
import { code } from "./markdown.ts";

export type LevelIncidentCause =
  | Exclude<LevelCause, "rolled_back" | "rollback_failed" | "range_unattested">
  | "panic";

interface Words {
  readonly title: string;
  readonly what: string;
  /** What has to be true before anybody can release it. */
  readonly gone: string;
}

const healthy = "the site answers a signed question, is healthy, and nothing at it holds it back";
const words: Readonly<Record<LevelIncidentCause, Words>> = {
  outcome_unknown: {
    title: "what became of an action is not known",
    what: "An action was sent 15 minutes ago, and the site has not said what became of it. It may have run, or not: nothing is guessed, and nothing else is sent there.",
    gone: "the site's own receipt is on record; it is asked for all the time",
  },
  restored_or_cloned: {
    title: "a restored backup, or a copy of the site",
    what: "The site's messages went back in their numbering: it was restored from a backup, or a copy of it runs with the same key. Find out which: a copy has to be switched off or unpaired (`wp countersign unpair`).",
    gone: "the site was paired again, which gives it a new key",
  },
  files_changed: {
    title: "files changed under an unchanged version",
    what: "Files of a plugin or theme are others than before, although its version is the same. Somebody edited them at the site, or something else did. Files that change by themselves belong into the site file's `volatile:`.",
    gone: "the changed files were adopted or restored",
  },
  local_restore: {
    title: "the site was restored by hand",
    what: "An administrator restored files at the site itself. The branch still wants what was restored: ask who did it and why, and propose what the site runs now.",
    gone: healthy,
  },
  site_locked: {
    title: "the site holds itself back",
    what: "The site's own lock refuses what is sent. It is lifted in its wp-admin, or by `wp countersign unlock`.",
    gone: healthy,
  },
  log_mismatch: {
    title: "the audit log and its branch differ",
    what: "The branch `countersign/audit` is not what was written there. `countersign audit verify <clone>` says where.",
    gone: "the log verifies, and every head that a site countersigned is one of it",
  },
  protection_weakened: {
    title: "the protection of a branch was weakened",
    what: "Branch protection or a ruleset of the default branch, or of the audit branch, asks for less than before.",
    gone: "everything that held before holds again",
  },
  default_branch_replaced: {
    title: "another branch is the default branch",
    what: "The repository's default branch is another one than the one that is on record. What stands on it was reviewed by nobody here, and who may write to it is anybody's guess.",
    gone: "the branch on record is the default one again, or the new one stands at the attested commit with nothing on top of it",
  },
  site_moved: {
    title: "the site says that it is somewhere else",
    what: "The site's own address (`home`) is another one than its file says: it moved, or this is a copy of it. An action would change something else than what was reviewed.",
    gone: "the site, asked now, is at the address of its file again, or it was paired anew where it is",
  },
  log_forked: {
    title: "a site saw another log, signed by our key",
    what: "A site countersigned a log head that this log never had: somebody else signs with the log key, or the log was rewritten. Find out which before anything else; the key may have to be replaced.",
    gone: "every head that a site countersigned is one of this log",
  },
  receipt_mismatch: {
    title: "a site answered for something else",
    what: "A receipt with the site's signature contradicts the record: it is about another plan than the one that was sent, or its action or its number has another one on record. Compare both, and look at the site; if its key may be in other hands, pair it again.",
    gone: healthy,
  },
  key_compromised: {
    title: "a key is reported as stolen",
    what: "A person reported a key as known to somebody else; the comment says more. A site's key is replaced by pairing it anew. What derives from the seed is replaced for the whole fleet by a new generation, which the recovery key signs: docs/operations.md, *Keys*.",
    gone: "the site was paired anew; of the fleet, every site speaks with a newer generation of keys",
  },
  panic: {
    title: "somebody stopped the fleet",
    what: "A person said `/countersign panic`; the comment says more.",
    gone: "people say so: nothing else is checked",
  },
};

export const levelTitle = (cause: LevelIncidentCause, scope: string): string =>
  `Incident: ${words[cause].title} (${scope})`;

export function levelBody(given: {
  readonly cause: LevelIncidentCause;
  /** A site, or `fleet`. */
  readonly scope: string;
  readonly level: Level;
  /** Line of the audit log. */
  readonly index: number;
  readonly reviewers: string | null;
  /** What was seen, as list items. */
  readonly evidence: readonly string[];
}): string {
  const { cause, scope, level, index, reviewers, evidence } = given;
  const { what, gone } = words[cause];
  const runs =
    level === "contained" ? "one approved recovery at a time" : "nothing but approved recoveries";
  return [
    what,
    ...(evidence.length === 0 ? [] : [shownEvidence(evidence)]),
    `**Contained.** ${code(scope)} is at ${level.toUpperCase()}: ${runs} may run there. Readings and reviews go on.`,
    `**Next.** ${releaseText(scope, { level, reviewers })}. It is released only once this is so: ${gone}.`,
    `**Verify.** Entry ${index} of the audit log says so: ${code(`countersign status ${scope === "fleet" ? "" : scope}`.trim())} and ${code("countersign audit verify <clone>")} on a clone.`,
  ].join("\n\n");
}

/** An issue has room for so many; the rest is counted. */
const mostEvidence = 50;

function shownEvidence(lines: readonly string[]): string {
  const rest = lines.length - mostEvidence;
  const more = rest > 0 ? [`and ${rest} more`] : [];
  const list = [...lines.slice(0, mostEvidence), ...more].map((line) => `- ${line}`).join("\n");
  return `**Evidence.**\n\n${list}`;
}

/** The exact words that end a level, and whose they have to be. */
export function releaseText(
  scope: string,
  { level, reviewers }: { readonly level: Level; readonly reviewers: string | null },
): string {
  const people = level === "contained" ? "Two people" : "One person";
  const who = reviewers === null ? "" : ` (${reviewers})`;
  return `${people} with the right ${code("release")}${who} say ${code(`/countersign release ${scope} <reason>`)} here`;
}
