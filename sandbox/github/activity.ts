/** The activity API: how each branch came to where it is. */
import { type Ctx, HttpError } from "./router.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import { readUser, repoOf, type World } from "./world.ts";

export type ActivityType =
  | "push"
  | "force_push"
  | "pr_merge"
  | "merge_queue_merge"
  | "branch_creation"
  | "branch_deletion";

export interface ActivityEntry {
  readonly id: number;
  readonly repoId: number;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly timestamp: string;
  readonly type: ActivityType;
  readonly actor: string;
}

export function recordActivity(
  world: World,
  repo: RepoRow,
  entry: Pick<ActivityEntry, "before" | "after" | "ref" | "type"> & { actor: UserRow },
): void {
  world.activity.push({
    ...entry,
    actor: entry.actor.login,
    id: world.activity.length + 1,
    repoId: repo.id,
    timestamp: new Date().toISOString(),
  });
}

export function installActivity(world: World): void {
  world.router.get("/repos/:owner/:repo/activity", async (c) => {
    const page = pageOf(c, matching(world, c));
    return c.json(await Promise.all(page.map((entry) => shown(world, entry))));
  });
}

/** Newest first unless `direction=asc`. */
function matching(world: World, c: Ctx): ActivityEntry[] {
  const repo = repoOf(world, c);
  const [ref, actor, type] = [
    c.req.query("ref"),
    c.req.query("actor"),
    c.req.query("activity_type"),
  ];
  const fullRef = ref?.startsWith("refs/") === false ? `refs/heads/${ref}` : ref;
  const found = world.activity.filter(
    (entry) =>
      entry.repoId === repo.id &&
      (fullRef === undefined || entry.ref === fullRef) &&
      (actor === undefined || entry.actor.toLowerCase() === actor.toLowerCase()) &&
      (type === undefined || entry.type === type),
  );
  return c.req.query("direction") === "asc" ? found : found.toReversed();
}

/** This API pages by cursors: `after` and `before` name the entry beside the page. */
function pageOf(c: Ctx, entries: readonly ActivityEntry[]): ActivityEntry[] {
  const perPage = Math.min(100, Math.max(1, Number(c.req.query("per_page") ?? 30) || 30));
  const [after, before] = [c.req.query("after"), c.req.query("before")];
  const position = (cursor: string) => {
    const index = entries.findIndex((entry) => String(entry.id) === cursor);
    if (index === -1) throw new HttpError(422, "Validation Failed");
    return index;
  };
  let start = after === undefined ? 0 : position(after) + 1;
  if (before !== undefined) start = Math.max(0, position(before) - perPage);
  const page = entries.slice(start, start + perPage);
  const last = page.at(-1);
  if (last !== undefined && start + perPage < entries.length) {
    const url = new URL(c.req.url);
    url.searchParams.delete("before");
    url.searchParams.set("after", String(last.id));
    c.header("Link", `<${url.href}>; rel="next"`);
  }
  return page;
}

async function shown(world: World, entry: ActivityEntry) {
  const { id, before, after, ref, timestamp, type, actor } = entry;
  const account = await readUser(world, actor);
  return {
    id,
    node_id: `A_${id}`,
    before,
    after,
    ref,
    timestamp,
    activity_type: type,
    actor: account,
  };
}
