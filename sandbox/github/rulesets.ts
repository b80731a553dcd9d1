/** Rulesets, and what one that is in force refuses: moving the default branch past a review. */
import { requireAdmin } from "./access.ts";
import { bodyOf, type Ctx, HttpError, isJson, type Json, notFound, paged } from "./router.ts";
import { repoOf, type World } from "./world.ts";

interface Ruleset {
  readonly id: number;
  body: Json;
  updated_at: string;
}

export function installRulesets(world: World): void {
  const rulesets = new Map<string, Ruleset[]>();
  let next = 1;
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
    ruleset.updated_at = new Date(
      Math.max(Date.now(), Date.parse(ruleset.updated_at) + 1),
    ).toISOString();
    return c.json(shown(c, ruleset));
  });
  function rulesetOf(c: Ctx): Ruleset {
    const found = rulesetsOf(c).find(({ id }) => id === Number(c.req.param("id")));
    if (found === undefined) throw notFound();
    return found;
  }
  world.router.get("/repos/:owner/:repo/rules/branches/:branch{.+}", (c) => {
    const isDefault = c.req.param("branch") === repoOf(world, c).default_branch;
    return c.json(paged(c, isDefault ? rulesOf(c) : []));
  });
  world.router.use("/repos/:owner/:repo/git/refs/heads/:branch", async (c, then) => {
    const isDefault = c.req.param("branch") === repoOf(world, c).default_branch;
    const needsPull = c.req.method === "PATCH" && isDefault;
    if (needsPull && rulesOf(c).some((rule) => rule["type"] === "pull_request")) {
      throw new HttpError(
        422,
        "Repository rule violations found: changes must be made through a pull request.",
      );
    }
    await then();
  });
  /** Of the default branch. */
  function rulesOf(c: Ctx): Json[] {
    return rulesetsOf(c)
      .filter(({ body }) => body["enforcement"] === "active" && isOfDefault(body))
      .flatMap(({ id, body }) =>
        (Array.isArray(body["rules"]) ? body["rules"] : [])
          .filter(isJson)
          .map((rule) => ({ ...rule, ruleset_id: id })),
      );
  }
}

/** A ruleset without conditions is taken for one of the default branch. */
function isOfDefault({ conditions }: Json): boolean {
  const names =
    isJson(conditions) && isJson(conditions["ref_name"]) ? conditions["ref_name"] : null;
  return (
    names === null ||
    (Array.isArray(names["include"]) && names["include"].includes("~DEFAULT_BRANCH"))
  );
}
