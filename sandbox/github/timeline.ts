/** The timeline of a pull request or issue: what happened to it, oldest first. */
import { isJson, type Json, notFound, paged } from "./router.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import { read, readUser, repoOf, type World } from "./world.ts";
import type { IssueEventRow } from "./rows.ts";

export interface TimelineEntry {
  readonly event: string;
  readonly actor: UserRow;
  readonly commit_id?: string;
  readonly detail?: Json;
}

export function addTimeline(
  world: World,
  repo: RepoRow,
  number: number,
  { event, actor, commit_id, detail }: TimelineEntry,
): void {
  world.gh.issueEvents.insert({
    repo_id: repo.id,
    issue_number: number,
    event,
    actor_id: actor.id,
    node_id: "",
    commit_id: commit_id ?? null,
    commit_url: null,
    label_name: null,
    assignee_id: null,
    milestone_title: null,
    rename: null,
    ...(detail === undefined ? {} : { detail }),
  });
}

/** `timeline` also shows reviews and comments, `events` does not. */
export function installTimeline(world: World): void {
  const base = "/repos/:owner/:repo/issues/:number";
  world.router.get(`${base}/events`, async (c) => {
    const { repo, number } = issueOf(world, c);
    return c.json(paged(c, await issueEvents(world, repo, number)));
  });
  world.router.get(`${base}/timeline`, async (c) => {
    const { repo, number } = issueOf(world, c);
    const path = `/repos/${repo.full_name}`;
    const isPull = world.gh.pullRequests
      .findBy("repo_id", repo.id)
      .some((p) => p.number === number);
    const reviews = isPull ? await all(world, `${path}/pulls/${number}/reviews`) : [];
    const comments = await all(world, `${path}/issues/${number}/comments`);
    const entries: Json[] = [
      ...(await issueEvents(world, repo, number)),
      ...reviews.map((review) => ({ ...review, event: "reviewed" })),
      ...comments.map((comment) => ({ ...comment, event: "commented", actor: comment["user"] })),
    ];
    return c.json(
      paged(
        c,
        entries.toSorted((a, b) => timeOf(a).localeCompare(timeOf(b))),
      ),
    );
  });
}

function timeOf(entry: Json): string {
  const at = entry["submitted_at"] ?? entry["created_at"];
  return typeof at === "string" ? at : "";
}

function issueOf(world: World, c: Parameters<typeof repoOf>[1]) {
  const repo = repoOf(world, c);
  const number = Number(c.req.param("number"));
  const known = world.gh.issues.findBy("repo_id", repo.id).some((issue) => issue.number === number);
  if (!known) throw notFound();
  return { repo, number };
}

async function issueEvents(world: World, repo: RepoRow, number: number): Promise<Json[]> {
  const rows = world.gh.issueEvents
    .findBy("repo_id", repo.id)
    .filter((row) => row.issue_number === number && row.event !== "opened");
  return Promise.all(rows.map((row) => shown(world, repo, row)));
}

async function shown(world: World, repo: RepoRow, row: IssueEventRow): Promise<Json> {
  const actor = world.gh.users.get(row.actor_id);
  return {
    id: row.id,
    node_id: `IE_${row.id}`,
    url: `${world.origin}/repos/${repo.full_name}/issues/events/${row.id}`,
    actor: actor === undefined ? null : await readUser(world, actor.login),
    event: row.event,
    commit_id: row.commit_id,
    commit_url: row.commit_url,
    created_at: row.created_at,
    ...(row.label_name === null ? {} : { label: { name: row.label_name } }),
    ...row.detail,
  };
}

async function all(world: World, path: string): Promise<Json[]> {
  const items: Json[] = [];
  for (let page = 1; ; page += 1) {
    const next = await read(world, `${path}?per_page=100&page=${page}`);
    if (!Array.isArray(next)) throw new Error(`${path} is no list`);
    items.push(...next.filter(isJson));
    if (next.length < 100) return items;
  }
}
