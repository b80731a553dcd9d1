/** Who may do what in a repository: GitHub's roles, from ownership, teams and invitations. */
import { HttpError } from "./router.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import type { World } from "./world.ts";

const levels = ["none", "read", "triage", "write", "maintain", "admin"] as const;
export type Permission = (typeof levels)[number];

/** The emulator keeps an organisation's members as a team of this name. */
export const membersTeam = "members";

/** The highest of: owner, invitation, teams of the repository, the organisation's default. */
export function permissionOf(world: World, user: UserRow, repo: RepoRow): Permission {
  if (isOwner(world, user)) return "admin";
  const { gh } = world;
  const grants = gh.collaborators
    .findBy("repo_id", repo.id)
    .filter((row) => row.user_id === user.id)
    .map(({ permission }) => permission);
  for (const { team_id } of gh.teamMembers.findBy("user_id", user.id)) {
    const team = gh.teams.get(team_id);
    if (team?.slug === membersTeam) grants.push(orgDefault(world));
    const linked = gh.teamRepos.findBy("team_id", team_id).some((row) => row.repo_id === repo.id);
    if (team !== undefined && linked) grants.push(team.permission);
  }
  return grants
    .map(levelOf)
    .reduce((best, next) => (rank(next) > rank(best) ? next : best), "none");
}

export const mayWrite = (world: World, user: UserRow, repo: RepoRow) =>
  rank(permissionOf(world, user, repo)) >= rank("write");

/** @throws 403 where GitHub would refuse the write. */
export function requireWrite(world: World, user: UserRow, repo: RepoRow): void {
  if (isAppBot(world, user) || mayWrite(world, user, repo)) return;
  throw new HttpError(403, "Resource not accessible by personal access token");
}

/** What the App may do is checked on its installation's permissions, not on its account. */
export const isAppBot = (world: World, user: UserRow) => user.login === `${world.app.slug}[bot]`;

export function isOwner(world: World, user: UserRow): boolean {
  return world.gh.teamMembers
    .findBy("user_id", user.id)
    .some(
      ({ team_id, role }) =>
        role === "maintainer" && world.gh.teams.get(team_id)?.slug === membersTeam,
    );
}

/** A repository as somebody sees it says what that person may do there. */
export function withPermissions(world: World, body: unknown, login: string | undefined): unknown {
  if (typeof body !== "object" || body === null || !("full_name" in body)) return body;
  const repo = world.gh.repos.findOneBy("full_name", String(body.full_name));
  const user = login === undefined ? undefined : world.gh.users.findOneBy("login", login);
  if (repo === undefined || user === undefined) return body;
  const own = permissionOf(world, user, repo);
  const may = (permission: Permission) => rank(own) >= rank(permission);
  const permissions = { admin: may("admin"), maintain: may("maintain"), push: may("write") };
  return { ...body, permissions: { ...permissions, triage: may("triage"), pull: may("read") } };
}

const orgDefault = (world: World) =>
  world.gh.orgs.findOneBy("login", world.org)?.default_repository_permission ?? "none";

function levelOf(granted: string): Permission {
  if (granted === "push") return "write";
  if (granted === "pull") return "read";
  return levels.find((level) => level === granted) ?? "none";
}

const rank = (permission: Permission) => levels.indexOf(permission);
