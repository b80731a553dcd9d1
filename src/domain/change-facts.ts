/** Builds the planned changes that reviewers see from steps and control changes. */
import type { PackageFacts, PlannedChange } from "../contract/planned-change.ts";
import type { ControlKind } from "../contract/plan.ts";
import type { SiteFile } from "../contract/site-file.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SiteControl } from "./control-changes.ts";
import type { Origin } from "./effective-state.ts";
import type { LockedPackage } from "./package-index.ts";
import type { PackageControl } from "./package-changes.ts";
import type { FilePlace } from "./plan-findings.ts";
import { assessReversibility, type ReversibilityAssessment } from "./reversibility.ts";
import { assessRisk, type RiskAssessment } from "./risk.ts";
import type { PlannedStep } from "./site-steps.ts";
import { NO_STEP } from "./version.ts";

/** What a change says about its site. */
export type SiteFacts = Pick<PlannedChange, "site" | "tier" | "labels" | "timezone">;

export const NO_SITE: SiteFacts = { site: null, tier: null, labels: null, timezone: null };

export function siteFacts(site: SiteId, { tier, labels, timezone }: SiteFile): SiteFacts {
  return { site, tier, labels, timezone };
}

/** A step's facts, the same for every site that has it, with what asks for it. */
export interface StepFacts extends Omit<PlannedChange, keyof SiteFacts | "cause"> {
  readonly origin: Origin;
}

export function stepFacts(planned: PlannedStep): StepFacts {
  const { step, move, next, previous } = planned;
  return {
    origin: planned.origin,
    kind: step.kind,
    target: step.target,
    from: step.from,
    to: step.to,
    url: false,
    ...move,
    risk: planned.risk,
    riskReasons: planned.riskReasons,
    reversibility: planned.reversibility,
    reversibilityReasons: planned.reversibilityReasons,
    package: next === null ? null : packageFacts(next),
    previous: previous === null ? null : packageFacts(previous),
  };
}

function packageFacts({ path, lock, ref }: LockedPackage): PackageFacts {
  const { source, releasedAt, requires, requiresPhp } = lock;
  return {
    ...ref,
    path,
    source,
    releasedAt,
    requires: requires ?? null,
    requiresPhp: requiresPhp ?? null,
  };
}

/** A control change of one site's file. */
export function siteControlChange(
  control: SiteControl,
  facts: SiteFacts,
  where: FilePlace,
): PlannedChange {
  const url = control.kind === "site.edit" && control.aspects.includes("url");
  return { ...controlChange(control, where), ...facts, url, ...riskOfSite(control) };
}

/** A control change that belongs to no site. */
export function fleetControlChange(
  control: { readonly kind: ControlKind; readonly path: string },
  where: FilePlace,
): PlannedChange {
  return controlChange(control, where);
}

/** A lock's change; `from` and `to` are the digests of the bytes. */
export function packageControlChange(control: PackageControl, where: FilePlace): PlannedChange {
  const { before, after } = control;
  const sides = { from: before?.sha256 ?? null, to: after?.sha256 ?? null };
  return { ...controlChange(control, where), ...sides };
}

function controlChange(
  { kind, path }: { readonly kind: ControlKind; readonly path: string },
  { file, place }: FilePlace,
): PlannedChange {
  return {
    ...NO_SITE,
    kind,
    target: path,
    from: null,
    to: null,
    url: false,
    ...NO_STEP,
    ...CONTROL_RISKS[kind],
    ...(kind === "site.remove" ? NEEDS_PAIRING : COMES_BACK),
    package: null,
    previous: null,
    cause: { file, ...place },
  };
}

const COMES_BACK: ReversibilityAssessment = assessReversibility(["commit_comes_back"]);
const NEEDS_PAIRING: ReversibilityAssessment = assessReversibility(["pairing_again"]);

const CONTROL_RISKS: Readonly<Record<ControlKind, RiskAssessment>> = {
  "site.add": assessRisk(["new_site"]),
  "site.adopt": assessRisk(["adopts_live_state"]),
  "site.edit": assessRisk(["edits_site"]),
  "site.remove": assessRisk(["ends_control"]),
  "connector.pair": assessRisk(["trusts_key"]),
  "policy.change": assessRisk(["changes_who_decides"]),
  "baseline.change": assessRisk(["shared_state"]),
  "package.lock": assessRisk(["locks_package"]),
  "package.repin": assessRisk(["other_bytes"]),
};

function riskOfSite({ kind, aspects }: SiteControl): RiskAssessment {
  if (kind !== "site.edit") return CONTROL_RISKS[kind];
  return assessRisk([
    "edits_site",
    ...(aspects.includes("url") ? (["moves_site_address"] as const) : []),
    ...(aspects.includes("tier") ? (["moves_site_tier"] as const) : []),
  ]);
}
