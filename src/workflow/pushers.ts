/**
 * Who pushed each commit of a proposal: GitHub's activity list of its branch names the actor of
 * every push. A push brings the commits that its new tip reaches and its old one did not; one that
 * was forced away later still brought what is left of it. A commit that no entry accounts for has
 * no known pusher.
 */
import { CommitSha } from "../contract/ids.ts";
import type { Fleet } from "./fleet.ts";
import type { BranchActivity, Commit, PullRequest } from "./forge-port.ts";

/** Activity that moves a branch to commits that its actor chose. */
const pushes = new Set(["push", "force_push", "branch_creation", "pr_merge"]);
/** Tips that are gone from the branch cost a request each; beyond these, all is taken for theirs. */
const maxVanished = 50;

export async function pushersOf(
  fleet: Fleet,
  pull: PullRequest,
  commits: readonly Commit[],
): Promise<ReadonlyMap<CommitSha, number[]>> {
  const found = new Map<CommitSha, number[]>();
  // The branch of a fork has its activity in the fork, which the App cannot read.
  if (pull.fork || commits.length === 0) return found;
  const reach = reacher(fleet, pull, commits);
  const activity = await fleet.forge.pushesTo(pull);
  for (const entry of activity) {
    if (entry.by === null || !pushes.has(entry.type)) continue;
    for (const sha of await broughtBy(entry, reach)) add(found, sha, entry.by);
  }
  return found;
}

/** Which of the proposal's commits a tip reaches. */
interface Reach {
  /** All of them. */
  readonly whole: ReadonlySet<CommitSha>;
  readonly within: (tip: string) => ReadonlySet<CommitSha>;
  /** Of a tip outside of the proposal, too; `null` beyond those that are looked at. */
  readonly anywhere: (tip: string) => Promise<ReadonlySet<CommitSha> | null>;
}

async function broughtBy({ type, before, after }: BranchActivity, reach: Reach) {
  const now = (await reach.anywhere(after)) ?? reach.whole;
  if (now.size === 0) return now;
  // The old tip of a plain push is an ancestor: outside the proposal it reaches nothing of it.
  const old = type === "force_push" ? await reach.anywhere(before) : reach.within(before);
  return [...now].filter((sha) => old?.has(sha) !== true);
}

function reacher({ forge }: Fleet, { head }: PullRequest, commits: readonly Commit[]): Reach {
  const all = new Map<string, Commit>(commits.map((commit) => [commit.sha, commit]));
  const known = new Map<string, Promise<ReadonlySet<CommitSha> | null>>();

  function within(tip: string): ReadonlySet<CommitSha> {
    const seen = new Set<CommitSha>();
    const open = [tip];
    for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
      const commit = all.get(sha);
      if (commit === undefined || seen.has(commit.sha)) continue;
      seen.add(commit.sha);
      open.push(...commit.parents);
    }
    return seen;
  }
  async function look(tip: string): Promise<ReadonlySet<CommitSha> | null> {
    if (all.has(tip) || isNothing(tip)) return within(tip);
    if (known.size >= maxVanished) return null;
    const common = await forge.mergeBase(CommitSha.parse(tip), head);
    return common === null ? new Set() : within(common);
  }
  return {
    whole: new Set(commits.map(({ sha }) => sha)),
    within,
    anywhere(tip) {
      const answer = known.get(tip) ?? look(tip);
      if (!all.has(tip)) known.set(tip, answer);
      return answer;
    },
  };
}

/** What a branch comes from that is created, and goes to when it is deleted. */
const isNothing = (tip: string): boolean => /^0+$/u.test(tip);

function add(found: Map<CommitSha, number[]>, sha: CommitSha, by: number): void {
  const known = found.get(sha) ?? [];
  if (!known.includes(by)) found.set(sha, [...known, by]);
}
