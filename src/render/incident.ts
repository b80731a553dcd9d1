/** What an incident issue and the proposal that undoes a change say. */
import { code, counted, listed } from "./markdown.ts";
import { releaseText } from "./level-incident.ts";
import { outcomeWords } from "./outcomes.ts";

export interface HurtSite {
  readonly site: string;
  readonly outcome: string;
  readonly sub: string;
  readonly receipt: string | null;
}

export function incidentTitle(pr: number, sites: readonly HurtSite[]): string {
  const [first] = sites;
  const where =
    sites.length === 1 && first !== undefined ? first.site : counted(sites.length, "site");
  return `Incident: #${pr} did not end well on ${where}`;
}

export interface Hurt {
  readonly pr: number;
  readonly sites: readonly HurtSite[];
  /** The proposal that makes the branch say what they run. */
  readonly revert: number | null;
  /** Whom it asks, as mentions. */
  readonly reviewers: string | null;
}

export function incidentBody(hurt: Hurt): string {
  return [
    `The plan of #${hurt.pr} ended like this, as the sites' signed receipts say:`,
    ...hurtParts(hurt),
    "**Verify.** `git clone` this repository, then `countersign audit verify <clone>`: it checks every receipt against the site's own key.",
  ].join("\n\n");
}

/** Further sites of the same plan. */
export function incidentUpdate(hurt: Hurt): string {
  return [`The plan of #${hurt.pr} ended like this on further sites:`, ...hurtParts(hurt)].join(
    "\n\n",
  );
}

function hurtParts({ sites, revert, reviewers }: Hurt): string[] {
  const rows = sites.map(
    ({ site, outcome, sub, receipt }) =>
      `| ${code(site)} | ${outcomeWords(outcome)} | ${code(sub)} | ${receipt === null ? "" : code(receipt)} |`,
  );
  const isContained = sites.some(({ outcome }) => outcome === "failed_needs_review");
  const level = isContained ? "contained" : "hold";
  const next =
    revert === null
      ? "No proposal can bring this back by itself: a person has to propose what the sites should be."
      : `Review and merge #${revert}. It brings the branch back to what these sites run; a HOLD ends when it ended well.`;
  const names = sites.map(({ site }) => code(site));
  const [first] = sites;
  const scope = sites.length === 1 && first !== undefined ? first.site : "<site>";
  return [
    `| site | outcome | action | receipt |\n| --- | --- | --- | --- |\n${rows.join("\n")}`,
    `**Contained.** ${listed(names)}: on HOLD${isContained ? ", or CONTAINED where the rollback failed" : ""}. Nothing but an approved recovery runs there.`,
    `**Next.** ${next} Without it: ${lowerFirst(releaseText(scope, { level, reviewers }))}, once the site answers healthy.`,
  ];
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export function revertTitle(pr: number, sites: readonly string[]): string {
  const [first] = sites;
  const where = sites.length === 1 && first !== undefined ? first : counted(sites.length, "site");
  return `Revert #${pr} on ${where}`;
}

export function revertBody(pr: number, sites: readonly string[]): string {
  return [
    `#${pr} did not end well on ${listed(sites.map(code))}. These sites run what they ran before; this proposal makes the branch say so again.`,
    "It names only those sites. Where the change ended well it stays.",
    "It needs the same approvals as any other change. A HOLD does not block it.",
  ].join("\n\n");
}

export function recoveredText(sites: readonly string[]): string {
  return `Recovered: ${listed(sites.map(code))} ended well, and the branch says what the sites run. The HOLD is over.`;
}

export const overText =
  "Over: what it was about is not on record any more, and its level was released.";

export const settledText =
  "Settled: what came without authorisation is undone or was approved since. The HOLD that it alone caused is over.";

export function unattestedBody(given: {
  readonly to: string;
  readonly pr: number | null;
  readonly reasons: readonly string[];
  readonly held: string;
  readonly reviewers: string | null;
}): string {
  const { to, pr, reasons, held, reviewers } = given;
  const how = pr === null ? "It came by no pull request" : `It came by #${pr}`;
  return [
    `The default branch moved to ${code(to.slice(0, 12))} without authorisation. ${how}; the reason: ${listed(reasons.map(code))}.`,
    `**Contained.** ${held}: on HOLD. Nothing of that range was signed or sent.`,
    "**Next.** Revert it, or get a later proposal approved: its plan shows everything since the last attested commit. Merging either settles the range and ends the HOLD.",
    reviewers === null
      ? ""
      : `**Asked.** ${reviewers}. Whoever had a hand in the range may not release its HOLD.`,
  ]
    .filter(Boolean)
    .join("\n\n");
}
