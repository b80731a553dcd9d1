/**
 * The forge: where proposals, reviews, checks and the audit branch live. A fault is thrown as
 * CountersignError, and *not known* is `null`, never a guess.
 */
import type { Tree } from "../contract/control-repository.ts";
import type { CommitSha } from "../contract/ids.ts";
import type { BranchProtection } from "../domain/protection.ts";

export interface Repository {
  /** GitHub's numeric id: every table, key and lock begins with it. */
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  readonly url: string;
  readonly ownedByOrganisation: boolean;
  readonly ownerId: number;
}

/** An account as GitHub describes it. `type` other than `User` is a machine. */
export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: string;
}

export interface PullRequest {
  readonly number: number;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly fork: boolean;
  readonly base: string;
  readonly head: CommitSha;
  readonly headRef: string;
  readonly openedBy: Account;
  readonly mergedBy: Account | null;
  readonly mergeCommit: CommitSha | null;
  /** RFC 3339. */
  readonly mergedAt: string | null;
  readonly labels: readonly string[];
  readonly requestedReviewers: readonly number[];
  readonly url: string;
  readonly title: string;
  /** The description, in its author's words; empty where there is none. */
  readonly body: string;
}

export interface Commit {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly author: CommitPerson;
  readonly committer: CommitPerson;
  readonly message: string;
  /** GitHub verified a signature on it. */
  readonly verified: boolean;
}
export interface CommitPerson {
  readonly id: number | null;
  readonly login: string | null;
  readonly email: string;
}

/** One of the people whom GitHub attributes a commit to. */
export interface CommitAuthor {
  readonly email: string;
  /** `null` where the address belongs to no account. */
  readonly id: number | null;
}

export interface Review {
  readonly id: number;
  readonly user: Account | null;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commit: string;
  readonly submittedAt: string;
  readonly dismissal: { readonly was: string; readonly by: number; readonly at: string } | null;
}

export interface IssueComment {
  readonly id: number;
  /** Our own App wrote it; other bots can write our marks, and are not believed. */
  readonly own: boolean;
  readonly user: Account | null;
  readonly body: string;
  readonly createdAt: string;
  /** `null` where nobody edited it: an edited comment commands nothing. */
  readonly editedAt: string | null;
}

/** One step of a branch, as GitHub's activity list tells it. */
export interface BranchActivity {
  readonly id: number;
  readonly type: string;
  readonly before: string;
  readonly after: CommitSha;
  readonly at: string;
  readonly by: number | null;
}

export interface TeamMembers {
  readonly state: "ok" | "forbidden" | "unreachable";
  readonly members: readonly { readonly id: number; readonly state: "active" | "pending" }[];
}

export interface Annotation {
  readonly path: string;
  readonly line: number;
  readonly column: number | null;
  readonly level: "failure" | "warning" | "notice";
  readonly message: string;
}

