/** Accounts, what they may do in a repository, and leaving the organisation. */
import { requireAdmin, requireOwner } from "./access.ts";
import { emitOrg } from "./emit.ts";
import { permissionOf } from "./permissions.ts";
import { type Ctx, notFound, paged } from "./router.ts";
import { leaveTeam } from "./teams.ts";
import { actorOf, readRepo, readUser, repoOf, userNamed, type World } from "./world.ts";

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
  router.use("/repos/:owner/:repo/collaborators/:username", async (c, next) => {
    if (c.req.method !== "GET") requireAdmin(world, c);
    await next();
  });
  router.get("/installation/repositories", async (c) => {
    if (c.get("authUser")?.installation === undefined) throw notFound();
    const repositories = await Promise.all(gh.repos.all().map((repo) => readRepo(world, repo)));
    return c.json({ total_count: repositories.length, repositories: paged(c, repositories) });
  });
  installMembers(world);
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
