/** The one question of GitHub's GraphQL API that the App asks: whom a commit is attributed to. */
import { emailOf } from "./merge.ts";
import { commitOf } from "./objects.ts";
import { bodyOf, HttpError, isJson } from "./router.ts";
import { repoNamed, type World } from "./world.ts";

const trailer = /^co-authored-by:.*<([^<>]*)>/gimu;

export function installGraphql(world: World): void {
  world.router.post("/graphql", async (c) => {
    if (c.get("authUser") === undefined) throw new HttpError(401, "Bad credentials");
    const { variables, query } = await bodyOf(c);
    if (!isJson(variables) || typeof query !== "string" || !query.includes("authors(first:")) {
      throw new HttpError(400, "The sandbox answers one query alone");
    }
    const repo = repoNamed(world, `${String(variables["owner"])}/${String(variables["repo"])}`);
    const { author_email: author, message } = commitOf(world, repo, String(variables["oid"]));
    const others = [...message.matchAll(trailer)].map(([, address = ""]) => address.trim());
    const nodes = [author, ...others].map((email) => authorOf(world, email));
    const authors = { totalCount: nodes.length, nodes };
    return c.json({ data: { repository: { object: { authors } } } });
  });
}

function authorOf(world: World, email: string) {
  const known = world.gh.users
    .all()
    .find((user) => emailOf(user).toLowerCase() === email.toLowerCase());
  return { email, user: known === undefined ? null : { databaseId: known.id } };
}
