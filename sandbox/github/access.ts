/** Who gets in: unknown tokens are refused, and a private repository is invisible to strangers. */
import { isOwner, permissionOf } from "./permissions.ts";
import { type Ctx, HttpError, notFound } from "./router.ts";
import { accountOf, actorOf, repoOf, type World } from "./world.ts";

export function installAccess(world: World): void {
  world.router.use("*", async (c, next) => {
    refuseUnknownToken(world, c);
    await next();
  });
  world.router.use("/repos/:owner/:repo", hideFromStrangers(world));
  world.router.use("/repos/:owner/:repo/:rest{.+}", hideFromStrangers(world));
  world.router.use("/repos/:owner/:repo", async (c, next) => {
    if (c.req.method !== "GET") requireAdmin(world, c);
    await next();
  });
  world.router.use("/orgs/:org/teams/:rest{.+}", async (c, next) => {
    requirePermission(c, { members: "read" });
    await next();
  });
}

/** The emulator takes any unknown token for its first user. */
function refuseUnknownToken(world: World, c: Ctx): void {
  const token = c.req.header("authorization")?.replace(/^(bearer|token) +/i, "");
  if (token === undefined) return;
  const known = token.startsWith("eyJ") ? c.get("authApp") !== undefined : world.tokens.has(token);
  if (!known) throw new HttpError(401, "Bad credentials");
}

const hideFromStrangers = (world: World) => async (c: Ctx, next: () => Promise<void>) => {
  const repo = repoOf(world, c);
  const auth = c.get("authUser");
  if (repo.private && auth?.installation === undefined && c.get("authApp") === undefined) {
    if (auth === undefined) throw notFound();
    if (permissionOf(world, accountOf(world, auth), repo) === "none") throw notFound();
  }
  await next();
};

/** @throws 404, as GitHub does for whoever may not know. */
export function requireAdmin(world: World, c: Ctx): void {
  const user = actorOf(world, c);
  if (permissionOf(world, user, repoOf(world, c)) !== "admin") throw notFound();
}

/** @throws 403 unless the caller is an owner of the organisation. */
export function requireOwner(world: World, c: Ctx): void {
  if (!isOwner(world, actorOf(world, c))) {
    throw new HttpError(403, "You must be an admin to perform this action.");
  }
}

/** @throws 403 for an installation that was not granted this; people are judged by their role. */
export function requirePermission(
  c: Ctx,
  needed: Readonly<Record<string, "read" | "write">>,
): void {
  const granted = c.get("authUser")?.installation?.permissions;
  if (granted === undefined) return;
  for (const [name, level] of Object.entries(needed)) {
    if (granted[name] === level || granted[name] === "write") continue;
    c.header("x-accepted-github-permissions", `${name}=${level}`);
    throw new HttpError(403, "Resource not accessible by integration");
  }
}
