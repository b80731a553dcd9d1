/** Which files differ between two trees, and what each is for. */
import { type FileRole, roleOfPath, type Tree } from "../contract/control-repository.ts";
import { compareText } from "../contract/finding.ts";
import type { FileContent } from "../contract/yaml-document.ts";
import { sameContent } from "./merge-trees.ts";

export interface ChangedFile {
  readonly path: string;
  readonly role: FileRole;
  readonly before: FileContent | undefined;
  readonly after: FileContent | undefined;
}

/** The files whose bytes differ, sorted by path. */
export function changedFiles(before: Tree, after: Tree): ChangedFile[] {
  const changed: ChangedFile[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(path), after.get(path)];
    if (!sameContent(old, now)) {
      changed.push({ path, role: roleOfPath(path), before: old, after: now });
    }
  }
  return changed.sort((a, b) => compareText(a.path, b.path));
}
