/**
 * The plan: what two git trees come to, as exact steps per site and reviewed changes of the
 * control repository. Nothing live enters it, so anyone computes the same from a clone.
 *
 * `before` is the last attested commit; `after` the merge of the proposal into the branch's tip
 * (merge-trees.ts). Source: docs/protocol.md, "What a plan compares".
 */
import type { Tree } from "../contract/control-repository.ts";
import { compareText, type Finding, sortFindings } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SitePlan } from "../contract/plan.ts";
import type { ControlDraft, Plan, PlannedChange } from "../contract/planned-change.ts";
import { configSide } from "./config-side.ts";
import { fleetControls } from "./fleet-controls.ts";
import { fleetReaders, siteIdsOf } from "./fleet-side.ts";
import { type PlannedSites, planSites } from "./planned-sites.ts";
import { changedFiles } from "./tree-difference.ts";

export interface PlanTrees {
  readonly before: Tree;
  readonly after: Tree;
}

/** Computes the plan. Never throws: what cannot be planned is a finding, and the plan `failed`. */
export function planTrees({ before, after }: PlanTrees): Plan {
  const changed = changedFiles(before, after);
  const readers = fleetReaders();
  const config = configSide(before, after);
  const sites = planSites({ before, after, changed, config, readers });
  const parts = [
    ...changed.map((file) => fleetControls(file, { config: config.config, readers })),
    ...sites.outcomes.map(({ control, controlChanges, findings }) => ({
      control,
      changes: controlChanges,
      findings,
    })),
  ];
  const findings = uniqueFindings([
    ...config.findings,
    ...sites.findings,
    ...parts.flatMap((part) => part.findings),
  ]);
  return {
    state: findings.some(({ severity }) => severity === "error") ? "failed" : "ok",
    changes: [
      ...sites.outcomes.flatMap(({ stepChanges }) => stepChanges),
      ...parts.flatMap((part) => part.changes).toSorted(byTargetAndKind),
    ],
    sitePlans: sitePlans(sites),
    control: parts.flatMap((part) => part.control).toSorted(byPathAndKind),
    findings,
    otherPaths: changed.filter(({ role }) => role.kind === "other").map(({ path }) => path),
    siteCount: siteIdsOf(after).length,
  };
}

function sitePlans({ outcomes }: PlannedSites): ReadonlyMap<SiteId, SitePlan> {
  const plans = new Map<SiteId, SitePlan>();
  for (const { site, plan } of outcomes) if (plan !== null) plans.set(site, plan);
  return plans;
}

/** One baseline gives every site the same finding: it is reported once. */
function uniqueFindings(findings: readonly Finding[]): Finding[] {
  return sortFindings([
    ...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values(),
  ]);
}

function byTargetAndKind(a: PlannedChange, b: PlannedChange): number {
  return compareText(a.target, b.target) || compareText(a.kind, b.kind);
}

function byPathAndKind(a: ControlDraft, b: ControlDraft): number {
  return compareText(a.path, b.path) || compareText(a.kind, b.kind);
}
