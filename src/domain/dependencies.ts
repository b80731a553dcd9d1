/**
 * Who needs whom on a site, as the package locks say: plugins by `Requires Plugins`, child themes
 * by `Template`. Only what is active needs anything; a version without a lock is known to need
 * nothing, because adoption asks for no locks.
 */
import { Target } from "../contract/plan.ts";
import type { DraftStep } from "./draft-steps.ts";
import type { DesiredEntry, EntryMap } from "./effective-state.ts";
import { type LockLookup, packageOfTarget } from "./package-index.ts";
import type { Requirements } from "./step-order.ts";

export interface DependencyProblem {
  /** `absent`: desired state says it is not active; `unmanaged`: it says nothing about it. */
  readonly reason: "dependency_absent" | "dependency_unmanaged";
  readonly entry: DesiredEntry;
  readonly needs: Target;
}

/** The requirements on both sides of a plan; each lock is looked up once. */
export function requirementsOf(
  before: EntryMap,
  after: EntryMap,
  lookup: LockLookup,
): Requirements {
  return { next: needsIn(after, lookup), previous: needsIn(before, lookup) };
}

function needsIn(state: EntryMap, lookup: LockLookup): (target: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (text) => {
    const found = known.get(text) ?? needsOf(state.get(Target.parse(text)), lookup);
    known.set(text, found);
    return found;
  };
}

function needsOf(entry: DesiredEntry | undefined, lookup: LockLookup): readonly string[] {
  if (entry === undefined || (entry.kind !== "plugins" && entry.kind !== "themes")) return [];
  if (entry.software.state === "absent") return [];
  if (entry.kind === "plugins" && entry.software.state === "inactive") return [];
  const reading = lookup(packageOfTarget(entry.target, entry.software.version));
  if (reading.kind !== "locked") return [];
  const { requiresPlugins, template } = reading.package.lock;
  if (entry.kind === "plugins") return requiresPlugins.map((slug) => `plugins/${slug}`);
  return template === undefined ? [] : [`themes/${template}`];
}

/** What the state after leaves unmet: looked at where a step could have caused it. */
export function dependencyProblems(
  after: EntryMap,
  steps: readonly DraftStep[],
  requirements: Requirements,
): DependencyProblem[] {
  const touched = new Set(steps.map(({ target }) => target));
  const something = steps.some(({ kind }) => /\.(deactivate|delete)$/u.test(kind));
  return [...after.values()]
    .filter(({ target }) => something || touched.has(target))
    .flatMap((entry) => problemsOf(entry, after, requirements.next(entry.target)));
}

function problemsOf(
  entry: DesiredEntry,
  after: EntryMap,
  needs: readonly string[],
): DependencyProblem[] {
  return needs.flatMap((text): DependencyProblem[] => {
    const target = Target.parse(text);
    const needed = after.get(target);
    if (needed === undefined) return [{ reason: "dependency_unmanaged", entry, needs: target }];
    return isThere(needed) ? [] : [{ reason: "dependency_absent", entry, needs: target }];
  });
}

/** A required plugin has to be active; a parent theme only has to be installed. */
function isThere(entry: DesiredEntry): boolean {
  if (entry.kind === "themes") return entry.software.state !== "absent";
  return entry.kind === "plugins" && entry.software.state === "active";
}
