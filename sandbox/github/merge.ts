/** Merging a pull request (merge, squash, rebase) and bringing its branch up to date. */
import { requirePermission } from "./access.ts";
import {
  commitOf,
  commitsBetween,
  isAncestor,
  mergeBase,
  type NewCommit,
  storeCommit,
} from "./objects.ts";
import { requireWrite } from "./permissions.ts";
import { bindingRule, missingCheck } from "./protection.ts";
import { closePull, pullCommits } from "./pull-state.ts";
import { moveRef } from "./refs.ts";
import { bodyOf, HttpError, type Json } from "./router.ts";
import type { CommitRow, PullRow, RepoRow, UserRow } from "./rows.ts";
import { mergeTrees } from "./three-way.ts";
import { actorOf, branchTip, pullOf, type World } from "./world.ts";

interface Merge {
  readonly repo: RepoRow;
  readonly pull: PullRow;
  readonly actor: UserRow;
  /** Tips of the base and of the head branch. */
  readonly base: string;
  readonly head: string;
  readonly title: string | undefined;
  readonly message: string | undefined;
}

export function installMerge(world: World): void {
  world.router.put("/repos/:owner/:repo/pulls/:number/merge", async (c) => {
    const { repo, pull } = pullOf(world, c);
    const actor = actorOf(world, c);
    requirePermission(c, { contents: "write" });
    requireWrite(world, actor, repo);
    const body = await bodyOf(c);
    const merge = mergeOf(world, { repo, pull, actor }, body);
    refuseUnready(world, merge, body["sha"]);
    const sha = land(world, merge, body["merge_method"] ?? "merge");
    return c.json({ sha, merged: true, message: "Pull Request successfully merged" });
  });
  world.router.put("/repos/:owner/:repo/pulls/:number/update-branch", async (c) => {
    const { repo, pull } = pullOf(world, c);
    const actor = actorOf(world, c);
    requirePermission(c, { contents: "write" });
    requireWrite(world, actor, repo);
    const expected = (await bodyOf(c))["expected_head_sha"];
    updateBranch(world, mergeOf(world, { repo, pull, actor }, {}), expected);
    const url = `${world.origin}/repos/${repo.full_name}/pulls/${pull.number}`;
    return c.json({ message: "Updating pull request branch.", url }, 202);
  });
}

type Who = Pick<Merge, "repo" | "pull" | "actor">;

function mergeOf(world: World, { repo, pull, actor }: Who, body: Json): Merge {
  const base = branchTip(world, repo, pull.base_ref);
  if (base === undefined) throw notMergeable();
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  const [title, message] = [text(body["commit_title"]), text(body["commit_message"])];
  return { repo, pull, actor, base, head: pull.head_sha, title, message };
}

const notMergeable = () => new HttpError(405, "Pull Request is not mergeable");

function refuseUnready(world: World, merge: Merge, expectedHead: unknown): void {
  const { repo, pull, actor, head } = merge;
  if (pull.merged || pull.state === "closed" || pull.draft) throw notMergeable();
  if (typeof expectedHead === "string" && expectedHead !== head) {
    throw new HttpError(409, "Head branch was modified. Review and try the merge again.");
  }
  const rule = bindingRule(world, repo, { branch: pull.base_ref, actor });
  if (rule === undefined) return;
  const missing = missingCheck(world, repo, { rule, sha: head });
  if (missing !== undefined) {
    throw new HttpError(405, `Required status check "${missing}" is expected.`);
  }
  refuseUnreviewed(world, merge, rule.required_pull_request_reviews);
}

function refuseUnreviewed(
  world: World,
  { repo, pull }: Merge,
  rule: { readonly required_approving_review_count: number } | null,
): void {
  if (rule === null) return;
  const newest = new Map<number, string>();
  for (const review of world.gh.reviews.findBy("repo_id", repo.id)) {
    const decisive = review.state !== "COMMENTED" && review.state !== "PENDING";
    if (review.pull_number === pull.number && decisive) newest.set(review.user_id, review.state);
  }
  const states = [...newest.values()];
  if (states.includes("CHANGES_REQUESTED")) throw new HttpError(405, "Changes were requested");
  if (
    states.filter((state) => state === "APPROVED").length < rule.required_approving_review_count
  ) {
    throw new HttpError(405, "At least 1 approving review is required.");
  }
}

/** Writes the commits, closes the pull request, moves the base branch. Returns the new tip. */
function land(world: World, merge: Merge, method: unknown): string {
  const { repo, pull, actor, base } = merge;
  const tip = commitsFor(world, merge, method);
  for (const { sha } of commitsBetween(world, repo, base, tip)) world.landed.set(sha, pull.id);
  closePull(world, repo, pull, actor, { mergeCommit: tip, base });
  const ref = `refs/heads/${pull.base_ref}`;
  moveRef(world, repo, { ref, before: base, after: tip, actor, type: "pr_merge" });
  return tip;
}

