/** The world a sandbox starts with: an organisation, its people and teams, the App, a repository. */
import { storeBlob, storeCommit, storeTree } from "./objects.ts";
import type { Collection, GitHubStore, RepoRow, Row, TreeEntry } from "./rows.ts";
import { emailOf } from "./merge.ts";
import { userNamed, type World } from "./world.ts";

export const personNames = [
  "ada",
  "olivia",
  "omar",
  "sam",
  "sven",
  "mallory",
  "update-agent",
] as const;
export type PersonName = (typeof personNames)[number];

/** A record with one value for each person. */
export function forEverybody<T>(valueOf: (login: PersonName) => T): Record<PersonName, T> {
  return {
    ada: valueOf("ada"),
    olivia: valueOf("olivia"),
    omar: valueOf("omar"),
    sam: valueOf("sam"),
    sven: valueOf("sven"),
    mallory: valueOf("mallory"),
    "update-agent": valueOf("update-agent"),
  };
}

/** Everything the App asks for, as its manifest does. */
export const appPermissions: Readonly<Record<string, string>> = {
  checks: "write",
  contents: "write",
  deployments: "write",
  issues: "write",
  members: "read",
  merge_queues: "read",
  metadata: "read",
  pull_requests: "write",
};

export const requiredChecks = [
  "countersign/policy",
  "countersign/rollback",
  "countersign/approvals",
] as const;

const teams = { ops: ["olivia", "omar"], security: ["sam", "sven"] } as const;
const invited = ["mallory", "update-agent"] as const;
const fullNames: Readonly<Record<PersonName, string>> = {
  ada: "Ada Owner",
  olivia: "Olivia Operator",
  omar: "Omar Operator",
  sam: "Sam Security",
  sven: "Sven Security",
  mallory: "Mallory Member",
  "update-agent": "Update Agent",
};

/** What the emulator seeds by itself; the rest needs its store. */
export function emulatorSeed(
  world: Pick<World, "org" | "app">,
  tokens: Record<PersonName, string>,
  permissions: Readonly<Record<string, string>>,
) {
  const { org, app } = world;
  const { id, slug, name, installationId } = app;
  return {
    tokens: Object.fromEntries(personNames.map((login) => [tokens[login], { login }])),
    github: {
      users: personNames.map((login) => ({ login, name: fullNames[login] })),
      orgs: [
        {
          login: org,
          members: personNames.map((login) => ({
            login,
            role: login === "ada" ? "admin" : "member",
          })),
        },
      ],
      repos: [],
      apps: [
        {
          app_id: id,
          slug,
          name,
          events: ["*"],
          permissions,
          installations: [{ installation_id: installationId, account: org }],
        },
      ],
    },
  };
}

/** Numeric ids of two sandboxes in one process never meet. */
export function separateIds(gh: GitHubStore, firstId: number): void {
  const collections = Object.values<Collection<Row>>({ ...gh });
  for (const collection of collections) {
    const placeholder = collection.insert({ id: firstId });
    collection.delete(placeholder.id);
  }
}

export function seedAccounts(world: World): void {
  const { gh, app, org } = world;
  const bot = `${app.slug}[bot]`;
  const person = userNamed(world, "ada");
  const { id: _id, created_at: _created, updated_at: _updated, ...like } = person;
  gh.users.insert({ ...like, login: bot, name: bot, type: "Bot", email: null });
  gh.users.insert({
    ...like,
    login: "web-flow",
    name: "GitHub Web Flow",
    email: "noreply@github.com",
  });
  const orgRow = gh.orgs.findOneBy("login", org);
  if (orgRow === undefined) throw new Error(`the organisation ${org} is missing`);
  for (const [slug, logins] of Object.entries(teams)) {
    const team = gh.teams.insert({
      node_id: `T_${slug}`,
      org_id: orgRow.id,
      name: slug,
      slug,
      description: null,
      privacy: "closed",
      permission: "push",
      parent_id: null,
      members_count: logins.length,
      repos_count: 1,
    });
    for (const login of logins) {
      const { id } = userNamed(world, login);
      gh.teamMembers.insert({ team_id: team.id, user_id: id, role: "member" });
    }
  }
}

/** A private repository whose one commit, by the owner, holds exactly `files`. */
export function seedRepository(
  world: World,
  name: string,
  { files, protection }: { files: Readonly<Record<string, string>>; protection: Protection },
): RepoRow {
  const { gh } = world;
  const repo = insertRepo(world, name);
  for (const { id: team_id, slug } of gh.teams.all()) {
    if (slug in teams) gh.teamRepos.insert({ team_id, repo_id: repo.id });
  }
  for (const login of invited) {
    const { id: user_id } = userNamed(world, login);
    gh.collaborators.insert({ repo_id: repo.id, user_id, permission: "push" });
  }
  const sha = initialCommit(world, repo, files);
  const isProtected = protection !== "none";
  gh.refs.insert({ repo_id: repo.id, ref: "refs/heads/main", sha, node_id: "R_main" });
  gh.branches.insert({ repo_id: repo.id, name: "main", sha, protected: isProtected });
  if (isProtected) protect(gh, repo, protection);
  return repo;
}

/** `owners_bypass` is GitHub's default: the rule binds everybody but the organisation's owners. */
export type Protection = "owners_bypass" | "everybody" | "none";

function insertRepo(world: World, name: string): RepoRow {
  const org = world.gh.orgs.findOneBy("login", world.org);
  const row = {
    node_id: `R_${name}`,
    name,
    full_name: `${world.org}/${name}`,
    owner_id: org?.id ?? 0,
    owner_type: "Organization",
    private: true,
    visibility: "private",
    description: null,
    fork: false,
    forked_from_id: null,
    homepage: null,
    language: null,
    languages: {},
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    size: 1,
    open_issues_count: 0,
    default_branch: "main",
    topics: [],
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    pushed_at: new Date().toISOString(),
    allow_rebase_merge: true,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_forking: true,
    is_template: false,
    license: null,
  };
  return world.gh.repos.insert(row);
}

function initialCommit(
  world: World,
  repo: RepoRow,
  files: Readonly<Record<string, string>>,
): string {
  const owner = userNamed(world, "ada");
  const entries = Object.entries(files).map(([path, text]): [string, TreeEntry] => {
    const { sha, size } = storeBlob(world, repo, Buffer.from(text));
    return [path, { path, mode: "100644", type: "blob", sha, size }];
  });
  const at = new Date().toISOString();
  const [name, email] = [owner.name ?? owner.login, emailOf(owner)];
  return storeCommit(world, repo, {
    message: "Initial commit",
    author_name: name,
    author_email: email,
    author_date: at,
    committer_name: name,
    committer_email: email,
    committer_date: at,
    tree_sha: storeTree(world, repo, new Map(entries)),
    parent_shas: [],
    user_id: owner.id,
  }).sha;
}

function protect(gh: GitHubStore, repo: RepoRow, protection: Protection): void {
  gh.branchProtections.insert({
    repo_id: repo.id,
    branch_name: repo.default_branch,
    enforce_admins: protection === "everybody",
    required_status_checks: { strict: false, contexts: [...requiredChecks] },
    required_pull_request_reviews: null,
    restrictions: null,
    required_linear_history: false,
    allow_force_pushes: false,
    allow_deletions: false,
    required_signatures: false,
  });
}
