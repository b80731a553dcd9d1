/**
 * Git objects in the emulator's store: reading trees and history, writing objects under the same
 * SHA-1 names that git gives them.
 */
import { createHash } from "node:crypto";
import { HttpError } from "./router.ts";
import type { BlobRow, CommitRow, RepoRow, Row, TreeEntry, TreeRow } from "./rows.ts";
import type { World } from "./world.ts";

export type ObjectType = "blob" | "tree" | "commit";
export type FlatTree = ReadonlyMap<string, TreeEntry>;
export type NewCommit = Omit<CommitRow, keyof Row | "repo_id" | "sha" | "node_id">;

export function objectSha(type: ObjectType, bytes: Buffer): string {
  return createHash("sha1").update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");
}

export const blobBytes = (blob: Pick<BlobRow, "content" | "encoding">) =>
  Buffer.from(blob.content, blob.encoding === "base64" ? "base64" : "utf8");

export function treeBytes(entries: readonly TreeEntry[]): Buffer {
  const sortKey = ({ path, type }: TreeEntry) => Buffer.from(type === "tree" ? `${path}/` : path);
  const ordered = entries.toSorted((a, b) => Buffer.compare(sortKey(a), sortKey(b)));
  return Buffer.concat(
    ordered.flatMap(({ mode, path, sha }) => [
      Buffer.from(`${mode.replace(/^0+/, "")} ${path}\0`),
      Buffer.from(sha, "hex"),
    ]),
  );
}

export function commitBytes(commit: NewCommit): Buffer {
  const { author_name, author_email, committer_name, committer_email } = commit;
  const lines = [
    `tree ${commit.tree_sha}`,
    ...commit.parent_shas.map((sha) => `parent ${sha}`),
    `author ${author_name} <${author_email}> ${gitDate(commit.author_date)}`,
    `committer ${committer_name} <${committer_email}> ${gitDate(commit.committer_date)}`,
  ];
  const message = commit.message.endsWith("\n") ? commit.message : `${commit.message}\n`;
  return Buffer.from(`${lines.join("\n")}\n\n${message}`);
}

function gitDate(iso: string): string {
  const zone = /([+-])(\d{2}):?(\d{2})$/.exec(iso);
  const offset = zone === null ? "+0000" : `${zone[1]}${zone[2]}${zone[3]}`;
  return `${Math.floor(Date.parse(iso) / 1000)} ${offset}`;
}

const rowOf = <T extends { repo_id: number }>(repo: RepoRow, rows: readonly T[]) =>
  rows.find((row) => row.repo_id === repo.id);

export const findCommit = (world: World, repo: RepoRow, sha: string) =>
  rowOf(repo, world.gh.commits.findBy("sha", sha));
export const findTree = (world: World, repo: RepoRow, sha: string) =>
  rowOf(repo, world.gh.trees.findBy("sha", sha));
export const findBlob = (world: World, repo: RepoRow, sha: string) =>
  rowOf(repo, world.gh.blobs.findBy("sha", sha));

export function commitOf(world: World, repo: RepoRow, sha: string): CommitRow {
  const commit = findCommit(world, repo, sha);
  if (commit === undefined) throw new HttpError(422, `No commit found for SHA: ${sha}`);
  return commit;
}

export function storeBlob(world: World, repo: RepoRow, bytes: Buffer): BlobRow {
  const sha = objectSha("blob", bytes);
  const known = findBlob(world, repo, sha);
  if (known !== undefined) return known;
  const text = bytes.toString("utf8");
  const isText = !text.includes("\0") && Buffer.from(text).equals(bytes);
  return world.gh.blobs.insert({
    repo_id: repo.id,
    sha,
    node_id: `B_${sha}`,
    content: isText ? text : bytes.toString("base64"),
    encoding: isText ? "utf-8" : "base64",
    size: bytes.length,
  });
}

/** Stores one tree object of direct entries. */
export function storeTreeObject(
  world: World,
  repo: RepoRow,
  entries: readonly TreeEntry[],
): TreeRow {
  const sha = objectSha("tree", treeBytes(entries));
  const known = findTree(world, repo, sha);
  if (known !== undefined) return known;
  const tree = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return world.gh.trees.insert({
    repo_id: repo.id,
    sha,
    node_id: `T_${sha}`,
    tree,
    truncated: false,
  });
}

