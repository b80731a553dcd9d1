/**
 * The planned changes as people compare them: equal changes once, followed by the sites they apply
 * to, the riskiest first. Never a line per site.
 */
import type { PlannedChange } from "../contract/planned-change.ts";
import { bold, code, counted, folded, listed, plain } from "./markdown.ts";
import { kindWords, riskWords, undoWords } from "./words.ts";

export interface ChangeGroup {
  readonly change: PlannedChange;
  /** Sorted; empty where the change belongs to no site. */
  readonly sites: readonly string[];
}

const riskOrder = ["critical", "high", "medium", "low"] as const;

/** Changes that differ only in their site are one group. */
export function groupChanges(changes: readonly PlannedChange[]): ChangeGroup[] {
  const groups = Map.groupBy(changes, groupKey);
  return [...groups.values()]
    .flatMap(([change, ...rest]) => {
      if (change === undefined) return [];
      const sites = [change, ...rest].flatMap(({ site }) => site ?? []);
      return [{ change, sites: [...new Set<string>(sites)].toSorted(byText) }];
    })
    .toSorted(
      (a, b) =>
        riskOrder.indexOf(a.change.risk) - riskOrder.indexOf(b.change.risk) ||
        byText(a.change.kind, b.change.kind) ||
        byText(a.change.target, b.change.target),
    );
}

function groupKey(change: PlannedChange): string {
  const {
    site: _site,
    tier: _tier,
    labels: _labels,
    timezone: _zone,
    cause: _cause,
    ...same
  } = change;
  // A control change of a site is about that site alone; its file says which.
  return JSON.stringify(same);
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const riskMark = { low: "🟢", medium: "🟡", high: "🟠", critical: "🔴" } as const;
const undoMark = { reversible: "✅ yes", partly: "⚠️ partly", not: "⛔ no" } as const;
const shownSites = 8;

export function changeRow({ change, sites }: ChangeGroup): string {
  const { kind, risk, reversibility } = change;
  const what = `${bold(kindWords[kind])} ${code(subject(change))}${step(change)}`;
  const why = change.riskReasons.map((reason) => riskWords[reason]).join(", ");
  const undo = change.reversibilityReasons.map((reason) => undoWords[reason]).join(", ");
  const where = sites.length === 0 ? "the control repository" : siteList(sites);
  return `| ${what} | ${where} | ${riskMark[risk]} ${risk}: ${why} | ${undoMark[reversibility]}: ${undo} |`;
}

/** One that cannot be undone in full, with what comes back and what is lost. */
export function lossLine({ change, sites }: ChangeGroup): string {
  const { kind, reversibility } = change;
  const what = `${bold(kindWords[kind])} ${code(subject(change))}${step(change)}`;
  const undo = change.reversibilityReasons.map((reason) => undoWords[reason]).join(", ");
  const where = sites.length === 0 ? "" : ` on ${siteList(sites)}`;
  return `- ${undoMark[reversibility]}: ${what}${where}: ${undo}`;
}

/** The short name people use: the folder of a plugin, the file of a control change. */
function subject({ kind, site, target }: PlannedChange): string {
  if (kind.startsWith("site.") || kind === "connector.pair") return site ?? target;
  const lock = /^packages\/\w+\/(.+)\/([^/]+)\.yml$/u.exec(target);
  if (lock !== null) return `${lock[1]} ${lock[2]}`;
  return target.replace(/^(plugins|themes|options)\//u, "");
}

function step({ kind, from, to }: PlannedChange): string {
  const moves = /\.(update|install|delete|set)$/u.test(kind);
  if (!moves || (from === null && to === null)) return "";
  return ` ${value(from)}\u00a0→\u00a0${value(to)}`;
}

function value(one: PlannedChange["from"]): string {
  return one === null ? "nothing" : code(String(one));
}

function siteList(sites: readonly string[]): string {
  if (sites.length <= shownSites) return listed(sites.map(code));
  return bold(counted(sites.length, "site"));
}

/** The full lists of groups with many sites, folded, as long as `budget` characters last. */
export function foldedSites(groups: readonly ChangeGroup[], budget: number): string {
  const long = groups.filter(({ sites }) => sites.length > shownSites);
  const parts: string[] = [];
  let left = budget;
  for (const { change, sites } of long) {
    const title = plain(`${kindWords[change.kind]} ${subject(change)}`);
    const summary = `${title}: ${counted(sites.length, "site")}`;
    const part = folded(summary, cut(sites, left));
    left -= part.length;
    parts.push(part);
    if (left < 500) break;
  }
  const missing = long.length - parts.length;
  if (missing > 0)
    parts.push(`${counted(missing, "longer list")}: \`countersign plan\` prints all.`);
  return parts.join("\n");
}

function cut(sites: readonly string[], budget: number): string {
  const shown: string[] = [];
  let used = 0;
  for (const site of sites) {
    used += site.length + 4;
    if (used > budget) break;
    shown.push(code(site));
  }
  const missing = sites.length - shown.length;
  const rest = missing === 0 ? "" : `, and ${counted(missing, "more site")}: \`countersign plan\``;
  return shown.join(", ") + rest;
}

/** The fixed last line: `3 sites, 2 with changes, 1 unchanged · 2 reversible, 1 partly`. */
export function tally(siteCount: number, changes: readonly PlannedChange[]): string {
  const touched = new Set(changes.flatMap(({ site }) => site ?? [])).size;
  const unchanged = Math.max(0, siteCount - touched);
  const sites = `${counted(siteCount, "site")}, ${touched} with changes, ${unchanged} unchanged`;
  const kinds = (["reversible", "partly", "not"] as const).flatMap((level) => {
    const count = changes.filter(({ reversibility }) => reversibility === level).length;
    return count === 0 ? [] : [`${count} ${level === "not" ? "not reversible" : level}`];
  });
  return kinds.length === 0 ? `${sites} · nothing to change` : `${sites} · ${kinds.join(", ")}`;
}
