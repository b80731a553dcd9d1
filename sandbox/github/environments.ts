/** Environments with their branches, and rulesets: what keeps others from a workflow's secrets. */
import { requireAdmin, requirePermission } from "./access.ts";
import { bodyOf, type Ctx, isJson, type Json, notFound, paged } from "./router.ts";
import { repoOf, type World } from "./world.ts";

interface Environment {
  policy: unknown;
  readonly branches: { readonly id: number; readonly name: string; readonly type: string }[];
}
interface Ruleset {
  readonly id: number;
  body: Json;
  updated_at: string;
}

export function installEnvironments(world: World): void {
  const environments = new Map<string, Environment>();
  const rulesets = new Map<string, Ruleset[]>();
  let next = 1;
  const path = "/repos/:owner/:repo/environments/:name";
  const keyOf = (c: Ctx) => `${repoOf(world, c).full_name} ${c.req.param("name")}`;
  const environmentOf = (c: Ctx): Environment => {
    const found = environments.get(keyOf(c));
    if (found === undefined) throw notFound();
    return found;
  };
  world.router.get(path, (c) => {
    requirePermission(c, { actions: "read" });
    const { policy } = environmentOf(c);
    return c.json({ name: c.req.param("name"), deployment_branch_policy: policy });
  });
  world.router.put(path, async (c) => {
    requireAdmin(world, c);
    const policy = (await bodyOf(c))["deployment_branch_policy"] ?? null;
    const known = environments.get(keyOf(c));
    if (known === undefined) environments.set(keyOf(c), { policy, branches: [] });
    else known.policy = policy;
    return c.json({ name: c.req.param("name"), deployment_branch_policy: policy });
  });
  world.router.get(`${path}/deployment-branch-policies`, (c) => {
    requirePermission(c, { actions: "read" });
    const { branches } = environmentOf(c);
    return c.json({ total_count: branches.length, branch_policies: paged(c, branches) });
  });
  world.router.post(`${path}/deployment-branch-policies`, async (c) => {
    requireAdmin(world, c);
    const { name, type } = await bodyOf(c);
    const policy = { id: (next += 1), name: String(name), type: type === "tag" ? "tag" : "branch" };
    environmentOf(c).branches.push(policy);
    return c.json(policy);
  });

  const below = "/repos/:owner/:repo/rulesets";
  const rulesetsOf = (c: Ctx) => rulesets.get(repoOf(world, c).full_name) ?? [];
  const shown = (c: Ctx, { id, body, updated_at }: Ruleset) => {
    const { bypass_actors: bypass, ...rest } = body;
    // Who may pass is told to those alone who may change it.
    const isRun = c.get("authUser")?.installation !== undefined;
    return { ...rest, id, updated_at, ...(isRun ? {} : { bypass_actors: bypass ?? [] }) };
  };
  world.router.get(below, (c) =>
    c.json(
      paged(
        c,
        rulesetsOf(c).map((one) => shown(c, one)),
      ),
    ),
  );
  world.router.post(below, async (c) => {
    requireAdmin(world, c);
    const updated_at = new Date().toISOString();
    const made = { id: (next += 1), body: await bodyOf(c), updated_at };
    rulesets.set(repoOf(world, c).full_name, [...rulesetsOf(c), made]);
    return c.json(shown(c, made), 201);
  });
  world.router.get(`${below}/:id`, (c) => c.json(shown(c, rulesetOf(c))));
  world.router.put(`${below}/:id`, async (c) => {
    requireAdmin(world, c);
    const ruleset = rulesetOf(c);
    ruleset.body = { ...ruleset.body, ...(await bodyOf(c)) };
    ruleset.updated_at = new Date(Date.parse(ruleset.updated_at) + 1000).toISOString();
    return c.json(shown(c, ruleset));
  });
  function rulesetOf(c: Ctx): Ruleset {
    const found = rulesetsOf(c).find(({ id }) => id === Number(c.req.param("id")));
    if (found === undefined) throw notFound();
    return found;
  }
  world.router.get("/repos/:owner/:repo/rules/branches/:branch{.+}", (c) => {
    const isDefault = c.req.param("branch") === repoOf(world, c).default_branch;
    const rules = rulesetsOf(c).flatMap(({ id, body }) =>
      isDefault && Array.isArray(body["rules"])
        ? body["rules"].filter(isJson).map((rule) => ({ ...rule, ruleset_id: id }))
        : [],
    );
    return c.json(paged(c, rules));
  });
}
