/** Sets versions in a site file, and leaves everything else of its text alone. */
import type { PackageId } from "../contract/control-repository.ts";
import { CONNECTOR_SLUG } from "../contract/desired-state.ts";
import { errorAt, type Finding } from "../contract/finding.ts";
import type { Version } from "../contract/ids.ts";
import { readControlFile } from "../contract/control-file.ts";
import { replaceScalars } from "../contract/site-file-edit.ts";
import { SiteFile } from "../contract/site-file.ts";
import type { FileContent } from "../contract/yaml-document.ts";

interface File {
  readonly file: string;
  readonly content: FileContent | undefined;
}

export type VersionEdit =
  | { readonly kind: "edited"; readonly text: string }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };

/** Only what the file names with a version already: its state is a person's decision. */
export function editVersions({ file, content }: File, ids: readonly PackageId[]): VersionEdit {
  if (content === undefined) return refused(file, "there is no such site file");
  const reading = readControlFile({ path: file, content }, SiteFile);
  if (reading.kind === "invalid") return { kind: "refused", findings: reading.findings };
  const edits: { path: string[]; value: Version }[] = [];
  for (const id of ids) {
    const path = pathOf(id);
    if (!isThere(reading.document.value, path)) {
      return refused(file, `${path.slice(0, -1).join(".")} has no version here that could be set`);
    }
    edits.push({ path, value: id.version });
  }
  const text = replaceScalars(String(content), edits);
  if (text === null) return refused(file, "it cannot be edited without changing more of it");
  return { kind: "edited", text };
}

function pathOf({ type, slug }: PackageId): string[] {
  if (type === "core") return ["desired", "core", "version"];
  if (type === "plugins" && slug === CONNECTOR_SLUG) return ["desired", "connector", "version"];
  return ["desired", type, slug, "version"];
}

function isThere(value: unknown, path: readonly string[]): boolean {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return false;
    found = Reflect.get(found, step);
  }
  return true;
}

function refused(file: string, message: string): VersionEdit {
  const place = { line: 1, column: 1 };
  return { kind: "refused", findings: [errorAt({ rule: "reference", file, place }, message)] };
}
