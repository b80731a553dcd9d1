/** Merging three trees as git does: path by path, and by lines where both sides changed a file. */
import { merge } from "node-diff3";
import { blobBytes, findBlob, type FlatTree, flatTree, storeBlob, storeTree } from "./objects.ts";
import type { RepoRow, TreeEntry } from "./rows.ts";
import type { World } from "./world.ts";

export interface ThreeTrees {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** The merged tree's SHA, or `undefined` for a conflict. */
export function mergeTrees(world: World, repo: RepoRow, trees: ThreeTrees): string | undefined {
  const base = flatTree(world, repo, trees.base);
  const ours = flatTree(world, repo, trees.ours);
  const theirs = flatTree(world, repo, trees.theirs);
  const merged = new Map<string, TreeEntry>();
  for (const path of new Set([...ours.keys(), ...theirs.keys()])) {
    const sides = { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) };
    const entry = mergeEntry(world, repo, sides);
    if (entry === "conflict") return undefined;
    if (entry !== undefined) merged.set(path, entry);
  }
  return hasFileAsFolder(merged) ? undefined : storeTree(world, repo, merged);
}

interface Sides {
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

function mergeEntry(world: World, repo: RepoRow, sides: Sides): TreeEntry | undefined | "conflict" {
  const { base, ours, theirs } = sides;
  if (same(ours, theirs) || same(base, theirs)) return ours;
  if (same(base, ours)) return theirs;
  if (base === undefined || ours === undefined || theirs === undefined) return "conflict";
  const texts = [base, ours, theirs].map(({ sha }) => textOf(world, repo, sha));
  const [o, a, b] = texts;
  if (o === undefined || a === undefined || b === undefined) return "conflict";
  const lines = merge(a.split("\n"), o.split("\n"), b.split("\n"), { excludeFalseConflicts: true });
  if (lines.conflict || ours.mode !== theirs.mode) return "conflict";
  const blob = storeBlob(world, repo, Buffer.from(lines.result.join("\n")));
  return { ...ours, sha: blob.sha, size: blob.size };
}

const same = (a: TreeEntry | undefined, b: TreeEntry | undefined) =>
  a?.sha === b?.sha && a?.mode === b?.mode;

function textOf(world: World, repo: RepoRow, sha: string): string | undefined {
  const blob = findBlob(world, repo, sha);
  return blob === undefined || blob.encoding === "base64" ? undefined : blobBytes(blob).toString();
}

function hasFileAsFolder(files: FlatTree): boolean {
  return [...files.keys()].some((path) => {
    const parts = path.split("/");
    return parts.some((_, depth) => depth > 0 && files.has(parts.slice(0, depth).join("/")));
  });
}
