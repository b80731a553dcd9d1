/**
 * Moving refs: everything that follows from a branch having moved, whoever moved it and how.
 *
 * The store is right before the mover gets its answer; the events follow in order.
 */
import { type ActivityType, recordActivity } from "./activity.ts";
import { emit, emitPull } from "./emit.ts";
import { changedPaths, commitsBetween, findCommit, flatTree, isAncestor } from "./objects.ts";
import { closePull, refreshPull } from "./pull-state.ts";
import { addTimeline } from "./timeline.ts";
import type { Json } from "./router.ts";
import type { CommitRow, PullRow, RepoRow, UserRow } from "./rows.ts";
import { actorOf, refSha, repoOf, type World, zeroSha } from "./world.ts";

export interface RefMove {
  readonly ref: string;
  /** Forty zeros where there was no ref. */
  readonly before: string;
  /** Forty zeros where the ref is gone. */
  readonly after: string;
  readonly actor: UserRow;
  readonly type?: ActivityType;
}

const branchPrefix = "refs/heads/";

/** Moves the ref in the store, and lets everything follow. */
export function moveRef(world: World, repo: RepoRow, move: RefMove): void {
  const { gh } = world;
  const branch = branchOf(move.ref);
  const row = gh.refs.findBy("repo_id", repo.id).find(({ ref }) => ref === move.ref);
  const shadow = gh.branches.findBy("repo_id", repo.id).find(({ name }) => name === branch);
  const sha = move.after;
  if (sha === zeroSha) {
    if (row !== undefined) gh.refs.delete(row.id);
    if (shadow !== undefined) gh.branches.delete(shadow.id);
  } else {
    if (row !== undefined) gh.refs.update(row.id, { sha });
    else gh.refs.insert({ repo_id: repo.id, ref: move.ref, sha, node_id: `R_${move.ref}` });
    if (shadow !== undefined) gh.branches.update(shadow.id, { sha });
    else if (branch !== undefined)
      gh.branches.insert({ repo_id: repo.id, name: branch, sha, protected: false });
  }
  refMoved(world, repo, move);
}

/** For a ref that already stands at `after` in the store. */
export function refMoved(world: World, repo: RepoRow, move: RefMove): void {
  const forced = isForced(world, repo, move);
  const branch = branchOf(move.ref);
  if (branch !== undefined) {
    recordActivity(world, repo, { ...move, type: move.type ?? activityType(move, forced) });
  }
  emitPush(world, repo, move, forced);
  if (branch === undefined) return;
  for (const pull of openPulls(world, repo)) {
    if (pull.head_ref === branch && pull.head_repo_id === repo.id)
      headMoved(world, repo, pull, { ...move, forced });
    else if (pull.base_ref === branch) recogniseMerge(world, repo, pull, move);
  }
}

function isForced(world: World, repo: RepoRow, { before, after }: RefMove): boolean {
  if (before === zeroSha || after === zeroSha) return false;
  return !isAncestor(world, repo, before, after);
}

function activityType({ before, after }: RefMove, forced: boolean): ActivityType {
  if (before === zeroSha) return "branch_creation";
  if (after === zeroSha) return "branch_deletion";
  return forced ? "force_push" : "push";
}

const branchOf = (ref: string) =>
  ref.startsWith(branchPrefix) ? ref.slice(branchPrefix.length) : undefined;

const openPulls = (world: World, repo: RepoRow) =>
  world.gh.pullRequests.findBy("repo_id", repo.id).filter(({ state }) => state === "open");

function headMoved(
  world: World,
  repo: RepoRow,
  pull: PullRow,
  move: RefMove & { forced: boolean },
): void {
  const sender = move.actor;
  if (move.after === zeroSha) {
    closePull(world, repo, pull, sender);
    return;
  }
  world.gh.pullRequests.update(pull.id, { head_sha: move.after });
  refreshPull(world, repo, pull.id);
  if (move.forced) {
    const entry = { event: "head_ref_force_pushed", actor: sender, commit_id: move.after };
    addTimeline(world, repo, pull.number, entry);
  }
  const detail = { before: move.before, after: move.after };
  emitPull(world, repo, { action: "synchronize", number: pull.number, sender, detail });
}

/** GitHub shows a pull request as merged once a push brought its head to the base branch. */
function recogniseMerge(world: World, repo: RepoRow, pull: PullRow, move: RefMove): void {
  if (move.before === zeroSha || move.after === zeroSha) return;
  if (isAncestor(world, repo, pull.head_sha, move.before)) return;
  if (!isAncestor(world, repo, pull.head_sha, move.after)) return;
  for (const { sha } of commitsBetween(world, repo, move.before, pull.head_sha)) {
    world.landed.set(sha, pull.id);
  }
  closePull(world, repo, pull, move.actor, { mergeCommit: move.after, base: move.before });
}

function emitPush(world: World, repo: RepoRow, move: RefMove, forced: boolean): void {
  const { ref, before, after, actor: sender } = move;
  const [created, deleted] = [before === zeroSha, after === zeroSha];
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const kind = ref.startsWith(branchPrefix) ? "branch" : "tag";
  const creation = { ref: name, ref_type: kind, master_branch: repo.default_branch };
  if (created) emit(world, repo, { event: "create", sender, detail: () => creation });
  if (deleted) emit(world, repo, { event: "delete", sender, detail: () => creation });
  const commits = pushedCommits(world, repo, move);
  const compare = `${world.origin}/${repo.full_name}/compare/${before}...${after}`;
  const detail = () => ({
    ref,
    before,
    after,
    created,
    deleted,
    forced,
    compare,
    base_ref: null,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: sender.login },
  });
  emit(world, repo, { event: "push", sender, detail });
}

function pushedCommits(world: World, repo: RepoRow, { before, after }: RefMove): Json[] {
  if (after === zeroSha) return [];
  const base =
    before === zeroSha ? refSha(world, repo, `refs/heads/${repo.default_branch}`) : before;
  return commitsBetween(world, repo, base ?? zeroSha, after)
    .slice(-20)
    .map((commit) => pushedCommit(world, repo, commit));
}

function pushedCommit(world: World, repo: RepoRow, commit: CommitRow): Json {
  const parent = findCommit(world, repo, commit.parent_shas[0] ?? zeroSha);
  const before = parent === undefined ? new Map() : flatTree(world, repo, parent.tree_sha);
  const changes = changedPaths(before, flatTree(world, repo, commit.tree_sha));
  const paths = (status: string) =>
    changes.filter((change) => change.status === status).map(({ path }) => path);
  return {
    id: commit.sha,
    tree_id: commit.tree_sha,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer_date,
    url: `${world.origin}/${repo.full_name}/commit/${commit.sha}`,
    author: { name: commit.author_name, email: commit.author_email },
    committer: { name: commit.committer_name, email: commit.committer_email },
    added: paths("added"),
    removed: paths("removed"),
    modified: paths("modified"),
  };
}

/** The emulator deletes refs without telling anybody. */
export function installRefs(world: World): void {
  world.router.use("/repos/:owner/:repo/git/refs/:ref{.+}", async (c, next) => {
    if (c.req.method !== "DELETE") return next();
    const repo = repoOf(world, c);
    const ref = `refs/${c.req.param("ref")}`;
    const before = refSha(world, repo, ref);
    await next();
    if (before === undefined || refSha(world, repo, ref) !== undefined) return;
    refMoved(world, repo, { ref, before, after: zeroSha, actor: actorOf(world, c) });
  });
}
