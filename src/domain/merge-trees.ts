/**
 * The merge that a plan compares against: three trees in, one tree out, the same on any machine.
 *
 * Path by path the side that changed wins. Where both changed, text is merged by lines; what does
 * not merge is a conflict, and the branch has to be updated. GitHub's own test merge may be hours
 * old, so it is never read. Source: docs/protocol.md, "What a plan compares".
 */
import { diff3Merge } from "node-diff3";
import type { Tree } from "../contract/control-repository.ts";
import { compareText } from "../contract/finding.ts";
import type { FileContent } from "../contract/yaml-document.ts";

export type MergeResult =
  | { readonly kind: "merged"; readonly tree: Tree }
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

export interface MergeSides {
  /** The merge base of the two. */
  readonly base: Tree;
  /** The tip of the default branch. */
  readonly tip: Tree;
  /** The proposal's head. */
  readonly head: Tree;
}

/** Merges `head` into `tip`. Conflicting paths come back sorted. */
export function mergeTrees(sides: MergeSides): MergeResult {
  const merged = new Map<string, FileContent>();
  const paths: string[] = [];
  const all = new Set([...sides.base.keys(), ...sides.tip.keys(), ...sides.head.keys()]);
  for (const path of [...all].sort(compareText)) {
    const file = mergeFile(sides.base.get(path), sides.tip.get(path), sides.head.get(path));
    if (file === "conflict") paths.push(path);
    else if (file !== null) merged.set(path, file.content);
  }
  if (paths.length > 0) return { kind: "conflict", paths };
  return folderConflicts(merged);
}

type File = FileContent | undefined;
type MergedFile = { readonly content: FileContent } | "conflict" | null;

function mergeFile(base: File, tip: File, head: File): MergedFile {
  if (sameContent(base, head) || sameContent(tip, head)) return present(tip);
  if (sameContent(base, tip)) return present(head);
  if (typeof base !== "string" || typeof tip !== "string" || typeof head !== "string") {
    return "conflict";
  }
  return mergeLines(base, tip, head);
}

function present(content: File): MergedFile {
  return content === undefined ? null : { content };
}

function mergeLines(base: string, tip: string, head: string): MergedFile {
  const regions = diff3Merge(linesOf(tip), linesOf(base), linesOf(head), {
    excludeFalseConflicts: true,
  });
  const lines: string[] = [];
  for (const { ok } of regions as readonly { readonly ok?: readonly string[] }[]) {
    if (ok === undefined) return "conflict";
    lines.push(...ok);
  }
  return { content: lines.join("") };
}

/** Lines with their ends, so that joining them gives the text back byte for byte. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
}

/** Whether two versions of a file have the same bytes. */
export function sameContent(a: File, b: File): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string") return false;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((byte, index) => byte === b[index]);
}

/** One side made a file where the other made a folder: git could not hold both. */
function folderConflicts(tree: Tree): MergeResult {
  const paths = [...tree.keys()].filter((path) => parentsOf(path).some((one) => tree.has(one)));
  return paths.length > 0 ? { kind: "conflict", paths } : { kind: "merged", tree };
}

function parentsOf(path: string): string[] {
  const segments = path.split("/");
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join("/"));
}
