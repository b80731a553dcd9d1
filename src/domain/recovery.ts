/** Is this plan the way back? A recovery undoes exactly what an unfinished plan wanted. */
import type { SitePlan, Step } from "../contract/plan.ts";

/** The steps of `plan` are the inverse of those of `unfinished`, all of them and no others. */
export function isRecovery(plan: SitePlan, unfinished: SitePlan): boolean {
  if (plan.steps.length === 0 || plan.steps.length !== unfinished.steps.length) return false;
  const wanted = unfinished.steps.map(inverseKey);
  const found = new Set(plan.steps.map(stepKey));
  return wanted.every((key) => key !== null && found.has(key));
}

function inverseKey({ target, inverse }: Step): string | null {
  if (inverse === null) return null;
  return JSON.stringify([inverse.kind, target, inverse.from, inverse.to]);
}

function stepKey({ kind, target, from, to }: Step): string {
  return JSON.stringify([kind, target, from, to]);
}
