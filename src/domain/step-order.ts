/**
 * The order in which a site's steps run, so that it is whole after each of them: core before what
 * may need it (and after, when it goes down), a plugin's requirements before the plugin, a
 * dependent's step away from a plugin before that plugin goes, deactivation before deletion, the
 * new theme before the old one is deleted. What nothing decides goes by kind, then by target.
 */
import { compareText } from "../contract/finding.ts";
import type { StepKind } from "../contract/plan.ts";
import type { DraftStep } from "./draft-steps.ts";

/** What the locks say about who needs whom, by target. */
export interface Requirements {
  /** What the version that the plan leads to requires: plugins, or a child theme's parent. */
  readonly next: (target: string) => readonly string[];
  /** What the version that is there now requires. */
  readonly previous: (target: string) => readonly string[];
}

export type Ordering<T> =
  | { readonly kind: "ordered"; readonly steps: readonly T[] }
  /** These need each other: no order is right. */
  | { readonly kind: "cycle"; readonly steps: readonly T[] };

const RANKS: Readonly<Record<StepKind, number>> = {
  "maintenance.set": 0,
  "plugin.deactivate": 1,
  "core.update": 2,
  "plugin.install": 3,
  "plugin.update": 3,
  "plugin.activate": 3,
  "theme.install": 4,
  "theme.update": 4,
  "theme.activate": 5,
  "plugin.delete": 6,
  "theme.delete": 7,
  "option.set": 8,
  "connector.update": 9,
  "cache.flush": 10,
};
const LAST = 11;

/** Orders the steps; every permutation of them gives the same order. */
export function orderSteps<T extends DraftStep>(
  steps: readonly T[],
  requirements: Requirements,
  goesDown: (step: T) => boolean,
): Ordering<T> {
  const waiting = steps.toSorted(byRank).map((step) => ({
    step,
    after: new Set(steps.filter((other) => precedes(other, step, { requirements, goesDown }))),
  }));
  const ordered: T[] = [];
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ after }) => after.size === 0);
    if (index < 0) return { kind: "cycle", steps: waiting.map(({ step }) => step) };
    for (const { step } of waiting.splice(index, 1)) {
      ordered.push(step);
      for (const { after } of waiting) after.delete(step);
    }
  }
  return { kind: "ordered", steps: ordered };
}

function byRank(a: DraftStep, b: DraftStep): number {
  return rankOf(a) - rankOf(b) || compareText(a.target, b.target) || byVerb(a, b);
}

/** Closing the site comes first, opening it last. */
function rankOf({ kind, to }: DraftStep): number {
  return kind === "maintenance.set" && to === false ? LAST : RANKS[kind];
}

function byVerb(a: DraftStep, b: DraftStep): number {
  return compareText(b.kind, a.kind);
}

interface Rules<T> {
  readonly requirements: Requirements;
  readonly goesDown: (step: T) => boolean;
}

const INSTALLS = new Set<StepKind>([
  "plugin.install",
  "plugin.update",
  "theme.install",
  "theme.update",
]);
const SWITCHES_ON = new Set<StepKind>(["plugin.activate", "theme.activate"]);
const DELETES = new Set<StepKind>(["plugin.delete", "theme.delete"]);

/** Whether the first has to be done before the second. */
function precedes<T extends DraftStep>(first: T, second: T, rules: Rules<T>): boolean {
  if (first === second) return false;
  if (first.target === second.target) return precedesOnTarget(first.kind, second.kind);
  if (first.kind === "core.update") return brings(second) && !rules.goesDown(first);
  if (second.kind === "core.update") return brings(first) && rules.goesDown(second);
  const { next, previous } = rules.requirements;
  if (brings(first) && brings(second)) return next(second.target).includes(first.target);
  return leaves(second) && previous(first.target).includes(second.target);
}

function precedesOnTarget(first: StepKind, second: StepKind): boolean {
  if (first === "plugin.deactivate") return second !== "plugin.deactivate";
  return INSTALLS.has(first) && SWITCHES_ON.has(second);
}

function brings({ kind }: DraftStep): boolean {
  return INSTALLS.has(kind) || SWITCHES_ON.has(kind);
}

function leaves({ kind }: DraftStep): boolean {
  return kind === "plugin.deactivate" || DELETES.has(kind);
}
