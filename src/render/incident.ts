/** What an incident issue and the proposal that undoes a change say. */
import { code, counted, listed } from "./markdown.ts";
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

export function incidentBody(given: {
  readonly pr: number;
  readonly sites: readonly HurtSite[];
  readonly revert: number | null;
}): string {
  const { pr, sites, revert } = given;
  const rows = sites.map(
    ({ site, outcome, sub, receipt }) =>
      `| ${code(site)} | ${outcomeWords(outcome)} | ${code(sub)} | ${receipt === null ? "" : code(receipt)} |`,
  );
  const next =
    revert === null
      ? "No proposal can bring this back by itself: a person has to propose what the sites should be."
      : `Review and merge #${revert}. It brings the branch back to what these sites run; the HOLD ends when it ended well.`;
  return [
    `The plan of #${pr} ended like this, as the sites' signed receipts say:`,
    `| site | outcome | action | receipt |\n| --- | --- | --- | --- |\n${rows.join("\n")}`,
    `**Contained.** ${listed(sites.map(({ site }) => code(site)))}: on HOLD. Nothing but an approved recovery runs there.`,
    `**Next.** ${next}`,
    "**Verify.** `git clone` this repository, then `countersign audit verify <clone>`: it checks every receipt against the site's own key.",
  ].join("\n\n");
}

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

export const settledText =
  "Settled: what came without authorisation is undone or was approved since. The HOLD that it alone caused is over.";

export function unattestedBody(given: {
  readonly to: string;
  readonly pr: number | null;
  readonly reasons: readonly string[];
  readonly held: string;
}): string {
  const { to, pr, reasons, held } = given;
  const how = pr === null ? "It came by no pull request" : `It came by #${pr}`;
  return [
    `The default branch moved to ${code(to.slice(0, 12))} without authorisation. ${how}; the reason: ${listed(reasons.map(code))}.`,
    `**Contained.** ${held}: on HOLD. Nothing of that range was signed or sent.`,
    "**Next.** Revert it, or get a later proposal approved: its plan shows everything since the last attested commit. Merging either settles the range and ends the HOLD.",
  ].join("\n\n");
}
