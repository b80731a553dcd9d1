/**
 * Does a lock say what its source says? Every field is compared, and each difference is an error
 * at the field's own line. A lock is a claim until this finds nothing.
 */
import type { PackageId } from "../contract/control-repository.ts";
import { errorAt, type Finding, quote } from "../contract/finding.ts";
import type { PackageLock } from "../contract/package-lock.ts";
import type { FoundPackage, PackageReading } from "../contract/package-reading.ts";
import type { YamlDocument } from "../contract/yaml-document.ts";
import { pinName } from "./package-index.ts";

export interface ClaimedLock {
  readonly id: PackageId;
  readonly lock: PackageLock;
  readonly document: YamlDocument;
}

/** `source` is what was asked, so the source cannot differ from it. */
const FIELDS = [
  "url",
  "sha256",
  "bytes",
  "releasedAt",
  "requires",
  "requiresPhp",
  "requiresPlugins",
  "template",
  "file",
  "dbVersion",
] as const satisfies readonly (keyof PackageLock)[];
type Field = (typeof FIELDS)[number];

/** The findings of one lock; none where the source confirms all of it. */
export function compareLock(claimed: ClaimedLock, reading: PackageReading): Finding[] {
  if (reading.kind === "found") return differences(claimed, reading.found);
  const { id, document } = claimed;
  const where = {
    rule: `package.${reading.kind}` as const,
    file: document.file,
    place: document.placeOf(["url"]),
  };
  const finding = errorAt(where, `${pinName(id)}: ${reading.why}`);
  return [reading.kind === "unreachable" ? { ...finding, severity: "warning" } : finding];
}

function differences(
  { id, lock, document }: ClaimedLock,
  { lock: said, headerVersion }: FoundPackage,
) {
  const command = `countersign pin --repin ${pinName(id)}`;
  const differs = (path: readonly string[], message: string, allowed: string): Finding => {
    const where = {
      rule: "package.differs" as const,
      file: document.file,
      place: document.placeOf(path),
    };
    return { ...errorAt(where, message, allowed), command };
  };
  const findings = FIELDS.flatMap((field) => {
    const [ours, theirs] = [valueOf(lock, field, id), valueOf(said, field, id)];
    if (ours === theirs) return [];
    return [differs([field], `${field} is ${ours}, and the source has ${theirs}`, theirs)];
  });
  const wrong = versionProblem(id, headerVersion);
  return wrong === null
    ? findings
    : [...findings, { ...differs([], wrong, id.version), command: null }];
}

/** A package that calls itself another version than the one it was asked for. */
export function versionProblem(id: PackageId, headerVersion: string): string | null {
  if (headerVersion === id.version) return null;
  return `the package's own header says version ${quote(headerVersion)}, not ${id.version}`;
}

/** As it is compared and shown. A plugin without `file` has the usual one; plugins have no order. */
function valueOf(lock: PackageLock, field: Field, { type, slug }: PackageId): string {
  if (field === "requiresPlugins")
    return [...new Set(lock[field])].toSorted().join(", ") || NOTHING;
  if (field === "file" && type === "plugins") return lock.file ?? usualFile(slug);
  return String(lock[field] ?? NOTHING);
}
const NOTHING = "not there";

/** Where WordPress looks for a plugin's header first. */
export const usualFile = (slug: string): string => `${slug}.php`;
