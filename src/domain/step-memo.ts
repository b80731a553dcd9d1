/** Computes equal steps and equal site plans once, however many sites share them. */
import type { SitePlan } from "../contract/plan.ts";
import type { SiteFile } from "../contract/site-file.ts";
import { type StepFacts, stepFacts } from "./change-facts.ts";
import type { KeyedState } from "./fleet-side.ts";
import type { LockLookup } from "./package-index.ts";
import { type DueOperation, type PlannedStep, type SiteSteps, siteSteps } from "./site-steps.ts";

/** What a site is to have before and after. */
export interface SiteStates {
  readonly before: KeyedState;
  readonly after: KeyedState;
}

export interface SharedSteps extends SiteSteps {
  /** Equal for sites with equal steps. */
  readonly key: string;
  /** What reviewers see of each step, in the order of the steps. */
  readonly facts: readonly StepFacts[];
}

export const NO_STEPS: SharedSteps = { key: "", steps: [], facts: [], unmanaged: [], problems: [] };

/** The steps between two states, with operations; nothing is computed where nothing differs. */
export function sharedSteps(lookup: LockLookup) {
  const known = new Map<string, SharedSteps>();
  return (states: SiteStates, operations: readonly DueOperation[]): SharedSteps => {
    if (states.before.key === states.after.key && operations.length === 0) return NO_STEPS;
    const key = [states.before.key, states.after.key, ...operations.map(({ file }) => file)].join(
      "|",
    );
    const found = known.get(key) ?? compute(key, states, operations);
    known.set(key, found);
    return found;
  };

  function compute(
    key: string,
    { before, after }: SiteStates,
    operations: readonly DueOperation[],
  ): SharedSteps {
    const input = { before: before.entries, after: after.entries, operations };
    const planned = siteSteps(input, lookup);
    return { key, ...planned, facts: planned.steps.map((step) => stepFacts(step)) };
  }
}

/** The plan of a site with these steps; equal ones are one object. */
export function sharedPlans() {
  const known = new Map<string, SitePlan>();
  return ({ key, steps }: SharedSteps, { health, volatile }: SiteFile): SitePlan | null => {
    if (steps.length === 0) return null;
    const planKey = JSON.stringify([key, health, volatile]);
    const found = known.get(planKey) ?? sitePlan(steps, { health, volatile });
    known.set(planKey, found);
    return found;
  };
}

function sitePlan(
  steps: readonly PlannedStep[],
  { health, volatile }: Pick<SiteFile, "health" | "volatile">,
): SitePlan {
  return { version: 1, steps: steps.map(({ step }) => step), health, volatile };
}
