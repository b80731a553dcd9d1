/** Plans one site: its steps, the changes of its file, and what stands in the way. */
import type { FileReading } from "../contract/control-file.ts";
import { pathOfSite } from "../contract/control-repository.ts";
import { errorAt, type Finding, type Place } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import type { ControlKind, SitePlan } from "../contract/plan.ts";
import type { ControlDraft, PlannedChange } from "../contract/planned-change.ts";
import type { SiteFile } from "../contract/site-file.ts";
import type { YamlDocument, YamlPath } from "../contract/yaml-document.ts";
import { siteControlChange, siteFacts } from "./change-facts.ts";
import { adopts, type SiteControl, siteControl } from "./control-changes.ts";
import { type KeyedState, type LoadedBaseline, NOTHING_DESIRED } from "./fleet-side.ts";
import type { LockLookup } from "./package-index.ts";
import {
  conflictFinding,
  type FilePlace,
  type PlaceFinder,
  problemFindings,
  unmanagedNote,
} from "./plan-findings.ts";
import type { DueOperation, PlannedStep } from "./site-steps.ts";
import { sharedPlans, type SharedSteps, sharedSteps, type SiteStates } from "./step-memo.ts";

const START: Place = { line: 1, column: 1 };

/** One site on both sides of the plan; `undefined` where the tree has no file for it. */
export interface SiteInput {
  readonly site: SiteId;
  readonly before: FileReading<SiteFile> | undefined;
  readonly after: FileReading<SiteFile> | undefined;
  readonly operations: readonly DueOperation[];
}

export interface SiteOutcome {
  /** `null` where the site has nothing to run. */
  readonly plan: SitePlan | null;
  readonly stepChanges: readonly PlannedChange[];
  readonly control: readonly ControlDraft[];
  readonly controlChanges: readonly PlannedChange[];
  readonly findings: readonly Finding[];
}

/** What all sites of a plan share. */
export interface SharedInputs {
  readonly compose: (
    site: SiteId,
    file: SiteFile,
    baselines: readonly LoadedBaseline[],
  ) => KeyedState;
  readonly before: readonly LoadedBaseline[];
  readonly after: readonly LoadedBaseline[];
  readonly lookup: LockLookup;
  /** Finds an origin in a baseline or an operation of the tree after. */
  readonly placeOf: (file: string, path: YamlPath) => FilePlace;
}

/** A planner of sites that computes equal steps once. */
export function sitePlanner(shared: SharedInputs): (input: SiteInput) => SiteOutcome {
  const stepsOf = sharedSteps(shared.lookup);
  const planOf = sharedPlans();
  return (input) => {
    const before = valueOf(input.before);
    if (input.after === undefined) return removal(input, before);
    if (input.after.kind === "invalid") return onlyFindings(input.after.findings);
    const { value: after, document } = input.after;
    const sides = { before, after };
    const states = statesOf(input.site, sides, shared);
    const steps = stepsOf(states, input.operations);
    const placeOf = placeFinder(document, shared);
    const covered = new Set(steps.steps.flatMap(coveredTargets));
    const control = siteControl({ site: input.site, ...sides, covered });
    return {
      plan: planOf(steps, after),
      stepChanges: stepChanges(input.site, before ?? after, steps, placeOf),
      control: control.map(draftOf),
      controlChanges: control.flatMap((one) => controlChanges(one, sides, document)),
      findings: [
        ...unreadableBefore(input),
        ...states.after.conflicts.map((conflict) => conflictFinding(conflict, placeOf)),
        ...steps.problems.flatMap((problem) => problemFindings(problem, placeOf)),
        ...steps.unmanaged.map((entry) => unmanagedNote(entry, placeOf)),
      ],
    };
  };
}

/** A site that leaves the fleet has nothing to run: it stays as it is. */
function removal({ site }: SiteInput, before: SiteFile | null): SiteOutcome {
  const sides = { before, after: null };
  const control = siteControl({ site, ...sides, covered: new Set() });
  const changes = control.flatMap((one) => controlChanges(one, sides, null));
  return { ...onlyFindings([]), control: control.map(draftOf), controlChanges: changes };
}

function onlyFindings(findings: readonly Finding[]): SiteOutcome {
  return { plan: null, stepChanges: [], control: [], controlChanges: [], findings };
}

function valueOf(reading: FileReading<SiteFile> | undefined): SiteFile | null {
  return reading?.kind === "valid" ? reading.value : null;
}

/** The way out of a broken file has to stay open: its old desired state counts as unknown. */
function unreadableBefore({ site, before }: SiteInput): Finding[] {
  if (before?.kind !== "invalid") return [];
  const where = { rule: "schema" as const, file: pathOfSite(site), place: START };
  const message = "the file could not be read before: what it managed counts as unmanaged";
  return [{ ...errorAt(where, message), severity: "warning" }];
}

interface Sides {
  readonly before: SiteFile | null;
  readonly after: SiteFile | null;
}

/** Adoption takes the file as it is now: only what baselines change is left to do. */
function statesOf(
  site: SiteId,
  { before, after }: { before: SiteFile | null; after: SiteFile },
  shared: SharedInputs,
): SiteStates {
  const known = adopts(before, after) ? after : before;
  return {
    before: known === null ? NOTHING_DESIRED : shared.compose(site, known, shared.before),
    after: shared.compose(site, after, shared.after),
  };
}

/** A switch of themes changes the entries of both. */
function coveredTargets({ step }: PlannedStep): string[] {
  if (step.kind !== "theme.activate") return [step.target];
  return [step.target, `themes/${String(step.from)}`];
}

function stepChanges(
  site: SiteId,
  file: SiteFile,
  steps: SharedSteps,
  placeOf: PlaceFinder,
): PlannedChange[] {
  const facts = siteFacts(site, file);
  return steps.facts.map(({ origin, ...step }) => {
    const { file: path, place } = placeOf(origin);
    return { ...facts, ...step, cause: { file: path, ...place } };
  });
}

function draftOf({ kind, path, site, from, to }: SiteControl): ControlDraft {
  return { kind, path, site, from, to };
}

/**
 * A site is judged as it was, so that no proposal escapes a gate by moving it; the edit that moves
 * it is judged both as it was and as it will be.
 */
function controlChanges(
  control: SiteControl,
  { before, after }: Sides,
  document: YamlDocument | null,
): PlannedChange[] {
  const moves = control.aspects.some((aspect) => aspect === "tier" || aspect === "labels");
  const files = moves ? [before, after] : [before ?? after];
  const where = { file: control.path, place: placeOfControl(control, document) };
  return files
    .filter((file) => file !== null)
    .map((file) => siteControlChange(control, siteFacts(control.site, file), where));
}

const KEYS: Readonly<Partial<Record<ControlKind, string>>> = {
  "site.adopt": "adopted",
  "connector.pair": "connector",
};

function placeOfControl({ kind, aspects }: SiteControl, document: YamlDocument | null): Place {
  const key = KEYS[kind] ?? aspects[0];
  return document === null || key === undefined ? START : document.placeOfKey([key]);
}

function placeFinder(document: YamlDocument, shared: SharedInputs): PlaceFinder {
  return ({ file, path }) =>
    file === null
      ? { file: document.file, place: document.placeOfKey(path) }
      : shared.placeOf(file, path);
}
