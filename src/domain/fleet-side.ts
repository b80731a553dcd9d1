/**
 * One side of a plan: the sites and baselines of a tree, read when they are asked for. What cannot
 * be read comes back as findings, never as an empty state.
 */
import { Baseline } from "../contract/baseline.ts";
import { cachedReader, type FileReading } from "../contract/control-file.ts";
import { pathOfSite, roleOfPath, type Tree } from "../contract/control-repository.ts";
import { compareText, type Finding } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import { SiteFile } from "../contract/site-file.ts";
import type { FileContent, YamlDocument } from "../contract/yaml-document.ts";
import {
  type DesiredEntry,
  effectiveState,
  type EffectiveState,
  entriesOf,
} from "./effective-state.ts";
import { selectsSite } from "./site-selection.ts";

export interface LoadedBaseline {
  readonly path: string;
  readonly baseline: Baseline;
  readonly entries: readonly DesiredEntry[];
  readonly document: YamlDocument;
}

/** Readers shared by both sides, so that an unchanged file is read once. */
export interface FleetReaders {
  readonly site: (path: string, content: FileContent) => FileReading<SiteFile>;
  readonly baseline: (path: string, content: FileContent) => FileReading<Baseline>;
}

export function fleetReaders(): FleetReaders {
  return { site: cachedReader(SiteFile), baseline: cachedReader(Baseline) };
}

/** The ids of all site files of a tree, sorted. */
export function siteIdsOf(tree: Tree): SiteId[] {
  const ids: SiteId[] = [];
  for (const path of tree.keys()) {
    const role = path.startsWith("sites/") ? roleOfPath(path) : null;
    if (role?.kind === "site") ids.push(role.site);
  }
  return ids.sort(compareText);
}

/** The reading of a site's file; `undefined` where the tree has none. */
export function readSite(
  tree: Tree,
  site: SiteId,
  readers: FleetReaders,
): FileReading<SiteFile> | undefined {
  const path = pathOfSite(site);
  const content = tree.get(path);
  return content === undefined ? undefined : readers.site(path, content);
}

export interface BaselineReadings {
  readonly baselines: readonly LoadedBaseline[];
  readonly findings: readonly Finding[];
}

/** All baselines of a tree by path, without the ones that cannot be read. */
export function readBaselines(tree: Tree, readers: FleetReaders): BaselineReadings {
  const baselines: LoadedBaseline[] = [];
  const findings: Finding[] = [];
  const files = [...tree].filter(([path]) => roleOfPath(path).kind === "baseline");
  for (const [path, content] of files.sort(([a], [b]) => compareText(a, b))) {
    const reading = readers.baseline(path, content);
    if (reading.kind === "invalid") findings.push(...reading.findings);
    else {
      const baseline = reading.value;
      const entries = entriesOf(baseline.desired, path);
      baselines.push({ path, baseline, entries, document: reading.document });
    }
  }
  return { baselines, findings };
}

/** An effective state with the key that equal ones share. */
export interface KeyedState extends EffectiveState {
  readonly key: string;
}

/** The state of a site that desired state does not know. */
export const NOTHING_DESIRED: KeyedState = { key: "", entries: new Map(), conflicts: [] };

/** Puts sites and baselines together; equal inputs are computed once. */
export function stateComposer() {
  const own = new Map<string, { id: number; entries: readonly DesiredEntry[] }>();
  const ids = new Map<object, number>();
  const states = new Map<string, KeyedState>();

  const ownEntries = (file: SiteFile) => {
    const key = JSON.stringify(file.desired);
    const known = own.get(key) ?? { id: own.size, entries: entriesOf(file.desired, null) };
    own.set(key, known);
    return known;
  };
  const idOf = (value: object): number => {
    const id = ids.get(value) ?? ids.size;
    ids.set(value, id);
    return id;
  };

  return (site: SiteId, file: SiteFile, baselines: readonly LoadedBaseline[]): KeyedState => {
    const { tier, labels } = file;
    const matching = baselines.filter(({ baseline }) =>
      selectsSite(baseline.when, { site, tier, labels }),
    );
    const { id, entries } = ownEntries(file);
    const key = [id, ...matching.map(({ baseline }) => idOf(baseline))].join(" ");
    const layers = matching.map((one) => one.entries);
    const state = states.get(key) ?? { key, ...effectiveState(entries, layers) };
    states.set(key, state);
    return state;
  };
}
