/** Teams and their members, with the events when they change. */
import { requireOwner } from "./access.ts";
import { emitOrg } from "./emit.ts";
import { membersTeam } from "./permissions.ts";
import { bodyOf, type Ctx, type Handler, notFound, paged } from "./router.ts";
import type { TeamRow, UserRow } from "./rows.ts";
import { actorOf, read, readUser, userNamed, type World } from "./world.ts";

export function installTeams(world: World): void {
  const { router, gh } = world;
  router.use("/orgs/:org/teams/:slug", hideMembersTeam);
  router.use("/orgs/:org/teams/:slug/:rest{.+}", hideMembersTeam);
  const ofTeam = { PATCH: "edited", DELETE: "deleted" };
  router.use("/orgs/:org/teams/:slug", announceChange(world, ofTeam));
  const ofRepo = { PUT: "added_to_repository", DELETE: "removed_from_repository" };
  router.use("/orgs/:org/teams/:slug/repos/:rest{.+}", announceChange(world, ofRepo));
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

function teamOf(world: World, c: Ctx): TeamRow {
  const team = world.gh.teams.findOneBy("slug", c.req.param("slug"));
  if (team === undefined) throw notFound();
  return team;
}

export function leaveTeam(world: World, team: TeamRow, user: UserRow, sender: UserRow): void {
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

/** An owner's change of a team itself, or of what it reaches, with its `team` event. */
const announceChange =
  (world: World, actions: Readonly<Record<string, string>>): Handler =>
  async (c, next) => {
    const action = actions[c.req.method];
    if (action === undefined) return next();
    requireOwner(world, c);
    const team = await read(world, `/orgs/${world.org}/teams/${teamOf(world, c).slug}`);
    await next();
    emitOrg(world, { event: "team", action, sender: actorOf(world, c), detail: () => ({ team }) });
  };
