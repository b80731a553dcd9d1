/**
 * Which steps lead from one desired state to the other, target by target, not yet ordered.
 *
 * What desired state stops naming becomes unmanaged: it is reported and never touched. What it
 * begins to name has an unknown past: `from` is `null`, and the connector answers
 * `already_applied` where the site has it already.
 */
import type { DesiredSoftware } from "../contract/desired-state.ts";
import { compareText } from "../contract/finding.ts";
import type { Version } from "../contract/ids.ts";
import type { StepKind, StepValue, Target } from "../contract/plan.ts";
import { type DesiredEntry, type EntryMap, type Origin, sameValue } from "./effective-state.ts";

export interface DraftStep {
  readonly kind: StepKind;
  readonly target: Target;
  readonly from: StepValue;
  readonly to: StepValue;
  /** Where desired state asks for it. */
  readonly origin: Origin;
  /** The versions it moves between; `null` on a side means none, or not known. */
  readonly versions: { readonly from: Version | null; readonly to: Version | null } | null;
}

export type DraftProblem =
  | { readonly reason: "no_active_theme"; readonly origin: Origin }
  | { readonly reason: "two_active_themes"; readonly origin: Origin };

export interface Draft {
  readonly steps: readonly DraftStep[];
  /** Entries of the state before that the state after no longer names. */
  readonly unmanaged: readonly DesiredEntry[];
  readonly problems: readonly DraftProblem[];
}

/** The steps from one state to the other, sorted by target. */
export function draftSteps(before: EntryMap, after: EntryMap): Draft {
  const steps: DraftStep[] = [];
  const entries = [...after.values()].toSorted((a, b) => compareText(a.target, b.target));
  for (const entry of entries) {
    const previous = before.get(entry.target);
    if (previous === undefined || !sameValue(previous, entry)) {
      steps.push(...stepsFor(entry, previous));
    }
  }
  const themes = themeSwitch(before, after);
  const unmanaged = [...before.values()].filter(({ target }) => !after.has(target));
  return {
    steps: [...steps, ...themes.steps],
    unmanaged: unmanaged.toSorted((a, b) => compareText(a.target, b.target)),
    problems: themes.problems,
  };
}

function stepsFor(entry: DesiredEntry, previous: DesiredEntry | undefined): DraftStep[] {
  const { target, origin } = entry;
  if (entry.kind === "options") {
    const from = previous?.kind === "options" ? previous.value : null;
    return [{ kind: "option.set", target, origin, from, to: entry.value, versions: null }];
  }
  if (entry.kind === "plugins" || entry.kind === "themes") {
    const known = previous?.kind === entry.kind ? previous.software : undefined;
    return softwareSteps(entry.kind, { target, origin }, known, entry.software);
  }
  const from = previous?.kind === entry.kind ? previous.version : null;
  const to = entry.version;
  if (from === to) return []; // only autoPatch differs
  const kind = entry.kind === "core" ? "core.update" : "connector.update";
  return [{ kind, target, origin, from, to, versions: { from, to } }];
}

type Where = Pick<DraftStep, "target" | "origin">;

function softwareSteps(
  type: "plugins" | "themes",
  where: Where,
  before: DesiredSoftware | undefined,
  after: DesiredSoftware,
): DraftStep[] {
  const family = type === "plugins" ? "plugin" : "theme";
  const from = before === undefined || before.state === "absent" ? null : before.version;
  const to = after.state === "absent" ? null : after.version;
  const move = (verb: "install" | "update" | "delete"): DraftStep => ({
    ...where,
    kind: `${family}.${verb}`,
    from,
    to,
    versions: { from, to },
  });
  const steps: DraftStep[] = [];
  if (to === null) steps.push(move("delete"));
  else if (from === null) steps.push(move("install"));
  else if (from !== to) steps.push(move("update"));
  return type === "plugins" ? [...steps, ...activation(where, before, after)] : steps;
}

/** Activation of themes is one step for the whole site: see `themeSwitch`. */
function activation(
  where: Where,
  before: DesiredSoftware | undefined,
  after: DesiredSoftware,
): DraftStep[] {
  const step = (kind: StepKind, from: StepValue, to: string): DraftStep[] => [
    { ...where, kind, from, to, versions: null },
  ];
  if (after.state === "active") {
    return before?.state === "active" ? [] : step("plugin.activate", "inactive", "active");
  }
  if (before === undefined) {
    return after.state === "absent" ? step("plugin.deactivate", null, "inactive") : [];
  }
  return before.state === "active" ? step("plugin.deactivate", "active", "inactive") : [];
}

/** A site has one active theme: `from` and `to` are the slugs of the old and the new one. */
function themeSwitch(
  before: EntryMap,
  after: EntryMap,
): { steps: readonly DraftStep[]; problems: readonly DraftProblem[] } {
  const [old] = activeThemes(before);
  const [active, second] = activeThemes(after);
  if (second !== undefined) {
    return { steps: [], problems: [{ reason: "two_active_themes", origin: second.origin }] };
  }
  if (active === undefined) {
    const left = old === undefined ? undefined : after.get(old.target);
    if (left === undefined) return { steps: [], problems: [] };
    return { steps: [], problems: [{ reason: "no_active_theme", origin: left.origin }] };
  }
  if (active.slug === old?.slug) return { steps: [], problems: [] };
  const { target, origin } = active;
  const step = { target, origin, from: old?.slug ?? null, to: active.slug, versions: null };
  return { steps: [{ ...step, kind: "theme.activate" }], problems: [] };
}

function activeThemes(state: EntryMap) {
  return [...state.values()]
    .filter((entry) => entry.kind === "themes")
    .filter(({ software }) => software.state === "active")
    .toSorted((a, b) => compareText(a.target, b.target));
}
