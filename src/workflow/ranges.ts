/** The next step of the default branch that nobody decided about, as GitHub tells how it came. */
import type { CommitSha } from "../contract/ids.ts";
import type { Fleet } from "./fleet.ts";
import type { BranchActivity, PullRequest } from "./forge-port.ts";

export interface NextRange {
  readonly from: CommitSha;
  readonly to: CommitSha;
  /** `null` while GitHub does not tell yet. */
  readonly kind: "merge" | "queue" | "push" | "force_push" | null;
  readonly at: string | null;
  readonly by: number | null;
  readonly pull: PullRequest | null;
  readonly branchHead: CommitSha;
}

/** `null` where everything up to the branch's head is decided. */
export async function nextRange(fleet: Fleet): Promise<NextRange | null> {
  const { forge, repository, log } = fleet;
  const { attested, unattested } = log.history;
  const from = unattested.at(-1)?.to ?? attested;
  const branchHead = await forge.branchTip(repository.defaultBranch);
  if (from === null || branchHead === null || branchHead === from) return null;
  const activity = await forge.activity(repository.defaultBranch, from);
  const step = activity.findLast(({ before }) => before === from);
  const unknown = { from, to: branchHead, branchHead, at: null, by: null, pull: null };
  if (step === undefined) {
    // A head that does not descend from where we were came by force, whatever the list says.
    const grew = (await forge.mergeBase(from, branchHead)) === from;
    return { ...unknown, kind: grew ? null : "force_push" };
  }
  const { at, by } = step;
  // Deleted and made anew: whatever stands there now did not grow from where we were.
  if (step.type === "branch_deletion") return { ...unknown, kind: "force_push", at, by };
  const to = step.after;
  const kind = kindOf(step);
  const pull = kind === "merge" || kind === "queue" ? await pullOf(fleet, to) : null;
  // Merged, says the list, but GitHub does not name the pull request yet.
  const told = pull !== null || kind === "push" || kind === "force_push";
  return { from, to, branchHead, at, by, pull, kind: told ? kind : null };
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