/** Stores the nested trees of a flat list of paths and returns the root's SHA. */
export function storeTree(world: World, repo: RepoRow, files: FlatTree): string {
  const direct: TreeEntry[] = [];
  const folders = new Map<string, Map<string, TreeEntry>>();
  for (const [path, entry] of files) {
    const slash = path.indexOf("/");
    if (slash === -1) {
      direct.push({ ...entry, path });
      continue;
    }
    const folder = path.slice(0, slash);
    const inside = folders.get(folder) ?? new Map<string, TreeEntry>();
    folders.set(folder, inside.set(path.slice(slash + 1), entry));
  }
  for (const [path, inside] of folders) {
    direct.push({ path, mode: "040000", type: "tree", sha: storeTree(world, repo, inside) });
  }
  return storeTreeObject(world, repo, direct).sha;
}

export function storeCommit(world: World, repo: RepoRow, commit: NewCommit): CommitRow {
  return storeCommitAs(world, repo, objectSha("commit", commitBytes(commit)), commit);
}

/** For a commit made elsewhere, whose object holds more than the store keeps (a signature). */
export function storeCommitAs(
  world: World,
  repo: RepoRow,
  sha: string,
  commit: NewCommit,
): CommitRow {
  const known = findCommit(world, repo, sha);
  return (
    known ?? world.gh.commits.insert({ repo_id: repo.id, sha, node_id: `C_${sha}`, ...commit })
  );
}

/** Every file below a tree, by its full path. */
export function flatTree(world: World, repo: RepoRow, treeSha: string): FlatTree {
  const files = new Map<string, TreeEntry>();
  const walk = (sha: string, prefix: string) => {
    for (const entry of findTree(world, repo, sha)?.tree ?? []) {
      if (entry.type === "tree") walk(entry.sha, `${prefix}${entry.path}/`);
      else files.set(prefix + entry.path, entry);
    }
  };
  walk(treeSha, "");
  return files;
}

export interface PathChange {
  readonly path: string;
  readonly status: "added" | "modified" | "removed";
  readonly before?: TreeEntry;
  readonly after?: TreeEntry;
}

/** The paths in which two flat trees differ, sorted. */
export function changedPaths(before: FlatTree, after: FlatTree): PathChange[] {
  const changes: PathChange[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].toSorted()) {
    const [was, is] = [before.get(path), after.get(path)];
    if (was !== undefined && is !== undefined) {
      if (was.sha !== is.sha || was.mode !== is.mode)
        changes.push({ path, status: "modified", before: was, after: is });
    } else if (is !== undefined) changes.push({ path, status: "added", after: is });
    else if (was !== undefined) changes.push({ path, status: "removed", before: was });
  }
  return changes;
}

/** The commit itself and everything reachable from it, parents after children. */
export function ancestry(world: World, repo: RepoRow, sha: string): Set<string> {
  const seen = new Set<string>();
  const queue = [sha];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (seen.has(next)) continue;
    const commit = findCommit(world, repo, next);
    if (commit === undefined) continue;
    seen.add(next);
    queue.push(...commit.parent_shas);
  }
  return seen;
}

/** Stops where it finds it: a fast-forward costs the commits it brings, not the whole history. */
export function isAncestor(
  world: World,
  repo: RepoRow,
  ancestor: string,
  descendant: string,
): boolean {
  const seen = new Set<string>();
  const queue = [descendant];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (next === ancestor) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(findCommit(world, repo, next)?.parent_shas ?? []));
  }
  return false;
}

/** The commits that `head` has and `base` has not, parents before children. */
export function commitsBetween(
  world: World,
  repo: RepoRow,
  base: string,
  head: string,
): CommitRow[] {
  const known = ancestry(world, repo, base);
  const ordered: CommitRow[] = [];
  const visit = (sha: string) => {
    if (known.has(sha)) return;
    known.add(sha);
    const commit = findCommit(world, repo, sha);
    if (commit === undefined) return;
    commit.parent_shas.forEach(visit);
    ordered.push(commit);
  };
  visit(head);
  return ordered;
}

/** A best common ancestor; the first found where there are several. */
export function mergeBase(world: World, repo: RepoRow, a: string, b: string): string | undefined {
  const ofB = ancestry(world, repo, b);
  let open = [...ancestry(world, repo, a)].filter((sha) => ofB.has(sha));
  let best: string[] = [];
  for (let next = open[0]; next !== undefined; next = open[0]) {
    const below = ancestry(world, repo, next);
    best = [...best.filter((sha) => !below.has(sha)), next];
    open = open.filter((sha) => !below.has(sha));
  }
  return best[0];
}
