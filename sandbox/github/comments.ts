/** Comments and labels on pull requests, which GitHub treats as issues, and edits that say so. */
import { isJson, type Json, paged } from "./router.ts";
import { pullNumbered, read, readPull, repoOf, type World } from "./world.ts";

export function installComments(world: World): void {
  // The emulator touches a new comment once more, which would read as an edit.
  world.router.use("/repos/:owner/:repo/issues/:number/comments", async (c, next) => {
    await next();
    if (c.req.method !== "POST") return;
    for (const comment of world.gh.comments.findBy("repo_id", repoOf(world, c).id)) {
      const { created_at: updated_at } = comment;
      if (!world.editedFrom.has(comment.id)) Object.assign(comment, { updated_at });
    }
  });
  world.router.get("/repos/:owner/:repo/issues/comments", async (c) => {
    const { full_name: name } = repoOf(world, c);
    const numbers = [...(await readList(world, `/repos/${name}/issues?state=all&per_page=100`))];
    numbers.push(...(await readList(world, `/repos/${name}/pulls?state=all&per_page=100`)));
    const all = await Promise.all(
      [...new Set(numbers.map(({ number }) => Number(number)))].map((number) =>
        readList(world, `/repos/${name}/issues/${number}/comments?per_page=100`).then((found) =>
          found.map((comment) => ({
            ...comment,
            issue_url: `${world.origin}/repos/${name}/issues/${number}`,
          })),
        ),
      ),
    );
    const since = Date.parse(c.req.query("since") ?? "1970-01-01T00:00:00Z");
    const isNew = (one: Json) => Date.parse(String(one["updated_at"])) >= since;
    return c.json(paged(c, all.flat().filter(isNew)));
  });
  world.router.use("/repos/:owner/:repo/issues/comments/:id", async (c, next) => {
    const id = Number(c.req.param("id"));
    const body = world.gh.comments.get(id)?.body;
    if (c.req.method === "PATCH" && body !== undefined) world.editedFrom.set(id, body);
    await next();
  });
  world.router.use("/repos/:owner/:repo/issues/:number", async (c, next) => {
    const repo = repoOf(world, c);
    const pull = pullNumbered(world, repo, Number(c.req.param("number")));
    if (c.req.method !== "GET" || pull === undefined) return next();
    return c.json(asIssue(await readPull(world, repo, pull.number)));
  });
}

const shared = [
  "id",
  "node_id",
  "number",
  "title",
  "user",
  "labels",
  "state",
  "locked",
  "assignee",
  "assignees",
  "milestone",
  "comments",
  "created_at",
  "updated_at",
  "closed_at",
  "body",
  "author_association",
  "html_url",
];

function asIssue(pull: Json): Json {
  const url = String(pull["issue_url"]);
  const kept = shared.map((key) => [key, pull[key]]);
  return {
    ...Object.fromEntries(kept),
    performed_via_github_app: null,
    url,
    repository_url: url.replace(/\/issues\/\d+$/, ""),
    comments_url: `${url}/comments`,
    labels_url: `${url}/labels{/name}`,
    timeline_url: `${url}/timeline`,
  };
}

async function readList(world: World, path: string): Promise<Json[]> {
  const list = await read(world, path);
  return Array.isArray(list) ? list.filter(isJson) : [];
}
