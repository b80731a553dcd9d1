/**
 * What a site is to have once its own file and the baselines that choose it are put together.
 * Target by target the site file wins; two baselines that differ about one target are a conflict.
 */
import type { DesiredSoftware, DesiredState } from "../contract/desired-state.ts";
import type { Version } from "../contract/ids.ts";
import type { OptionValue } from "../contract/options.ts";
import { Target } from "../contract/plan.ts";
import type { YamlPath } from "../contract/yaml-document.ts";

/** Where a value stands: in the site's own file, or in a baseline's or an operation's. */
export interface Origin {
  /** The file's path; `null` for the site's own file. */
  readonly file: string | null;
  readonly path: YamlPath;
}

/** One target's desired value. What desired state does not name has no entry. */
export type DesiredEntry = { readonly target: Target; readonly origin: Origin } & DesiredValue;

export type DesiredValue =
  | { readonly kind: "core"; readonly version: Version; readonly autoPatch: boolean }
  | { readonly kind: "connector"; readonly version: Version }
  | { readonly kind: "plugins"; readonly slug: string; readonly software: DesiredSoftware }
  | { readonly kind: "themes"; readonly slug: string; readonly software: DesiredSoftware }
  | { readonly kind: "options"; readonly name: string; readonly value: OptionValue };

export type EntryMap = ReadonlyMap<Target, DesiredEntry>;

export interface BaselineConflict {
  readonly target: Target;
  /** The two baselines' entries, the one that differs second. */
  readonly entries: readonly [DesiredEntry, DesiredEntry];
}

export interface EffectiveState {
  readonly entries: EntryMap;
  readonly conflicts: readonly BaselineConflict[];
}

/** The entries of one file's `desired:`; `file` as in `Origin`. */
export function entriesOf(desired: DesiredState, file: string | null): DesiredEntry[] {
  const entry = (path: YamlPath, target: string, value: DesiredValue): DesiredEntry => ({
    target: Target.parse(target),
    origin: { file, path: ["desired", ...path] },
    ...value,
  });
  const { core, connector } = desired;
  const single = [
    ...(core === undefined ? [] : [entry(["core"], "core", { kind: "core", ...core })]),
    ...(connector === undefined
      ? []
      : [entry(["connector"], "connector", { kind: "connector", ...connector })]),
  ];
  const software = (["plugins", "themes"] as const).flatMap((kind) =>
    Object.entries(desired[kind]).map(([slug, one]) =>
      entry([kind, slug], `${kind}/${slug}`, { kind, slug, software: one }),
    ),
  );
  const options = Object.entries(desired.options).map(([name, value]) =>
    entry(["options", name], `options/${name}`, { kind: "options", name, value }),
  );
  return [...single, ...software, ...options];
}

/** Puts a site's own entries over those of its baselines. */
export function effectiveState(
  own: readonly DesiredEntry[],
  baselines: readonly (readonly DesiredEntry[])[],
): EffectiveState {
  const entries = new Map(own.map((entry) => [entry.target, entry]));
  const ownTargets = new Set(entries.keys());
  const conflicts: BaselineConflict[] = [];
  for (const entry of baselines.flat()) {
    if (ownTargets.has(entry.target)) continue;
    const other = entries.get(entry.target);
    if (other === undefined) entries.set(entry.target, entry);
    else if (!sameValue(other, entry)) {
      conflicts.push({ target: entry.target, entries: [other, entry] });
    }
  }
  return { entries, conflicts };
}

/** Whether two entries ask for the same, wherever they stand. */
export function sameValue(a: DesiredValue, b: DesiredValue): boolean {
  return a === b || valueKey(a) === valueKey(b);
}

function valueKey(value: DesiredValue): string {
  switch (value.kind) {
    case "core":
      return JSON.stringify(["core", value.version, value.autoPatch]);
    case "connector":
      return JSON.stringify(["connector", value.version]);
    case "options":
      return JSON.stringify([value.name, value.value]);
    default:
      return JSON.stringify([value.kind, value.slug, softwareKey(value.software)]);
  }
}

function softwareKey(software: DesiredSoftware): readonly string[] {
  return software.state === "absent" ? ["absent"] : [software.state, software.version];
}
