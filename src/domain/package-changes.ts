/** What the changed lock files mean: new bytes are known by their digest, once and for all. */
import { type FileReading, readControlFile } from "../contract/control-file.ts";
import type { Finding } from "../contract/finding.ts";
import { PackageLock } from "../contract/package-lock.ts";
import type { ControlDraft } from "../contract/planned-change.ts";
import type { FileContent, YamlDocument } from "../contract/yaml-document.ts";
import { bytesContent, samePlain, valueContent } from "./control-changes.ts";
import type { ChangedFile } from "./tree-difference.ts";

export interface PackageControl extends ControlDraft {
  readonly kind: "package.lock" | "package.repin";
  readonly before: PackageLock | null;
  readonly after: PackageLock | null;
}

export interface PackageChange {
  readonly control: PackageControl | null;
  /** The file after, where it can be read. */
  readonly document: YamlDocument | null;
  readonly findings: readonly Finding[];
}

/**
 * A lock that appears, goes or is edited is `package.lock`; other bytes for a known version are
 * `package.repin`. A lock that could not be read before is taken as a known version.
 */
export function packageChange({ path, before, after }: ChangedFile): PackageChange {
  const [old, now] = [read(path, before), read(path, after)];
  if (now?.kind === "invalid") return { control: null, document: null, findings: now.findings };
  const document = now?.document ?? null;
  const [left, right] = [valueOf(old), valueOf(now)];
  if (old?.kind !== "invalid" && samePlain(left, right)) {
    return { control: null, document, findings: [] };
  }
  const known = old !== undefined && now !== undefined;
  const otherBytes = known && left?.sha256 !== right?.sha256;
  const control: PackageControl = {
    kind: otherBytes ? "package.repin" : "package.lock",
    path,
    site: null,
    from: old?.kind === "invalid" ? bytesContent(before) : valueContent(left),
    to: valueContent(right),
    before: left,
    after: right,
  };
  return { control, document, findings: [] };
}

type Reading = FileReading<PackageLock> | undefined;

function read(path: string, content: FileContent | undefined): Reading {
  return content === undefined ? undefined : readControlFile({ path, content }, PackageLock);
}

function valueOf(reading: Reading): PackageLock | null {
  return reading?.kind === "valid" ? reading.value : null;
}
