/** What GitHub says, in the shapes of the port. Lists are read to their last page or not at all. */
import { CommitSha } from "../contract/ids.ts";
import type {
  Account,
  BranchActivity,
  Commit,
  CommitPerson,
  IssueComment,
  PullRequest,
  Repository,
  Review,
} from "../workflow/forge-port.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";

export async function readRepository({
  client,
  owner,
  repo,
}: GitHubRepository): Promise<Repository> {
  const { data } = await asked("read the repository", client.rest.repos.get({ owner, repo }));
  return {
    id: data.id,
    owner: data.owner.login,
    name: data.name,
    defaultBranch: data.default_branch,
    url: data.html_url,
    ownedByOrganisation: data.owner.type === "Organization",
    ownerId: data.owner.id,
  };
}

export async function readTip(at: GitHubRepository, branch: string): Promise<CommitSha | null> {
  const { client, owner, repo } = at;
  const answer = await orNull(
    `read branch ${branch}`,
    client.rest.git.getRef({ owner, repo, ref: `heads/${branch}` }),
  );
  return answer === null ? null : CommitSha.parse(answer.data.object.sha);
}

/** Only GitHub makes branches below this name. */
const queueFolder = "gh-readonly-queue";

export async function readQueue(
  at: GitHubRepository,
  branch: string,
): Promise<{ number: number; commit: CommitSha }[]> {
  const { client, owner, repo } = at;
  const below = `heads/${queueFolder}/${branch}/pr-`;
  const refs = await asked(
    "list what the merge queue built",
    client.paginate(client.rest.git.listMatchingRefs, { owner, repo, ref: below, per_page: 100 }),
  );
  return refs.flatMap(({ ref, object }) => {
    const number = /^refs\/heads\/.*\/pr-(\d{1,15})-[0-9a-f]{40}$/u.exec(ref)?.[1];
    return number === undefined
      ? []
      : { number: Number(number), commit: CommitSha.parse(object.sha) };
  });
}

/** What both the list and the single pull request tell; the list has no merger. */
interface PullData {
  readonly number: number;
  readonly state: string;
  readonly draft?: boolean | undefined;
  readonly merged_at: string | null;
  readonly merged_by?: Account | null | undefined;
  readonly merge_commit_sha: string | null;
  readonly html_url: string;
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly head: {
    readonly sha: string;
    readonly ref: string;
    readonly repo: { id: number } | null;
  };
  readonly base: { readonly ref: string; readonly repo: { id: number } };
  readonly user: Account | null;
  readonly labels: readonly { readonly name: string }[];
  readonly requested_reviewers?: readonly { readonly id: number }[] | null | undefined;
}

/** GitHub's stand-in for a deleted account: no person. */
const ghost: Account = { id: 10137, login: "ghost", type: "Unknown" };

export function asPull(data: PullData): PullRequest {
  return {
    number: data.number,
    state: data.merged_at !== null ? "merged" : data.state === "open" ? "open" : "closed",
    draft: data.draft ?? false,
    fork: data.head.repo === null || data.head.repo.id !== data.base.repo.id,
    base: data.base.ref,
    head: CommitSha.parse(data.head.sha),
    headRef: data.head.ref,
    openedBy: data.user === null ? ghost : asAccount(data.user),
    mergedBy: data.merged_by ? asAccount(data.merged_by) : null,
    mergeCommit: data.merge_commit_sha === null ? null : CommitSha.parse(data.merge_commit_sha),
    mergedAt: data.merged_at,
    labels: data.labels.map((label) => label.name),
    requestedReviewers: (data.requested_reviewers ?? []).map((person) => person.id),
    url: data.html_url,
    title: data.title,
    body: data.body ?? "",
  };
}

export const asAccount = (data: { id: number; login: string; type: string }): Account => ({
  id: data.id,
  login: data.login,
  type: data.type,
});

export async function readPull(at: GitHubRepository, number: number): Promise<PullRequest | null> {
  const { client, owner, repo } = at;
  const answer = await orNull(
    `read pull request ${number}`,
    client.rest.pulls.get({ owner, repo, pull_number: number }),
  );
  return answer === null ? null : asPull(answer.data);
}

/** A commit as GitHub's lists and comparisons describe it. */
interface CommitData {
  readonly sha: string;
  readonly parents: readonly { readonly sha: string }[];
  readonly author: object | null;
  readonly committer: object | null;
  readonly commit: {
    readonly author: { readonly email?: string | undefined } | null;
    readonly committer: { readonly email?: string | undefined } | null;
    readonly message: string;
    readonly verification?: { readonly verified: boolean } | undefined;
  };
}

