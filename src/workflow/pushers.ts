/**
 * Who pushed each commit of a proposal: GitHub's activity list of its branch names the actor of
 * every push. A commit that no entry accounts for has no known pusher.
 */
import type { CommitSha } from "../contract/ids.ts";
import type { Fleet } from "./fleet.ts";
import type { Commit, PullRequest } from "./ports.ts";

/** Activity that moves a branch to commits that its actor chose. */
const pushes = new Set(["push", "force_push", "branch_creation", "pr_merge"]);

export async function pushersOf(
  fleet: Fleet,
  pull: PullRequest,
  commits: readonly Commit[],
): Promise<ReadonlyMap<CommitSha, number[]>> {
  const found = new Map<CommitSha, number[]>();
  // The branch of a fork has its activity in the fork, which the App cannot read.
  if (pull.fork || commits.length === 0) return found;
  const places = new Map(commits.map(({ sha }, index) => [sha, index]));
  const activity = await fleet.forge.activity(pull.headRef, null);
  let accounted = 0;
  for (const { type, after, by } of activity.toReversed()) {
    const place = places.get(after);
    if (place === undefined || by === null || !pushes.has(type)) continue;
    for (const { sha } of commits.slice(accounted, place + 1)) add(found, sha, by);
    accounted = Math.max(accounted, place + 1);
  }
  return found;
}

function add(found: Map<CommitSha, number[]>, sha: CommitSha, by: number): void {
  const known = found.get(sha) ?? [];
  if (!known.includes(by)) found.set(sha, [...known, by]);
}