function commitsFor(world: World, merge: Merge, method: unknown): string {
  if (method === "merge") return mergeCommit(world, merge);
  if (method === "squash") return squashCommit(world, merge);
  if (method === "rebase") return rebasedCommits(world, merge);
  throw new HttpError(422, "Invalid request. merge_method is not one of merge, squash, rebase.");
}

function mergeCommit(world: World, merge: Merge): string {
  const { repo, pull, actor, base, head } = merge;
  const from = `${world.org}/${pull.head_ref}`;
  const title = merge.title ?? `Merge pull request #${pull.number} from ${from}`;
  return signedCommit(world, repo, {
    message: `${title}\n\n${merge.message ?? pull.title}`,
    ...authorIs(actor),
    tree_sha: mergedTree(world, repo, { ours: base, theirs: head }),
    parent_shas: [base, head],
  });
}

function squashCommit(world: World, merge: Merge): string {
  const { repo, pull, actor, base, head } = merge;
  const opener = world.gh.users.get(pull.user_id) ?? actor;
  const title = merge.title ?? `${pull.title} (#${pull.number})`;
  const trailers = coAuthors(pullCommits(world, repo, pull), emailOf(opener));
  const text = [title, merge.message ?? pull.body ?? "", trailers].filter((part) => part !== "");
  return signedCommit(world, repo, {
    message: text.join("\n\n"),
    ...authorIs(opener),
    tree_sha: mergedTree(world, repo, { ours: base, theirs: head }),
    parent_shas: [base],
  });
}

function coAuthors(commits: readonly CommitRow[], authorEmail: string): string {
  const others = commits
    .filter(({ author_email }) => author_email !== authorEmail)
    .map(({ author_name, author_email }) => `Co-authored-by: ${author_name} <${author_email}>`);
  return [...new Set(others)].join("\n");
}

/** GitHub writes every commit anew, committed by whoever merged, and signs none of them. */
function rebasedCommits(world: World, { repo, pull, actor, base }: Merge): string {
  let tip = base;
  for (const commit of pullCommits(world, repo, pull)) {
    const [parent, second] = commit.parent_shas;
    if (second !== undefined || parent === undefined) continue;
    const tree = mergeTrees(world, repo, {
      base: commitOf(world, repo, parent).tree_sha,
      ours: commitOf(world, repo, tip).tree_sha,
      theirs: commit.tree_sha,
    });
    if (tree === undefined) throw new HttpError(405, "This branch can't be rebased");
    const { message, author_name, author_email, author_date, user_id } = commit;
    const author = { author_name, author_email, author_date, user_id };
    const where = { tree_sha: tree, parent_shas: [tip] };
    tip = storeCommit(world, repo, { message, ...author, ...committerIs(actor), ...where }).sha;
  }
  return tip;
}

function updateBranch(world: World, merge: Merge, expectedHead: unknown): void {
  const { repo, pull, actor, base, head } = merge;
  if (pull.state === "closed") throw new HttpError(422, "Cannot update a closed pull request");
  if (typeof expectedHead === "string" && expectedHead !== head) {
    throw new HttpError(422, "expected head sha didn’t match current head ref.");
  }
  if (isAncestor(world, repo, base, head)) {
    throw new HttpError(422, "There are no new commits on the base branch.");
  }
  const after = signedCommit(world, repo, {
    message: `Merge branch '${pull.base_ref}' into ${pull.head_ref}`,
    ...authorIs(actor),
    tree_sha: mergedTree(world, repo, { ours: head, theirs: base }),
    parent_shas: [head, base],
  });
  moveRef(world, repo, { ref: `refs/heads/${pull.head_ref}`, before: head, after, actor });
}

function mergedTree(
  world: World,
  repo: RepoRow,
  { ours, theirs }: { ours: string; theirs: string },
): string {
  const treeOf = (sha: string) => commitOf(world, repo, sha).tree_sha;
  const base = mergeBase(world, repo, ours, theirs);
  const tree =
    base === undefined
      ? undefined
      : mergeTrees(world, repo, { base: treeOf(base), ours: treeOf(ours), theirs: treeOf(theirs) });
  if (tree === undefined) throw new HttpError(405, "Pull Request has merge conflicts");
  return tree;
}

type Committer = "committer_name" | "committer_email" | "committer_date";

/** A commit that GitHub makes and signs itself: its committer is web-flow. */
export function signedCommit(
  world: World,
  repo: RepoRow,
  commit: Omit<NewCommit, Committer>,
): string {
  const webFlow = { committer_name: "GitHub", committer_email: "noreply@github.com" };
  const complete = { ...commit, ...webFlow, committer_date: commit.author_date };
  const { sha } = storeCommit(world, repo, complete);
  world.signed.add(sha);
  return sha;
}

export const emailOf = ({ login, email }: UserRow) => email ?? `${login}@users.noreply.github.com`;

function authorIs(user: UserRow) {
  const author = { author_name: user.name ?? user.login, author_email: emailOf(user) };
  return { ...author, author_date: new Date().toISOString(), user_id: user.id };
}

function committerIs(user: UserRow) {
  const name = { committer_name: user.name ?? user.login, committer_email: emailOf(user) };
  return { ...name, committer_date: new Date().toISOString() };
}
