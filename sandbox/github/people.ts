/** Accounts, the organisation's members and its teams, with the events when they change. */
import { requireOwner } from "./access.ts";
import { emitOrg } from "./emit.ts";
import { membersTeam, permissionOf } from "./permissions.ts";
import { bodyOf, type Ctx, notFound, paged } from "./router.ts";
import type { TeamRow, UserRow } from "./rows.ts";
import { actorOf, read, readRepo, readUser, repoOf, userNamed, type World } from "./world.ts";

export function installPeople(world: World): void {
  const { router, gh } = world;
  router.get("/user/:id{[0-9]+}", async (c) => {
    const user = gh.users.get(Number(c.req.param("id")));
    if (user === undefined) throw notFound();
    return c.json(await readUser(world, user.login));
  });
  router.get("/repos/:owner/:repo/collaborators/:username/permission", async (c) => {
    const user = userNamed(world, c.req.param("username"));
    const role = permissionOf(world, user, repoOf(world, c));
    const legacy = { triage: "read", maintain: "write" } as const;
    const permission = role === "triage" || role === "maintain" ? legacy[role] : role;
    return c.json({ permission, role_name: role, user: await readUser(world, user.login) });
  });
  router.get("/installation/repositories", async (c) => {
    if (c.get("authUser")?.installation === undefined) throw notFound();
    const repositories = await Promise.all(gh.repos.all().map((repo) => readRepo(world, repo)));
    return c.json({ total_count: repositories.length, repositories: paged(c, repositories) });
  });
  installTeams(world);
  installMembers(world);
}

function installTeams(world: World): void {
  const { router, gh } = world;
  router.use("/orgs/:org/teams/:slug", hideMembersTeam);
  router.use("/orgs/:org/teams/:slug/:rest{.+}", hideMembersTeam);
  router.get("/orgs/:org/teams", async (c) => {
    const slugs = gh.teams
      .all()
      .filter(({ slug }) => slug !== membersTeam)
      .map(({ slug }) => slug);
    const teams = slugs.map((slug) => read(world, `/orgs/${world.org}/teams/${slug}`));
    return c.json(paged(c, await Promise.all(teams)));
  });
  const membership = "/orgs/:org/teams/:slug/memberships/:username";
  router.put(membership, async (c) => {
    requireOwner(world, c);
    const [team, user] = [teamOf(world, c), userNamed(world, c.req.param("username"))];
    const role = (await bodyOf(c))["role"] === "maintainer" ? "maintainer" : "member";
    const known = gh.teamMembers.findBy("team_id", team.id).find((row) => row.user_id === user.id);
    if (known !== undefined) gh.teamMembers.update(known.id, { role });
    else {
      gh.teamMembers.insert({ team_id: team.id, user_id: user.id, role });
      announce(world, { action: "added", team, user, sender: actorOf(world, c) });
    }
    const path = `/orgs/${world.org}/teams/${team.slug}/memberships/${user.login}`;
    return c.json(await read(world, path));
  });
  router.delete(membership, (c) => {
    requireOwner(world, c);
    leaveTeam(
      world,
      teamOf(world, c),
      userNamed(world, c.req.param("username")),
      actorOf(world, c),
    );
    return c.body(null, 204);
  });
}

function hideMembersTeam(c: Ctx, next: () => Promise<void>): Promise<void> {
  if (c.req.param("slug") === membersTeam) throw notFound();
  return next();
}

function installMembers(world: World): void {
  const remove = (c: Ctx) => {
    requireOwner(world, c);
    const [user, sender] = [userNamed(world, c.req.param("username")), actorOf(world, c)];
    for (const team of world.gh.teams.all()) leaveTeam(world, team, user, sender);
    const detail = async () => ({
      membership: { state: "inactive", role: "member", user: await readUser(world, user.login) },
    });
    emitOrg(world, { event: "organization", action: "member_removed", sender, detail });
    return c.body(null, 204);
  };
  world.router.delete("/orgs/:org/members/:username", remove);
  world.router.delete("/orgs/:org/memberships/:username", remove);
}

function teamOf(world: World, c: Ctx): TeamRow {
  const team = world.gh.teams.findOneBy("slug", c.req.param("slug"));
  if (team === undefined) throw notFound();
  return team;
}

function leaveTeam(world: World, team: TeamRow, user: UserRow, sender: UserRow): void {
  const rows = world.gh.teamMembers.findBy("team_id", team.id);
  const row = rows.find((candidate) => candidate.user_id === user.id);
  if (row === undefined) return;
  world.gh.teamMembers.delete(row.id);
  if (team.slug !== membersTeam) announce(world, { action: "removed", team, user, sender });
}

function announce(
  world: World,
  what: { action: "added" | "removed"; team: TeamRow; user: UserRow; sender: UserRow },
): void {
  const { action, team, user, sender } = what;
  const detail = async () => ({
    scope: "team",
    member: await readUser(world, user.login),
    team: await read(world, `/orgs/${world.org}/teams/${team.slug}`),
  });
  emitOrg(world, { event: "membership", action, sender, detail });
}
