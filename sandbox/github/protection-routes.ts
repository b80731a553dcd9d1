/** Changing the protection of a branch: an owner's right, and an event for whoever watches. */
import { requireAdmin } from "./access.ts";
import { emit } from "./emit.ts";
import { type Ctx, notFound } from "./router.ts";
import { actorOf, refSha, repoOf, type World } from "./world.ts";

export function installProtection(world: World): void {
  const { router } = world;
  const path = "/repos/:owner/:repo/branches/:branch{.+}/protection";
  router.use(path, async (c, next) => {
    if (c.req.method === "GET") return next();
    requireAdmin(world, c);
    const existed = ruleOf(world, c) !== undefined;
    await next();
    announce(world, c, existed);
  });
  for (const part of ["enforce_admins", "required_status_checks"]) {
    router.use(`${path}/${part}`, async (c, next) => {
      if (c.req.method !== "GET") requireAdmin(world, c);
      await next();
    });
  }
  // One segment: a pattern over several would swallow the paths below a branch.
  router.get("/repos/:owner/:repo/branches/:branch", (c) => c.json(branchOf(world, c)));
}

/** What anybody sees who may read the repository: the required checks, and whom they bind. */
function branchOf(world: World, c: Ctx) {
  const repo = repoOf(world, c);
  const name = c.req.param("branch");
  const sha = refSha(world, repo, `refs/heads/${name}`);
  if (sha === undefined) throw notFound();
  const rule = ruleOf(world, c);
  const contexts = rule?.required_status_checks?.contexts ?? [];
  const enforced = rule?.enforce_admins === true ? "everyone" : "non_admins";
  return {
    name,
    commit: { sha, url: `${world.origin}/repos/${repo.full_name}/commits/${sha}` },
    protected: rule !== undefined,
    protection: {
      enabled: rule !== undefined,
      required_status_checks: {
        enforcement_level: contexts.length === 0 ? "off" : enforced,
        contexts,
        checks: contexts.map((context) => ({ context, app_id: world.app.id })),
      },
    },
  };
}

function ruleOf(world: World, c: Ctx) {
  const rules = world.gh.branchProtections.findBy("repo_id", repoOf(world, c).id);
  return rules.find(({ branch_name }) => branch_name === c.req.param("branch"));
}

function announce(world: World, c: Ctx, existed: boolean): void {
  const rule = ruleOf(world, c);
  if (!existed && rule === undefined) return;
  const action = rule === undefined ? "deleted" : existed ? "edited" : "created";
  const detail = () => ({ rule: { name: c.req.param("branch"), id: rule?.id ?? null } });
  const sender = actorOf(world, c);
  emit(world, repoOf(world, c), { event: "branch_protection_rule", action, sender, detail });
}
