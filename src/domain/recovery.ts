/** Is this plan the way back? A recovery undoes exactly what an unfinished plan wanted. */
import type { PackageRef, SitePlan, Step, StepKind, StepValue } from "../contract/plan.ts";

/**
 * The steps of `plan` are the inverse of those of `unfinished`, all of them and no others; what
 * reviewers saw of a package to come back is what the plan installs.
 */
export function isRecovery(plan: SitePlan, unfinished: SitePlan): boolean {
  if (plan.steps.length === 0 || plan.steps.length !== unfinished.steps.length) return false;
  const open = [...plan.steps];
  return unfinished.steps.every((step) => {
    const place = open.findIndex((one) => undoes(one, step));
    if (place === -1) return false;
    open.splice(place, 1);
    return true;
  });
}

function undoes(step: Step, { target, inverse }: Step): boolean {
  if (inverse === null) return false;
  const wanted = { ...inverse, target: inverseTarget(target, inverse) };
  return keyOf(step) === keyOf(wanted) && isSameBuild(step.package, inverse.package);
}

/** A theme's activation is about the theme that it activates: the inverse is about another one. */
function inverseTarget(target: string, { kind, to }: NonNullable<Step["inverse"]>): string {
  return kind === "theme.activate" ? `themes/${String(to)}` : target;
}

interface Moves {
  readonly kind: StepKind;
  readonly target: string;
  readonly from: StepValue;
  readonly to: StepValue;
}

const keyOf = ({ kind, target, from, to }: Moves): string =>
  JSON.stringify([kind, target, from, to]);

/** Where reviewers saw no build to come back to, the recovery's own review shows it. */
function isSameBuild(found: PackageRef | null, seen: PackageRef | null): boolean {
  return seen === null || found?.sha256 === seen.sha256;
}
