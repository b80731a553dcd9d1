/**
 * Can a planned change be undone, and what undoes it? The worst of its reasons decides. This is
 * what git can tell; what a site can really restore is readiness, measured on the site.
 */
import type { Inverse, Reversibility, StepKind, StepValue } from "../contract/plan.ts";
import type { ReversibilityReason } from "../contract/planned-change.ts";
import type { DraftStep } from "./draft-steps.ts";
import type { LockedPackage } from "./package-index.ts";
import type { VersionStep } from "./version.ts";

/** Every reason with the reversibility that it stands for. */
export const REVERSIBILITY_REASONS = {
  files_come_back: "reversible",
  switch_comes_back: "reversible",
  value_comes_back: "reversible",
  old_build_kept: "reversible",
  nothing_to_undo: "reversible",
  same_database_layout: "reversible",
  commit_comes_back: "reversible",
  previous_unknown: "partly",
  data_may_be_newer: "partly",
  schema_changed_before: "partly",
  pairing_again: "partly",
  database_upgrade_unknown: "not",
  database_upgrade: "not",
  deletion_loses_data: "not",
} as const satisfies Readonly<Record<ReversibilityReason, Reversibility>>;

export interface ReversibilityAssessment {
  readonly reversibility: Reversibility;
  readonly reversibilityReasons: readonly ReversibilityReason[];
}

const RANKS: Readonly<Record<Reversibility, number>> = { reversible: 0, partly: 1, not: 2 };

/** The worst reversibility that a reason stands for, with the reasons in the order given. */
export function assessReversibility(
  reasons: readonly [ReversibilityReason, ...ReversibilityReason[]],
): ReversibilityAssessment {
  const all = reasons.map((reason): Reversibility => REVERSIBILITY_REASONS[reason]);
  const reversibility = all.reduce((worst, one) => (RANKS[one] > RANKS[worst] ? one : worst));
  return { reversibility, reversibilityReasons: reasons };
}

/** The same with one more reason. */
export function withReason(
  { reversibilityReasons: [first, ...rest] }: ReversibilityAssessment,
  reason: ReversibilityReason,
): ReversibilityAssessment {
  return assessReversibility(first === undefined ? [reason] : [first, ...rest, reason]);
}

/** What is known about the two sides of a step. */
export interface StepSides {
  readonly move: VersionStep;
  readonly next: LockedPackage | null;
  readonly previous: LockedPackage | null;
}

/** Whether the step can be undone. */
export function reversibilityOfStep(draft: DraftStep, sides: StepSides): ReversibilityAssessment {
  return assessReversibility(JUDGES[draft.kind](draft, sides));
}

type Reasons = [ReversibilityReason, ...ReversibilityReason[]];
type Judge = (draft: DraftStep, sides: StepSides) => Reasons;

const installed: Judge = () => ["files_come_back"];
const updated: Judge = (_, { move }) => ["files_come_back", ...downgradeReason(move)];
const deleted: Judge = () => ["deletion_loses_data"];
const switched: Judge = ({ from }) =>
  from === null ? ["switch_comes_back", "previous_unknown"] : ["switch_comes_back"];

const JUDGES: Readonly<Record<StepKind, Judge>> = {
  "core.update": (_, sides) => [coreReason(sides), ...downgradeReason(sides.move)],
  "plugin.install": installed,
  "plugin.update": updated,
  "plugin.activate": switched,
  "plugin.deactivate": switched,
  "plugin.delete": deleted,
  "theme.install": installed,
  "theme.update": updated,
  "theme.activate": switched,
  "theme.delete": deleted,
  "option.set": ({ from }) =>
    from === null ? ["value_comes_back", "previous_unknown"] : ["value_comes_back"],
  "maintenance.set": switched,
  "cache.flush": () => ["nothing_to_undo"],
  "connector.update": () => ["old_build_kept"],
};

/** Core's files come back, but a database that core has upgraded does not. */
function coreReason({ next, previous }: StepSides): ReversibilityReason {
  const [after, before] = [next?.lock.dbVersion, previous?.lock.dbVersion];
  if (after === undefined || before === undefined) return "database_upgrade_unknown";
  return after === before ? "same_database_layout" : "database_upgrade";
}

function downgradeReason({ direction }: VersionStep): ReversibilityReason[] {
  return direction === "down" ? ["data_may_be_newer"] : [];
}

/** The kinds whose opposite is another kind, or the same one with its sides swapped. */
const OPPOSITES: Readonly<Record<StepKind, StepKind | null>> = {
  "core.update": "core.update",
  "plugin.install": "plugin.delete",
  "plugin.update": "plugin.update",
  "plugin.activate": "plugin.deactivate",
  "plugin.deactivate": "plugin.activate",
  "plugin.delete": "plugin.install",
  "theme.install": "theme.delete",
  "theme.update": "theme.update",
  "theme.activate": "theme.activate",
  "theme.delete": "theme.install",
  "option.set": "option.set",
  "maintenance.set": "maintenance.set",
  "cache.flush": null,
  "connector.update": "connector.update",
};

/** Installing from nothing is the one step whose `null` is a fact: nothing was there. */
const FROM_NOTHING: ReadonlySet<StepKind> = new Set(["plugin.install", "theme.install"]);

/**
 * The step that takes this one back, as a revert would plan it; `null` where none is known. For a
 * deletion it brings the files back, never the data: its reversibility says so.
 */
export function inverseOf(
  step: { readonly kind: StepKind; readonly from: StepValue; readonly to: StepValue },
  previous: LockedPackage | null,
): Inverse | null {
  const kind = OPPOSITES[step.kind];
  if (kind === null || (step.from === null && !FROM_NOTHING.has(step.kind))) return null;
  const installs = kind.endsWith(".update") || kind.endsWith(".install");
  return { kind, from: step.to, to: step.from, package: installs ? (previous?.ref ?? null) : null };
}