export interface Check {
  readonly name: "countersign/policy" | "countersign/rollback" | "countersign/approvals";
  readonly result: "passed" | "waiting" | "blocked";
  readonly title: string;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/** Reading: every answer is GitHub's newest. Lists are complete or the call throws. */
export interface ForgeReader {
  repository(): Promise<Repository>;
  branchTip(branch: string): Promise<CommitSha | null>;
  /** All files of a commit; of those that plan nothing only something that changes with them. */
  controlTree(commit: CommitSha): Promise<Tree>;
  /** `null` where the two have no common ancestor. */
  mergeBase(one: CommitSha, other: CommitSha): Promise<CommitSha | null>;
  pull(number: number): Promise<PullRequest | null>;
  openPulls(): Promise<readonly PullRequest[]>;
  /** Merged pull requests that brought this commit to the default branch. */
  pullsOf(commit: CommitSha): Promise<readonly number[]>;
  /**
   * The commits that `head` reaches through any parent and `base` does not, parents first; all of
   * head's where the two have no common ancestor.
   */
  commitsBetween(base: CommitSha, head: CommitSha): Promise<readonly Commit[]>;
  /** Author and co-authors of a commit, also by addresses that are private; kept for minutes. */
  authorsOf(commit: CommitSha): Promise<readonly CommitAuthor[]>;
  /** What the merge queue of a branch has built: the newest commit of each of its proposals. */
  queueOf(
    branch: string,
  ): Promise<readonly { readonly number: number; readonly commit: CommitSha }[]>;
  reviewsOf(pull: number): Promise<readonly Review[]>;
  /** Comments of an issue or pull request, oldest first. */
  commentsOf(issue: number): Promise<readonly IssueComment[]>;
  /** Comments of all issues and pull requests that were written or edited since then. */
  commentsSince(at: string): Promise<readonly (IssueComment & { readonly issue: number })[]>;
  /** Newest first, back to and with the first entry that is the last one wanted. */
  activity(
    branch: string,
    isLast: (entry: BranchActivity) => boolean,
  ): Promise<readonly BranchActivity[]>;
  /** The activity of a pull request's own branch, newest first; kept for minutes. */
  pushesTo(pull: Pick<PullRequest, "head" | "headRef">): Promise<readonly BranchActivity[]>;
  /** Owners of the organisation; `null` where the App may not list them. */
  owners(): Promise<readonly number[] | null>;
  team(org: string, slug: string): Promise<TeamMembers>;
  person(id: number): Promise<(Account & { readonly suspended: boolean }) | null>;
  permission(login: string): Promise<string | null>;
  /** What keeps people from moving a branch, as far as the App may see it; kept for minutes. */
  protection(branch: string): Promise<BranchProtection>;
  /** Teams, accounts, pushes and whose a commit is may be kept for some minutes; this ends it. */
  forgetPeople(): void;
}
/** Writing what people see. Every call is repeatable: the same call twice changes nothing. */
export interface ForgeWriter {
  showCheck(head: CommitSha, check: Check): Promise<void>;
  /**
   * Posts or edits the one comment of a pull request.
   * @returns GitHub's own time of the answer, in Unix seconds: when the text was visible.
   */
  showComment(pull: number, markdown: string): Promise<number>;
  /** A comment of its own, for an answer or an event. */
  say(issue: number, markdown: string): Promise<void>;
  requestReviewers(pull: number, logins: readonly string[]): Promise<void>;
  setRiskLabel(pull: Pick<PullRequest, "number" | "labels">, label: string | null): Promise<void>;
  openIssue(issue: { key: string; title: string; body: string }): Promise<number>;
  closeIssue(issue: number, markdown: string): Promise<void>;
  /** One commit with these files on a new branch, and its pull request; the number if it exists. */
  openPull(proposal: {
    branch: string;
    from: CommitSha;
    files: ReadonlyMap<string, string>;
    title: string;
    body: string;
    /** Of the commit: the title, unless there is more to say. */
    message?: string;
  }): Promise<number>;
  /** One commit on top of `parent`; `null` when the branch's head was not `parent` (any more). */
  commitFiles(change: {
    branch: string;
    parent: CommitSha;
    files: ReadonlyMap<string, string>;
    message: string;
  }): Promise<CommitSha | null>;
  /** One for each commit, environment and key: it finds what an earlier try opened. */
  openDeployment(deployment: {
    environment: string;
    commit: CommitSha;
    key: string;
    description: string;
  }): Promise<number>;
  /** The state that it has already is not written again. */
  setDeploymentState(
    deployment: number,
    state: "queued" | "in_progress" | "success" | "failure" | "error" | "inactive",
    description: string,
  ): Promise<void>;
}

/** The audit branch. */
export interface AuditBranch {
  /** The branch's head and the text of its `checkpoint`; `null` where there is no branch. */
  auditHead(): Promise<{ readonly commit: CommitSha; readonly checkpoint: string } | null>;
  auditFile(commit: CommitSha, path: string): Promise<string | null>;
  /**
   * One commit on top of `parent`, moved by one compare-and-swap: `null` when the branch's head
   * was not `parent` (any more). Creates the orphan branch where `parent` is null.
   */
  appendAudit(batch: {
    parent: CommitSha | null;
    files: ReadonlyMap<string, string>;
    message: string;
  }): Promise<CommitSha | null>;
}

export type Forge = ForgeReader & ForgeWriter & AuditBranch;
