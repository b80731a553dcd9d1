/** The control changes that belong to no site: policy, baselines, package locks; and stray files. */
import type { FileReading } from "../contract/control-file.ts";
import { errorAt, type Finding, type Place } from "../contract/finding.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { Baseline } from "../contract/baseline.ts";
import type { PackageLock } from "../contract/package-lock.ts";
import type { ControlDraft, PlannedChange } from "../contract/planned-change.ts";
import type { FileContent, YamlDocument } from "../contract/yaml-document.ts";
import { fleetControlChange, packageControlChange } from "./change-facts.ts";
import { tiersNamedIn, unknownTiers } from "./config-side.ts";
import { bytesContent, samePlain, valueContent } from "./control-changes.ts";
import type { FleetReaders } from "./fleet-side.ts";
import { packageChange } from "./package-changes.ts";
import type { ChangedFile } from "./tree-difference.ts";

export interface FleetControls {
  readonly control: readonly ControlDraft[];
  readonly changes: readonly PlannedChange[];
  readonly findings: readonly Finding[];
}

interface Context {
  readonly config: FleetConfig | null;
  readonly readers: FleetReaders;
}

const START: Place = { line: 1, column: 1 };
const NOTHING: FleetControls = { control: [], changes: [], findings: [] };

/** The control changes of a changed file that is no site's. */
export function fleetControls(file: ChangedFile, context: Context): FleetControls {
  switch (file.role.kind) {
    case "policy":
      return policyControl(file);
    case "baseline":
      return baselineControl(file, context);
    case "package":
      return packageControl(file, context);
    case "misplaced":
      return misplaced(file, file.role.allowed);
    default:
      return NOTHING;
  }
}

function policyControl({ path, before, after }: ChangedFile): FleetControls {
  const [from, to] = [bytesContent(before), bytesContent(after)];
  return one({ kind: "policy.change", path, site: null, from, to });
}

function one(draft: ControlDraft, findings: readonly Finding[] = []): FleetControls {
  const change = fleetControlChange(draft, { file: draft.path, place: START });
  return { control: [draft], changes: [change], findings };
}

function baselineControl(file: ChangedFile, { config, readers }: Context): FleetControls {
  const { path } = file;
  const read = (content: FileContent | undefined): FileReading<Baseline> | undefined =>
    content === undefined ? undefined : readers.baseline(path, content);
  const [old, now] = [read(file.before), read(file.after)];
  if (now?.kind === "invalid") return { ...NOTHING, findings: now.findings };
  const [before, after] = [valueOf(old), now?.value ?? null];
  const findings = [
    ...(old?.kind === "invalid" ? [unreadableBefore(path)] : []),
    ...(now === undefined ? [] : unknownTiers(config, now.document, tiersNamedIn(now.value.when))),
  ];
  if (old?.kind !== "invalid" && samePlain(before, after)) return { ...NOTHING, findings };
  const unread = old?.kind === "invalid" ? bytesContent(file.before) : null;
  const [from, to] = [unread ?? valueContent(before), valueContent(after)];
  return one({ kind: "baseline.change", path, site: null, from, to }, findings);
}

function valueOf<T>(reading: FileReading<T> | undefined): T | null {
  return reading?.kind === "valid" ? reading.value : null;
}

function unreadableBefore(file: string): Finding {
  const message = "the file could not be read before: what it managed counts as unmanaged";
  return { ...errorAt({ rule: "schema", file, place: START }, message), severity: "warning" };
}

function packageControl(file: ChangedFile, { config }: Context): FleetControls {
  const { control, document, findings } = packageChange(file);
  if (control === null) return { ...NOTHING, findings };
  const where = { file: file.path, place: START };
  const { kind, path, site, from, to, after } = control;
  const unknown = document === null || after === null ? [] : unknownSource(after, document, config);
  return {
    control: [{ kind, path, site, from, to }],
    changes: [packageControlChange(control, where)],
    findings: [...findings, ...unknown],
  };
}

function unknownSource(
  lock: PackageLock,
  document: YamlDocument,
  config: FleetConfig | null,
): Finding[] {
  const known = config?.sources.map(({ name }) => name);
  if (known === undefined || known.includes(lock.source)) return [];
  const place = document.placeOf(["source"]);
  const message = "no source of countersign.yml has this name";
  return [errorAt({ rule: "reference", file: document.file, place }, message, known.join(", "))];
}

/** Removing a misplaced file is fine; adding or editing one is an error. */
function misplaced({ path, after }: ChangedFile, allowed: string): FleetControls {
  if (after === undefined) return NOTHING;
  const where = { rule: "path" as const, file: path, place: START };
  return { ...NOTHING, findings: [errorAt(where, "a file where none may be", allowed)] };
}
