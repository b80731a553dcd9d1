/** Turns what keeps a site from being planned into findings, and what it leaves into notes. */
import { errorAt, type Finding, type FindingRule, type Place } from "../contract/finding.ts";
import type { BaselineConflict, DesiredEntry, Origin } from "./effective-state.ts";
import { pinName } from "./package-index.ts";
import type { StepProblem } from "./site-steps.ts";

/** A place in a file. */
export interface FilePlace {
  readonly file: string;
  readonly place: Place;
}

/** Finds where an origin stands; an origin that is gone gives the nearest place that is left. */
export type PlaceFinder = (origin: Origin) => FilePlace;

/** The findings of one problem. */
export function problemFindings(problem: StepProblem, placeOf: PlaceFinder): Finding[] {
  const error = (rule: FindingRule, origin: Origin, message: string, allowed?: string): Finding =>
    errorAt({ rule, ...placeOf(origin) }, message, allowed ?? null);
  switch (problem.reason) {
    case "lock_missing":
      return [missingLock(problem, placeOf)];
    case "lock_invalid":
      return [...problem.findings];
    case "two_active_themes":
      return [error("plan.impossible", problem.origin, "a site has one active theme, not two")];
    case "no_active_theme": {
      const message = "this leaves the site without an active theme";
      return [
        error("plan.impossible", problem.origin, message, "another theme with state: active"),
      ];
    }
    case "connector_not_alone": {
      const message = "an update of the connector has to be alone in its plan";
      return [error("plan.connector_alone", problem.origin, message)];
    }
    case "requirement_cycle": {
      const names = [...new Set(problem.steps.map(({ target }) => target))].join(", ");
      const message = `these need each other, so that none can come first: ${names}`;
      return problem.steps
        .slice(0, 1)
        .map(({ origin }) => error("plan.impossible", origin, message));
    }
    default: {
      const { entry, needs, reason } = problem;
      const absent = reason === "dependency_absent";
      const message = absent
        ? `${entry.target} needs ${needs}, which desired state does not have there`
        : `${entry.target} needs ${needs}, which desired state does not name`;
      const finding = error("plan.dependency_missing", entry.origin, message, `${needs} beside it`);
      return [absent ? finding : { ...finding, severity: "warning" }];
    }
  }
}

function missingLock(
  { origin, id }: StepProblem & { readonly reason: "lock_missing" },
  placeOf: PlaceFinder,
): Finding {
  const name = pinName(id);
  const where = { rule: "package.lock_missing" as const, ...placeOf(origin) };
  return { ...errorAt(where, `${name} has no package lock`), command: `countersign pin ${name}` };
}

/** Two baselines that want different things of one site. */
export function conflictFinding({ target, entries }: BaselineConflict, find: PlaceFinder): Finding {
  const [first, second] = entries;
  const other = find(first.origin);
  const message = `${target} differs from ${other.file}:${other.place.line} for the same site`;
  return errorAt({ rule: "baseline.conflict", ...find(second.origin) }, message, "one of the two");
}

/** What leaves desired state is reported, and never touched. */
export function unmanagedNote(entry: DesiredEntry, placeOf: PlaceFinder): Finding {
  const message = `${entry.target} leaves desired state: it stays on the site as it is, unmanaged`;
  const where = { rule: "plan.unmanaged" as const, ...placeOf(entry.origin) };
  return { ...errorAt(where, message), severity: "note" };
}
