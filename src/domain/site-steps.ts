/**
 * The ordered, exact steps of one site: what its connector will execute, with everything a
 * reviewer needs to judge each of them. The site's name plays no part, so equal inputs are
 * computed once for the whole fleet.
 */
import type { PackageId } from "../contract/control-repository.ts";
import type { Finding } from "../contract/finding.ts";
import type { OperationKind } from "../contract/operation.ts";
import { type PackageRef, type Step, type StepKind, Target } from "../contract/plan.ts";
import { dependencyProblems, type DependencyProblem, requirementsOf } from "./dependencies.ts";
import { type DraftProblem, type DraftStep, draftSteps } from "./draft-steps.ts";
import type { DesiredEntry, EntryMap, Origin } from "./effective-state.ts";
import { type LockedPackage, type LockLookup, packageOfTarget } from "./package-index.ts";
import { inverseOf, type ReversibilityAssessment, reversibilityOfStep } from "./reversibility.ts";
import { type RiskAssessment, riskOfStep } from "./risk.ts";
import { orderSteps } from "./step-order.ts";
import { coreStep, NO_STEP, packageStep, type VersionStep } from "./version.ts";

/** One step with what it means. */
export interface PlannedStep extends RiskAssessment, ReversibilityAssessment {
  readonly step: Step;
  readonly origin: Origin;
  readonly move: VersionStep;
  /** The lock of the version that is installed; `null` for steps that install nothing. */
  readonly next: LockedPackage | null;
  /** The lock of the version that is left, where there is one. */
  readonly previous: LockedPackage | null;
}

export type StepProblem =
  | DraftProblem
  | DependencyProblem
  | { readonly reason: "lock_missing"; readonly origin: Origin; readonly id: PackageId }
  | { readonly reason: "lock_invalid"; readonly findings: readonly Finding[] }
  | { readonly reason: "connector_not_alone"; readonly origin: Origin }
  | { readonly reason: "requirement_cycle"; readonly steps: readonly DraftStep[] };

export interface SiteSteps {
  readonly steps: readonly PlannedStep[];
  readonly unmanaged: readonly DesiredEntry[];
  readonly problems: readonly StepProblem[];
}

/** An operation that runs on the site now. */
export interface DueOperation {
  readonly file: string;
  readonly run: OperationKind;
}

export interface SiteStepsInput {
  readonly before: EntryMap;
  readonly after: EntryMap;
  readonly operations: readonly DueOperation[];
}

/** Plans one site. Where there are problems the steps are not to be used. */
export function siteSteps(input: SiteStepsInput, lookup: LockLookup): SiteSteps {
  const draft = draftSteps(input.before, input.after);
  const drafts = [...draft.steps, ...operationSteps(input.operations)];
  const requirements = requirementsOf(input.before, input.after, lookup);
  const ordering = orderSteps(drafts, requirements, (step) => moveOf(step).direction === "down");
  const planned = ordering.steps.map((step) => planStep(step, lookup));
  const problems: StepProblem[] = [
    ...draft.problems,
    ...planned.flatMap(({ problem }) => problem ?? []),
    ...dependencyProblems(input.after, drafts, requirements),
    ...connectorProblems(drafts),
  ];
  if (ordering.kind === "cycle") {
    problems.push({ reason: "requirement_cycle", steps: ordering.steps });
  }
  const steps = planned.flatMap(({ step }) => step ?? []);
  return { steps, unmanaged: draft.unmanaged, problems };
}

/** The connector runs the steps, so it is exchanged while nothing else is under way. */
function connectorProblems(drafts: readonly DraftStep[]): StepProblem[] {
  const update = drafts.find(({ kind }) => kind === "connector.update");
  if (update === undefined || drafts.length === 1) return [];
  return [{ reason: "connector_not_alone", origin: update.origin }];
}

/** Several operations of one kind are one step. */
function operationSteps(operations: readonly DueOperation[]): DraftStep[] {
  const byKind = new Map<OperationKind, DraftStep>();
  for (const { file, run } of operations) {
    if (!byKind.has(run)) byKind.set(run, operationStep(run, { file, path: ["run"] }));
  }
  return [...byKind.values()];
}

function operationStep(run: OperationKind, origin: Origin): DraftStep {
  if (run === "cache.flush") {
    const target = Target.parse("cache");
    return { kind: run, target, from: null, to: null, origin, versions: null };
  }
  const on = run === "maintenance.on";
  const target = Target.parse("maintenance");
  return { kind: "maintenance.set", target, from: !on, to: on, origin, versions: null };
}

const INSTALLING = new Set<StepKind>([
  "core.update",
  "plugin.install",
  "plugin.update",
  "theme.install",
  "theme.update",
  "connector.update",
]);

type StepResult =
  | { readonly step: PlannedStep; readonly problem?: never }
  | { readonly step?: never; readonly problem: StepProblem };

function planStep(draft: DraftStep, lookup: LockLookup): StepResult {
  const to = draft.versions?.to ?? null;
  const from = draft.versions?.from ?? null;
  const previous = from === null ? null : lockOf(packageOfTarget(draft.target, from), lookup);
  if (to === null || !INSTALLING.has(draft.kind)) {
    return { step: plannedStep(draft, { previous, next: null }) };
  }
  const id = packageOfTarget(draft.target, to);
  const reading = lookup(id);
  if (reading.kind === "locked") {
    return { step: plannedStep(draft, { previous, next: reading.package }) };
  }
  if (reading.kind === "invalid") {
    return { problem: { reason: "lock_invalid", findings: reading.findings } };
  }
  return { problem: { reason: "lock_missing", origin: draft.origin, id } };
}

function lockOf(id: PackageId, lookup: LockLookup): LockedPackage | null {
  const reading = lookup(id);
  return reading.kind === "locked" ? reading.package : null;
}

function plannedStep(
  draft: DraftStep,
  sides: { readonly previous: LockedPackage | null; readonly next: LockedPackage | null },
): PlannedStep {
  const move = moveOf(draft);
  const reversing = reversibilityOfStep(draft, { move, ...sides });
  const { kind, target, from, to, origin } = draft;
  const bytes: PackageRef | null = sides.next?.ref ?? null;
  const step: Step = {
    kind,
    target,
    from,
    to,
    package: bytes,
    reversibility: reversing.reversibility,
    inverse: inverseOf(draft, sides.previous),
  };
  return { step, origin, move, ...sides, ...riskOfStep(draft, move), ...reversing };
}

function moveOf({ kind, versions }: DraftStep): VersionStep {
  if (versions === null || versions.from === null || versions.to === null) return NO_STEP;
  const step = kind === "core.update" ? coreStep : packageStep;
  return step(versions.from, versions.to);
}
