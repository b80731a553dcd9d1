/** Plans every site that a proposal may touch, and checks what concerns several sites at once. */
import type { Baseline } from "../contract/baseline.ts";
import { pathOfSite, type Tree } from "../contract/control-repository.ts";
import type { FileReading } from "../contract/control-file.ts";
import { errorAt, type Finding, type Place } from "../contract/finding.ts";
import type { SiteId } from "../contract/ids.ts";
import type { SiteFile } from "../contract/site-file.ts";
import type { YamlDocument } from "../contract/yaml-document.ts";
import { candidateSites } from "./candidate-sites.ts";
import { type ConfigSide, tiersNamedIn, unknownTiers } from "./config-side.ts";
import {
  type BaselineReadings,
  type FleetReaders,
  type LoadedBaseline,
  readBaselines,
  readSite,
  siteIdsOf,
  stateComposer,
} from "./fleet-side.ts";
import { type AddedOperation, operationChanges } from "./operations.ts";
import { lockLookup } from "./package-index.ts";
import { type SharedInputs, type SiteOutcome, sitePlanner } from "./site-changes.ts";
import { selectsSite } from "./site-selection.ts";
import type { DueOperation } from "./site-steps.ts";
import type { ChangedFile } from "./tree-difference.ts";

export interface SitesInput {
  readonly before: Tree;
  readonly after: Tree;
  readonly changed: readonly ChangedFile[];
  readonly config: ConfigSide;
  readonly readers: FleetReaders;
}

export interface PlannedSites {
  readonly outcomes: readonly (SiteOutcome & { readonly site: SiteId })[];
  readonly findings: readonly Finding[];
}

const NO_BASELINES: BaselineReadings = { baselines: [], findings: [] };
const START: Place = { line: 1, column: 1 };

/** The outcomes of all touched sites, sorted by site. */
export function planSites(input: SitesInput): PlannedSites {
  const { before, after, changed, readers, config } = input;
  const ids = siteIdsOf(after);
  const operations = operationChanges(changed);
  const baselines = changedBaselines(changed, readers);
  const selectors = [
    ...baselines.map(({ when }) => when),
    ...operations.added.map(({ operation }) => operation.when),
    ...(config.losesTier ? [{}] : []),
  ];
  const candidates = candidateSites({ changed, selectors, sites: ids });
  const needed = candidates.length > 0;
  const old = needed ? readBaselines(before, readers) : NO_BASELINES;
  const now = needed ? readBaselines(after, readers) : NO_BASELINES;
  const plan = sitePlanner({
    compose: stateComposer(),
    before: old.baselines,
    after: now.baselines,
    lookup: lockLookup([after, before]),
    placeOf: placeFinder(now.baselines, operations.added),
  });
  const readings = candidates.map((site) => ({
    site,
    before: readSite(before, site, readers),
    after: readSite(after, site, readers),
  }));
  const outcomes = readings.map((reading) => ({
    site: reading.site,
    ...plan({ ...reading, operations: dueOn(reading, operations.added) }),
  }));
  const findings = [
    ...operations.findings,
    ...now.findings,
    ...operations.added.flatMap((one) => operationFindings(one, readings, config)),
    ...readings.flatMap((reading) => tierFindings(reading.after, config)),
    ...renames(readings),
  ];
  return { outcomes, findings };
}

interface SiteReadings {
  readonly site: SiteId;
  readonly before: FileReading<SiteFile> | undefined;
  readonly after: FileReading<SiteFile> | undefined;
}

/** What changed baselines say on both sides, where it can be read. */
function changedBaselines(changed: readonly ChangedFile[], readers: FleetReaders): Baseline[] {
  return changed
    .filter(({ role }) => role.kind === "baseline")
    .flatMap(({ path, before, after }) => [before, after].map((content) => ({ path, content })))
    .flatMap(({ path, content }) => {
      if (content === undefined) return [];
      const reading = readers.baseline(path, content);
      return reading.kind === "valid" ? [reading.value] : [];
    });
}

/** Finds places in the tree after; a file that is gone has only its start. */
function placeFinder(
  baselines: readonly LoadedBaseline[],
  operations: readonly AddedOperation[],
): SharedInputs["placeOf"] {
  const documents = new Map<string, YamlDocument>();
  for (const { path, document } of baselines) documents.set(path, document);
  for (const { file, document } of operations) documents.set(file, document);
  return (file, path) => ({ file, place: documents.get(file)?.placeOfKey(path) ?? START });
}

function dueOn({ site, after }: SiteReadings, added: readonly AddedOperation[]): DueOperation[] {
  if (after?.kind !== "valid") return [];
  const { tier, labels } = after.value;
  return added
    .filter(({ operation }) => selectsSite(operation.when, { site, tier, labels }))
    .map(({ file, operation }) => ({ file, run: operation.run }));
}

function operationFindings(
  added: AddedOperation,
  readings: readonly SiteReadings[],
  { config }: ConfigSide,
): Finding[] {
  const { file, operation, document } = added;
  const tiers = unknownTiers(config, document, tiersNamedIn(operation.when));
  if (readings.some((reading) => dueOn(reading, [added]).length > 0)) return tiers;
  const where = { rule: "reference" as const, file, place: document.placeOfKey(["when"]) };
  return [
    ...tiers,
    { ...errorAt(where, "no site matches: nothing will run"), severity: "warning" },
  ];
}

function tierFindings(
  reading: FileReading<SiteFile> | undefined,
  { config }: ConfigSide,
): Finding[] {
  if (reading?.kind !== "valid") return [];
  const { tier } = reading.value;
  return unknownTiers(config, reading.document, [{ tier, path: ["tier"] }]);
}

/** A site's id is its identity: under a new name it is a new site, which has to be paired. */
function renames(readings: readonly SiteReadings[]): Finding[] {
  const removed = new Map<string, SiteId>();
  for (const { site, before, after } of readings) {
    const key = keyOf(before);
    if (after === undefined && key !== undefined) removed.set(key, site);
  }
  return readings.flatMap(({ site, before, after }) => {
    const old = removed.get(keyOf(after) ?? "");
    if (before !== undefined || old === undefined || after?.kind !== "valid") return [];
    const place = after.document.placeOfKey(["connector"]);
    const message = `this is the key of ${old}: a site's id cannot change`;
    const where = { rule: "reference" as const, file: pathOfSite(site), place };
    return [errorAt(where, message, "no connector until the new site is paired")];
  });
}

function keyOf(reading: FileReading<SiteFile> | undefined): string | undefined {
  return reading?.kind === "valid" ? reading.value.connector?.key.x : undefined;
}