export const asCommit = (data: CommitData): Commit => ({
  sha: CommitSha.parse(data.sha),
  parents: data.parents.map((parent) => CommitSha.parse(parent.sha)),
  author: asPerson(data.author, data.commit.author?.email),
  committer: asPerson(data.committer, data.commit.committer?.email),
  message: data.commit.message,
  verified: data.commit.verification?.verified ?? false,
});

function asPerson(account: object | null, email: string | undefined): CommitPerson {
  const known =
    account !== null && "id" in account && "login" in account
      ? { ...account }
      : { id: null, login: null };
  return {
    id: typeof known.id === "number" ? known.id : null,
    login: typeof known.login === "string" ? known.login : null,
    email: email ?? "",
  };
}

const states = new Set(["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"]);
const isState = (state: string): state is Review["state"] => states.has(state);

/** Submitted reviews, oldest first; a dismissed one says what it was, by whom and when. */
export async function readReviews(at: GitHubRepository, number: number): Promise<Review[]> {
  const { client, owner, repo } = at;
  const where = { owner, repo, per_page: 100 };
  const reviews = await asked(
    `list the reviews of #${number}`,
    client.paginate(client.rest.pulls.listReviews, { ...where, pull_number: number }),
  );
  const dismissals = reviews.some((review) => review.state === "DISMISSED")
    ? await readDismissals(at, number)
    : new Map<number, Review["dismissal"]>();
  return reviews.flatMap((review) => {
    const state = review.state.toUpperCase();
    if (!isState(state)) return [];
    return {
      id: review.id,
      user: review.user === null ? null : asAccount(review.user),
      state,
      commit: review.commit_id ?? "",
      submittedAt: review.submitted_at ?? "",
      dismissal: dismissals.get(review.id) ?? null,
    };
  });
}

export async function readComments(at: GitHubRepository, issue: number): Promise<IssueComment[]> {
  const { client, owner, repo, appId } = at;
  const comments = await asked(
    `list the comments of #${issue}`,
    client.paginate(client.rest.issues.listComments, {
      owner,
      repo,
      issue_number: issue,
      per_page: 100,
    }),
  );
  return comments.map((comment) => commentOf(comment, appId));
}

interface GitHubComment {
  readonly id: number;
  readonly user: Parameters<typeof asAccount>[0] | null;
  readonly body?: string | undefined;
  readonly created_at: string;
  readonly updated_at: string;
  readonly performed_via_github_app?: { readonly id: number } | null | undefined;
}
function commentOf(comment: GitHubComment, appId: number): IssueComment {
  const { id, user, body = "", created_at: createdAt, updated_at: updatedAt } = comment;
  return {
    id,
    own: user?.type === "Bot" && comment.performed_via_github_app?.id === appId,
    user: user === null ? null : asAccount(user),
    body,
    createdAt,
    editedAt: updatedAt === createdAt ? null : updatedAt,
  };
}

export async function readCommentsSince(
  { client, owner, repo, appId }: GitHubRepository,
  since: string,
): Promise<(IssueComment & { readonly issue: number })[]> {
  const where = { owner, repo, since, per_page: 100 };
  const comments = await asked(
    "list the newest comments",
    client.paginate(client.rest.issues.listCommentsForRepo, where),
  );
  return comments.map((comment) => ({
    ...commentOf(comment, appId),
    issue: Number(comment.issue_url.slice(comment.issue_url.lastIndexOf("/") + 1)),
  }));
}

async function readDismissals(at: GitHubRepository, number: number) {
  const { client, owner, repo } = at;
  const events = await asked(
    `read the timeline of #${number}`,
    client.paginate(client.rest.issues.listEventsForTimeline, {
      owner,
      repo,
      issue_number: number,
      per_page: 100,
    }),
  );
  const found = new Map<number, Review["dismissal"]>();
  for (const event of events) {
    if (event.event !== "review_dismissed" || !("dismissed_review" in event)) continue;
    const { review_id, state } = event.dismissed_review;
    if (review_id === undefined || state === undefined) continue;
    const by = event.actor.id;
    found.set(review_id, { was: state.toUpperCase(), by, at: event.created_at });
  }
  return found;
}

export async function readActivity(
  at: GitHubRepository,
  branch: string,
  isLast: (entry: BranchActivity) => boolean,
): Promise<BranchActivity[]> {
  const { client, owner, repo } = at;
  const found: BranchActivity[] = [];
  const pages = client.paginate.iterator(client.rest.repos.listActivities, {
    owner,
    repo,
    ref: `refs/heads/${branch}`,
    per_page: 100,
  });
  for await (const { data } of pages) {
    for (const entry of data) {
      const step = {
        id: entry.id,
        type: entry.activity_type,
        before: entry.before,
        after: CommitSha.parse(entry.after),
        at: entry.timestamp,
        by: entry.actor?.id ?? null,
      };
      found.push(step);
      if (isLast(step)) return found;
    }
  }
  return found;
}
