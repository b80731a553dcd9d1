/** What follows a merge: deployments, incident issues and the proposals that Countersign opens. */
import { CommitSha } from "../contract/ids.ts";
import type { ForgeWriter } from "../workflow/forge-port.ts";
import { asked, type GitHubRepository, statusOf } from "./client.ts";
import { readTip } from "./reading.ts";

type Issue = Parameters<ForgeWriter["openIssue"]>[0];
type Proposal = Parameters<ForgeWriter["openPull"]>[0];
type Deployment = Parameters<ForgeWriter["openDeployment"]>[0];

/** GitHub takes no longer one of a deployment. */
const maxDescription = 140;
const incidentLabel = "countersign-incident";

/** One issue per key: a repeated signal finds the open one. */
export async function openIssue(at: GitHubRepository, issue: Issue): Promise<number> {
  const { client, owner, repo } = at;
  const mark = `<!-- countersign:incident ${issue.key} -->`;
  const where = { owner, repo, state: "open" as const, labels: incidentLabel, per_page: 100 };
  const open = await asked(
    "list incidents",
    client.paginate(client.rest.issues.listForRepo, where),
  );
  const known = open.find(
    ({ body, user, performed_via_github_app: app }) =>
      user?.type === "Bot" && app?.id === at.appId && body?.startsWith(mark) === true,
  );
  if (known !== undefined) return known.number;
  const { data } = await asked(
    "open an incident",
    client.rest.issues.create({
      owner,
      repo,
      title: issue.title,
      body: `${mark}\n${issue.body}`,
      labels: [incidentLabel],
    }),
  );
  return data.number;
}

export async function say(at: GitHubRepository, issue: number, body: string): Promise<void> {
  const { client, owner, repo } = at;
  const comment = { owner, repo, issue_number: issue, body };
  await asked("comment", client.rest.issues.createComment(comment));
}

export async function closeIssue(at: GitHubRepository, issue: number, body: string): Promise<void> {
  const { client, owner, repo } = at;
  const where = { owner, repo, issue_number: issue };
  const { data } = await asked("read an incident", client.rest.issues.get(where));
  if (data.state === "closed") return;
  await say(at, issue, body);
  await asked("close an incident", client.rest.issues.update({ ...where, state: "closed" }));
}

export async function openPull(at: GitHubRepository, proposal: Proposal): Promise<number> {
  const { client, owner, repo } = at;
  const head = `${owner}:${proposal.branch}`;
  const same = { owner, repo, head, state: "all" as const };
  const { data: known } = await asked("look for a pull request", client.rest.pulls.list(same));
  const open = known.find((pull) => pull.head.ref === proposal.branch);
  if (open !== undefined) return open.number;
  const { data: base } = await asked("read the repository", client.rest.repos.get({ owner, repo }));
  await createBranch(at, proposal);
  const { data } = await asked(
    "open a pull request",
    client.rest.pulls.create({
      owner,
      repo,
      head: proposal.branch,
      base: base.default_branch,
      title: proposal.title,
      body: proposal.body,
    }),
  );
  return data.number;
}

async function createBranch(at: GitHubRepository, proposal: Proposal): Promise<void> {
  const { client, owner, repo } = at;
  const commit = await createCommit(at, {
    parent: proposal.from,
    files: proposal.files,
    message: proposal.message ?? proposal.title,
  });
  const ref = { owner, repo, ref: `refs/heads/${proposal.branch}`, sha: commit };
  try {
    await client.rest.git.createRef(ref);
  } catch (error) {
    // Left by an earlier try that ended before the pull request was open.
    if (statusOf(error) === 422) return;
    throw error;
  }
}

/** A branch that moved meanwhile is left as it is. */
export async function commitFiles(
  at: GitHubRepository,
  change: Parameters<ForgeWriter["commitFiles"]>[0],
): Promise<CommitSha | null> {
  const { client, owner, repo } = at;
  const { branch, parent } = change;
  if ((await readTip(at, branch)) !== parent) return null;
  const sha = await createCommit(at, change);
  const move = { owner, repo, ref: `heads/${branch}`, sha, force: false };
  try {
    await client.rest.git.updateRef(move);
    return sha;
  } catch (error) {
    if (statusOf(error) === 422) return null;
    return asked(`commit to ${branch}`, Promise.reject(error));
  }
}

/** A commit with these files over its parent's, or of these files alone where there is none. */
export async function createCommit(
  at: GitHubRepository,
  change: { parent: CommitSha | null; files: ReadonlyMap<string, string>; message: string },
): Promise<CommitSha> {
  const { client, owner, repo } = at;
  const base =
    change.parent === null
      ? null
      : await asked(
          "read a commit",
          client.rest.git.getCommit({ owner, repo, commit_sha: change.parent }),
        );
  const tree = await asked(
    "write a tree",
    client.rest.git.createTree({
      owner,
      repo,
      ...(base === null ? {} : { base_tree: base.data.tree.sha }),
      tree: [...change.files].map(([path, content]) => ({
        path,
        content,
        mode: "100644" as const,
        type: "blob" as const,
      })),
    }),
  );
  const commit = await asked(
    "write a commit",
    client.rest.git.createCommit({
      owner,
      repo,
      message: change.message,
      tree: tree.data.sha,
      parents: change.parent === null ? [] : [change.parent],
    }),
  );
  return CommitSha.parse(commit.data.sha);
}

export async function openDeployment(at: GitHubRepository, wanted: Deployment): Promise<number> {
  const { client, owner, repo } = at;
  const { environment, commit, key, description } = wanted;
  const where = { owner, repo, environment, sha: commit };
  const { data: known } = await asked("list deployments", client.rest.repos.listDeployments(where));
  const same = known.find((deployment) => keyOf(deployment.payload) === key);
  if (same !== undefined) return same.id;
  const { data } = await asked(
    "open a deployment",
    client.rest.repos.createDeployment({
      owner,
      repo,
      ref: commit,
      environment,
      description: description.slice(0, maxDescription),
      auto_merge: false,
      required_contexts: [],
      payload: { key },
    }),
  );
  if (!("id" in data)) throw new Error("GitHub merged instead of opening a deployment.");
  return data.id;
}

function keyOf(payload: unknown): unknown {
  const value: unknown = typeof payload === "string" ? safeParse(payload) : payload;
  return typeof value === "object" && value !== null && "key" in value ? value.key : null;
}
function safeParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export async function setDeploymentState(
  at: GitHubRepository,
  ...[deployment, state, description]: Parameters<ForgeWriter["setDeploymentState"]>
): Promise<void> {
  const { client, owner, repo } = at;
  await asked(
    "set a deployment's state",
    client.rest.repos.createDeploymentStatus({
      owner,
      repo,
      deployment_id: deployment,
      state,
      description: description.slice(0, maxDescription),
    }),
  );
}

/** The newest state as `setDeploymentState` would write it; `null` where it has none. */
export async function readDeploymentState(
  { client, owner, repo }: GitHubRepository,
  deployment: number,
): Promise<string | null> {
  const where = { owner, repo, deployment_id: deployment, per_page: 1 };
  const answer = client.rest.repos.listDeploymentStatuses(where);
  const [newest] = (await asked("read a deployment's state", answer)).data;
  return newest === undefined ? null : stateText(newest.state, newest.description);
}

export const stateText = (state: string, description: string): string =>
  `${state} ${description.slice(0, maxDescription)}`;
