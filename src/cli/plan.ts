/**
 * `countersign plan`: the plan of a local clone, computed by the functions that the App calls, so
 * digest and texts are the ones that the App shows. Nothing is fetched, nothing checked out.
 */
import { SiteId } from "../contract/ids.ts";
import type { Plan, PlannedChange, PlanTexts } from "../contract/planned-change.ts";
import { mergeTrees } from "../domain/merge-trees.ts";
import { planTrees } from "../domain/plan.ts";
import { CountersignError } from "../errors.ts";
import { planTexts } from "../signing/plan-text.ts";
import { attestedCommit } from "./attested-commit.ts";
import { type Clone, openClone } from "./clone.ts";
import { mergeBase } from "./merge-base.ts";

export interface PlanOptions {
  /** Where the plan begins: by default the last attested commit, else the default branch. */
  readonly before?: string;
  /** The proposal's head: by default what is checked out. It is merged into the branch's tip. */
  readonly after?: string;
  /** Shows this site's part alone. */
  readonly site?: string;
}

export type PlanReport =
  | {
      readonly kind: "conflict";
      readonly before: string;
      readonly after: string;
      readonly paths: readonly string[];
    }
  | {
      readonly kind: "plan";
      readonly before: string;
      readonly after: string;
      readonly plan: Plan;
      readonly texts: PlanTexts | null;
    };

const DEFAULT_BRANCH = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

/** @throws CountersignError `usage` for a commit or site that the clone does not have */
export async function planClone(folder: string, options: PlanOptions): Promise<PlanReport> {
  const clone = await openClone(folder);
  const after = await commitOf(clone, [options.after ?? "HEAD"]);
  const tip = await commitOf(
    clone,
    options.before === undefined ? DEFAULT_BRANCH : [options.before],
  );
  const before = options.before === undefined ? ((await attestedCommit(clone)) ?? tip) : tip;
  const base = await mergeBase(folder, tip, after);
  const merged = await mergedTree(clone, { base, tip, after });
  if (merged.kind === "conflict") return { ...merged, before, after };
  const plan = planTrees({ before: await clone.files(before), after: merged.tree });
  const report = { before, after, plan, texts: planTexts(plan) };
  return { kind: "plan", ...(options.site === undefined ? report : cut(report, options.site)) };
}

async function commitOf(clone: Clone, names: readonly string[]): Promise<string> {
  const commit = await clone.resolve(...names);
  if (commit !== null) return commit;
  throw new CountersignError("usage", `The clone has no commit called ${names.join(" or ")}.`, {
    hint: "Fetch it first, or name another with --before and --after.",
  });
}

/** What merging would give; a head that lies behind the tip is compared as it stands. */
async function mergedTree(
  clone: Clone,
  { base, tip, after }: { base: string | null; tip: string; after: string },
) {
  const head = await clone.files(after);
  if (base === null || base === tip || base === after)
    return { kind: "merged", tree: head } as const;
  return mergeTrees({ base: await clone.files(base), tip: await clone.files(tip), head });
}

type Planned = Omit<PlanReport & { readonly kind: "plan" }, "kind">;

function cut(report: Planned, name: string): Planned {
  const site = SiteId.safeParse(name);
  if (!site.success) {
    throw new CountersignError("usage", `${name} is no site's id.`, {
      hint: "Name the site as its file is named under sites/.",
    });
  }
  const { plan, texts } = report;
  const only = <T>(all: ReadonlyMap<SiteId, T>) =>
    new Map([...all].filter(([id]) => id === site.data));
  return {
    ...report,
    plan: {
      ...plan,
      changes: plan.changes.filter((change) => change.site === site.data),
      sitePlans: only(plan.sitePlans),
      control: plan.control.filter((change) => change.site === site.data),
    },
    texts: texts === null ? null : { ...texts, sites: only(texts.sites) },
  };
}

/** The report as one JSON object. `fleet.text` and each site's `text` are what is digested. */
export function planJson(report: PlanReport): object {
  const { before, after } = report;
  if (report.kind === "conflict") return { before, after, state: "conflict", paths: report.paths };
  const { plan, texts } = report;
  const { state, changes, findings, otherPaths, siteCount } = plan;
  return {
    before,
    after,
    state,
    digest: texts?.fleet.digest ?? null,
    changes,
    findings,
    otherPaths,
    siteCount,
    fleet: texts?.fleet ?? null,
    sites: Object.fromEntries(texts?.sites ?? []),
  };
}

/** What a person reads: equal changes once, then what is wrong, then one line of digest. */
export function describePlan(report: PlanReport): string {
  if (report.kind === "conflict") {
    return `Conflict: update the branch. Both sides changed:\n${report.paths.map(indented).join("\n")}`;
  }
  const { plan, texts } = report;
  const groups = Map.groupBy(plan.changes, changeLine);
  const lines = [...groups].map(([line, all]) => `${line}${sitesOf(all)}`);
  const findings = plan.findings.map(
    ({ severity, file, line, column, message, allowed, command }) =>
      [
        `${file}:${line}:${column}: ${severity}: ${message}`,
        ...(allowed === null ? [] : [indented(`allowed: ${allowed}`)]),
        ...(command === null ? [] : [indented(command)]),
      ].join("\n"),
  );
  const end = texts === null ? "No digest: the plan has errors." : `Plan ${texts.fleet.digest}`;
  return [...(lines.length === 0 ? ["Nothing to do."] : lines), ...findings, end].join("\n");
}

function changeLine({ kind, target, from, to, risk, reversibility }: PlannedChange): string {
  const moves = from === null && to === null ? "" : ` ${shown(from)} → ${shown(to)}`;
  return `${kind} ${target}${moves} · ${risk} risk, ${UNDO_WORDS[reversibility]}`;
}

const UNDO_WORDS = { reversible: "reversible", partly: "partly reversible", not: "not reversible" };

/** Untrusted values stay on one line. */
function shown(value: PlannedChange["from"]): string {
  return value === null ? "–" : JSON.stringify(value).replace(/^"([\w.:-]+)"$/u, "$1");
}

function sitesOf(changes: readonly PlannedChange[]): string {
  const sites = [...new Set(changes.flatMap(({ site }) => site ?? []))];
  if (sites.length === 0) return "";
  const named = sites.slice(0, 8).join(", ");
  const rest = sites.length > 8 ? ` and ${sites.length - 8} more` : "";
  return ` · ${sites.length === 1 ? "site" : `${sites.length} sites:`} ${named}${rest}`;
}

function indented(text: string): string {
  return `  ${text}`;
}

/** 1 where the proposal cannot be planned as it stands. */
export function planExitCode(report: PlanReport): 0 | 1 {
  return report.kind === "plan" && report.plan.state === "ok" ? 0 : 1;
}
