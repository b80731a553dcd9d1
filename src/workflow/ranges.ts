/** The next step of the default branch that nobody decided about, as GitHub tells how it came. */
import type { CommitSha } from "../contract/ids.ts";
import type { History } from "../domain/history.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import type { BranchActivity, Commit, PullRequest } from "./forge-port.ts";

export interface NextRange {
  readonly from: CommitSha;
  readonly to: CommitSha;
  /** `null` while GitHub does not tell yet. */
  readonly kind: "merge" | "queue" | "push" | "force_push" | null;
  /** When it came; where the activity list does not say so, when it was first noticed. */
  readonly at: string | null;
  readonly by: number | null;
  readonly pull: PullRequest | null;
  readonly branchHead: CommitSha;
  /** The entry of the activity list that brought it; `null` where none is known. */
  readonly activity: number | null;
}

/** `null` where everything up to the branch's head is decided. */
export async function nextRange(fleet: Fleet): Promise<NextRange | null> {
  const { forge, repository, log } = fleet;
  const { attested, unattested } = log.history;
  const from = unattested.at(-1)?.to ?? attested;
  const branchHead = await forge.branchTip(repository.defaultBranch);
  if (from === null || branchHead === null) return null;
  const step = await nextStep(fleet, from);
  if (step === null && branchHead === from) {
    fleet.noticed.clear();
    return null;
  }
  if (step === null) return untold(fleet, from, branchHead);
  fleet.noticed.delete(from);
  const { at, by, id: activity, after: to } = step;
  const known = { from, to, branchHead, at, by, activity, pull: null };
  // Deleted and made anew: whatever stands there now did not grow from where we were.
  if (step.type === "branch_deletion") return { ...known, to: branchHead, kind: "force_push" };
  const kind = kindOf(step);
  if (kind === "queue") return queued(fleet, known);
  // A list with a gap does not tell how the branch came from where we were.
  if (step.before !== from) return { ...known, kind: null };
  const pull = kind === "merge" ? await pullOf(fleet, to) : null;
  // Merged, says the list, but GitHub does not name the pull request yet.
  const told = pull !== null || kind === "push" || kind === "force_push";
  return { ...known, pull, kind: told ? kind : null };
}

/**
 * The oldest entry of the list that was not accounted for. It is told by its number, so that a
 * branch forced away and back again does not look as if nothing had happened.
 */
async function nextStep(fleet: Fleet, from: CommitSha): Promise<BranchActivity | null> {
  const { forge, repository, log } = fleet;
  const { last, isOurs } = accountedFor(log.history);
  const isLast = (entry: BranchActivity) =>
    last === null ? entry.after === from : entry.id <= last;
  const entries = await forge.activity(repository.defaultBranch, isLast);
  const own = entries.find(({ id }) => id === last);
  const isDone = own?.after === from;
  // Of what a merge queue brought at once only a part may be decided.
  if (isOurs && own?.type === "merge_queue_merge" && !isDone) return own;
  const open = entries.filter((entry) => !isLast(entry));
  if (isDone) return open.at(-1) ?? null;
  // Decided without the list: what it tells late leads up to where we are.
  return open.findLast(({ before }) => before === from) ?? null;
}

/** The newest entry on record, and whether the last decision was about it. */
function accountedFor({ ranges, bootstrapped }: History) {
  const decided = [...(bootstrapped === null ? [] : [bootstrapped]), ...ranges];
  const last = decided.findLast(({ activity }) => activity !== undefined)?.activity ?? null;
  return { last, isOurs: last !== null && decided.at(-1)?.activity === last };
}

/** A head that does not descend from where we were came by force, whatever the list says. */
async function untold(fleet: Fleet, from: CommitSha, to: CommitSha): Promise<NextRange> {
  const since = fleet.noticed.get(from) ?? fleet.clock.now();
  fleet.noticed.set(from, since);
  const grew = (await fleet.forge.mergeBase(from, to)) === from;
  const nobody = { by: null, pull: null, activity: null };
  const kind = grew ? null : "force_push";
  return { from, to, branchHead: to, at: instantOf(since), ...nobody, kind };
}

function kindOf({ type }: BranchActivity): NextRange["kind"] {
  switch (type) {
    case "pr_merge":
      return "merge";
    case "merge_queue_merge":
      return "queue";
    case "push":
      return "push";
    case "force_push":
      return "force_push";
    default:
      return null;
  }
}

/** Each entry of a merge queue is a range of its own, however many came at once. */
async function queued(fleet: Fleet, known: Omit<NextRange, "kind">): Promise<NextRange> {
  const { from, to } = known;
  for (const { sha } of firstParents(await fleet.forge.commitsBetween(from, to), from, to) ?? []) {
    const pull = await pullOf(fleet, sha);
    if (pull !== null) return { ...known, to: sha, pull, kind: "queue" };
  }
  return { ...known, kind: null };
}

/** The commits by which the branch itself went from one to the other; `null` where it did not. */
export function firstParents(
  commits: readonly Commit[],
  from: CommitSha,
  to: CommitSha,
): readonly Commit[] | null {
  const known = new Map(commits.map((commit) => [commit.sha, commit]));
  const way: Commit[] = [];
  for (let sha = to; sha !== from;) {
    const commit = known.get(sha);
    const parent = commit?.parents[0];
    if (commit === undefined || parent === undefined) return null;
    // A commit is gone through once: the way has an end.
    known.delete(sha);
    way.unshift(commit);
    sha = parent;
  }
  return way;
}

/** The pull request of this merge commit into the default branch; `null` where GitHub names none. */
async function pullOf(
  { forge, repository }: Fleet,
  commit: CommitSha,
): Promise<PullRequest | null> {
  for (const number of await forge.pullsOf(commit)) {
    const pull = await forge.pull(number);
    const isIts = pull?.mergeCommit === commit && pull.base === repository.defaultBranch;
    if (isIts) return pull;
  }
  return null;
}
