/**
 * The parts of emulate@0.12.2 that the overlay touches, typed. The package types its public API
 * only; these are its records and its router as measured, for exactly that version.
 */

export interface Row {
  readonly id: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Collection<T extends Row> {
  insert(row: Omit<T, keyof Row> & { id?: number }): T;
  get(id: number): T | undefined;
  findBy<K extends keyof T>(field: K, value: T[K]): T[];
  findOneBy<K extends keyof T>(field: K, value: T[K]): T | undefined;
  update(id: number, patch: Partial<T>): T | undefined;
  delete(id: number): boolean;
  all(): T[];
}

export interface UserRow extends Row {
  readonly login: string;
  readonly node_id: string;
  readonly avatar_url: string;
  readonly gravatar_id: string;
  readonly type: "User" | "Bot";
  readonly site_admin: boolean;
  readonly name: string | null;
  readonly company: string | null;
  readonly blog: string;
  readonly location: string | null;
  readonly email: string | null;
  readonly hireable: boolean | null;
  readonly bio: string | null;
  readonly twitter_username: string | null;
  readonly public_repos: number;
  readonly public_gists: number;
  readonly followers: number;
  readonly following: number;
}

export interface OrgRow extends Row {
  readonly login: string;
  readonly default_repository_permission: string;
}

export interface TeamRow extends Row {
  readonly node_id: string;
  readonly org_id: number;
  readonly name: string;
  readonly slug: string;
  readonly description: string | null;
  readonly privacy: "closed" | "secret";
  readonly permission: string;
  readonly parent_id: number | null;
  readonly members_count: number;
  readonly repos_count: number;
}

export interface TeamMemberRow extends Row {
  readonly team_id: number;
  readonly user_id: number;
  readonly role: "member" | "maintainer";
}

export interface TeamRepoRow extends Row {
  readonly team_id: number;
  readonly repo_id: number;
}

export interface CollaboratorRow extends Row {
  readonly repo_id: number;
  readonly user_id: number;
  readonly permission: string;
}

export interface RepoRow extends Row {
  readonly name: string;
  readonly full_name: string;
  readonly owner_id: number;
  readonly private: boolean;
  readonly default_branch: string;
}

export interface IssueRow extends Row {
  readonly repo_id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: "open" | "closed";
  readonly closed_at: string | null;
  readonly closed_by_id: number | null;
  readonly is_pull_request: boolean;
  readonly label_ids: readonly number[];
}

export interface PullRow extends Row {
  readonly repo_id: number;
  readonly number: number;
  readonly node_id: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: "open" | "closed";
  readonly draft: boolean;
  readonly user_id: number;
  readonly head_ref: string;
  readonly head_sha: string;
  readonly head_repo_id: number;
  readonly base_ref: string;
  readonly base_sha: string;
  readonly merged: boolean;
  readonly merged_at: string | null;
  readonly merged_by_id: number | null;
  readonly merge_commit_sha: string | null;
  readonly mergeable: boolean | null;
  readonly mergeable_state: string;
  readonly closed_at: string | null;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changed_files: number;
  readonly requested_reviewer_ids: readonly number[];
  readonly requested_team_ids: readonly number[];
}

export interface CommentRow extends Row {
  readonly repo_id: number;
  readonly issue_number: number | null;
  readonly user_id: number;
  readonly body: string;
  readonly comment_type: "issue" | "review" | "commit";
}

export interface ReviewRow extends Row {
  readonly repo_id: number;
  readonly pull_number: number;
  readonly user_id: number;
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  readonly commit_id: string;
  readonly submitted_at: string | null;
}

export interface RefRow extends Row {
  readonly repo_id: number;
  readonly ref: string;
  readonly sha: string;
  readonly node_id: string;
}

export interface BranchRow extends Row {
  readonly repo_id: number;
  readonly name: string;
  readonly sha: string;
  readonly protected: boolean;
}

export interface ProtectionRow extends Row {
  readonly repo_id: number;
  readonly branch_name: string;
  readonly enforce_admins: boolean;
  readonly required_status_checks: {
    readonly strict: boolean;
    readonly contexts: readonly string[];
  } | null;
  readonly required_pull_request_reviews: {
    readonly required_approving_review_count: number;
  } | null;
  readonly restrictions: null;
  readonly required_linear_history: boolean;
  readonly allow_force_pushes: boolean;
  readonly allow_deletions: boolean;
  readonly required_signatures: boolean;
}

export interface CommitRow extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly message: string;
  readonly author_name: string;
  readonly author_email: string;
  readonly author_date: string;
  readonly committer_name: string;
  readonly committer_email: string;
  readonly committer_date: string;
  readonly tree_sha: string;
  readonly parent_shas: readonly string[];
  readonly user_id: number | null;
}

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  readonly size?: number;
}

export interface TreeRow extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly tree: readonly TreeEntry[];
  readonly truncated: boolean;
}

export interface BlobRow extends Row {
  readonly repo_id: number;
  readonly sha: string;
  readonly node_id: string;
  readonly content: string;
  readonly encoding: "utf-8" | "base64";
  readonly size: number;
}

export interface CheckRunRow extends Row {
  readonly repo_id: number;
  readonly head_sha: string;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
}

export interface IssueEventRow extends Row {
  readonly repo_id: number;
  readonly issue_number: number;
  readonly event: string;
  readonly actor_id: number;
  readonly node_id: string;
  readonly commit_id: string | null;
  readonly commit_url: string | null;
  readonly label_name: string | null;
  readonly assignee_id: number | null;
  readonly milestone_title: string | null;
  readonly rename: unknown;
  /** Members of this event that GitHub shows beside the usual ones. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface GitHubStore {
  readonly users: Collection<UserRow>;
  readonly orgs: Collection<OrgRow>;
  readonly teams: Collection<TeamRow>;
  readonly teamMembers: Collection<TeamMemberRow>;
  readonly teamRepos: Collection<TeamRepoRow>;
  readonly collaborators: Collection<CollaboratorRow>;
  readonly repos: Collection<RepoRow>;
  readonly issues: Collection<IssueRow>;
  readonly pullRequests: Collection<PullRow>;
  readonly comments: Collection<CommentRow>;
  readonly reviews: Collection<ReviewRow>;
  readonly refs: Collection<RefRow>;
  readonly branches: Collection<BranchRow>;
  readonly branchProtections: Collection<ProtectionRow>;
  readonly commits: Collection<CommitRow>;
  readonly trees: Collection<TreeRow>;
  readonly blobs: Collection<BlobRow>;
  readonly checkRuns: Collection<CheckRunRow>;
  readonly issueEvents: Collection<IssueEventRow>;
}

/** Who a request's token speaks for. An installation token has `installation`. */
export interface AuthUser {
  readonly login: string;
  readonly id: number;
  readonly scopes: readonly string[];
  readonly installation?: {
    readonly installationId: number;
    readonly appId: number;
    readonly permissions: Readonly<Record<string, string>>;
  };
}
