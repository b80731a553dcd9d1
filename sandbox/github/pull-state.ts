/** What a pull request's record says about its commits, and how it ends. */
import { emitPull } from "./emit.ts";
import { changedPaths, commitOf, commitsBetween, flatTree, mergeBase } from "./objects.ts";
import type { PathChange } from "./objects.ts";
import { addTimeline } from "./timeline.ts";
import type { CommitRow, PullRow, RepoRow, UserRow } from "./rows.ts";
import { branchTip, type World } from "./world.ts";

/** The commit that the pull request is compared with: its base now, or when it ended. */
export const baseOf = (world: World, repo: RepoRow, pull: PullRow) =>
  pull.state === "open" ? (branchTip(world, repo, pull.base_ref) ?? pull.base_sha) : pull.base_sha;

export const pullCommits = (world: World, repo: RepoRow, pull: PullRow): CommitRow[] =>
  commitsBetween(world, repo, baseOf(world, repo, pull), pull.head_sha);

/** From the merge base to the head, as GitHub's three-dot comparison. */
export function pullChanges(world: World, repo: RepoRow, pull: PullRow): PathChange[] {
  const base = mergeBase(world, repo, baseOf(world, repo, pull), pull.head_sha);
  const before =
    base === undefined ? new Map() : flatTree(world, repo, commitOf(world, repo, base).tree_sha);
  return changedPaths(before, flatTree(world, repo, commitOf(world, repo, pull.head_sha).tree_sha));
}

/** Brings the counts of the record up to its head. */
export function refreshPull(world: World, repo: RepoRow, id: number): void {
  const pull = world.gh.pullRequests.get(id);
  if (pull === undefined) return;
  world.gh.pullRequests.update(id, {
    commits: pullCommits(world, repo, pull).length,
    changed_files: pullChanges(world, repo, pull).length,
  });
}

export interface Merged {
  readonly mergeCommit: string;
  /** The base branch's tip before the merge. */
  readonly base: string;
}

/** Closes the pull request and its issue record; with `merged`, as merged by `by`. */
export function closePull(
  world: World,
  repo: RepoRow,
  pull: PullRow,
  by: UserRow,
  merged?: Merged,
): void {
  const closed_at = new Date().toISOString();
  const base_sha = merged?.base ?? baseOf(world, repo, pull);
  const ended = { state: "closed", closed_at, base_sha } as const;
  world.gh.pullRequests.update(
    pull.id,
    merged === undefined ? ended : { ...ended, ...mergedBy(by, merged.mergeCommit, closed_at) },
  );
  setIssue(world, repo, pull, { state: "closed", closed_at, closed_by_id: by.id });
  if (merged !== undefined) {
    addTimeline(world, repo, pull.number, {
      event: "merged",
      actor: by,
      commit_id: merged.mergeCommit,
    });
  }
  addTimeline(world, repo, pull.number, { event: "closed", actor: by });
  emitPull(world, repo, { action: "closed", number: pull.number, sender: by });
}

const mergedBy = (by: UserRow, merge_commit_sha: string, merged_at: string) => ({
  merged: true,
  merged_at,
  merged_by_id: by.id,
  merge_commit_sha,
  mergeable: null,
  mergeable_state: "unknown",
});

/** A pull request is an issue too: the emulator keeps a second record for it. */
export function setIssue(
  world: World,
  repo: RepoRow,
  pull: PullRow,
  patch: Parameters<World["gh"]["issues"]["update"]>[1],
): void {
  const issue = world.gh.issues
    .findBy("repo_id", repo.id)
    .find((row) => row.number === pull.number);
  if (issue !== undefined) world.gh.issues.update(issue.id, patch);
}
