/** Pull requests: their files and commits, edits, draft state, and which commit came by which. */
import { requirePermission } from "./access.ts";
import { emitPull } from "./emit.ts";
import { commitOf, isAncestor, type PathChange } from "./objects.ts";
import { requireWrite } from "./permissions.ts";
import {
  baseOf,
  closePull,
  pullChanges,
  pullCommits,
  refreshPull,
  setIssue,
} from "./pull-state.ts";
import { bodyOf, type Ctx, HttpError, isJson, type Json, paged } from "./router.ts";
import type { PullRow, RepoRow, UserRow } from "./rows.ts";
import { addTimeline } from "./timeline.ts";
import { actorOf, branchTip, pullOf, readObject, readPull, repoOf, type World } from "./world.ts";

const maxFiles = 3000;
const maxCommits = 250;

export function installPulls(world: World): void {
  const { router } = world;
  router.use("/repos/:owner/:repo/pulls", async (c, next) => {
    if (c.req.method !== "POST") return next();
    await refuseImpossible(world, c);
    await next();
  });
  router.get("/repos/:owner/:repo/pulls/:number/files", async (c) => {
    const { repo, pull } = pullOf(world, c);
    const page = paged(c, pullChanges(world, repo, pull).slice(0, maxFiles));
    const details = await comparedFiles(world, repo, pull);
    return c.json(page.map((change) => fileOf(world, { repo, pull, change }, details)));
  });
  router.get("/repos/:owner/:repo/pulls/:number/commits", async (c) => {
    const { repo, pull } = pullOf(world, c);
    const page = paged(c, pullCommits(world, repo, pull).slice(0, maxCommits));
    return c.json(await Promise.all(page.map(({ sha }) => commitItem(world, repo, sha))));
  });
  router.get("/repos/:owner/:repo/commits/:sha/pulls", async (c) => {
    const repo = repoOf(world, c);
    const pulls = pullsWith(world, repo, c.req.param("sha"));
    const page = paged(c, pulls);
    return c.json(await Promise.all(page.map(({ number }) => readPull(world, repo, number))));
  });
  router.patch("/repos/:owner/:repo/pulls/:number", async (c) => {
    const { repo, pull } = pullOf(world, c);
    const actor = actorOf(world, c);
    requirePermission(c, { pull_requests: "write" });
    if (actor.id !== pull.user_id) requireWrite(world, actor, repo);
    edit(world, { repo, pull, actor }, await bodyOf(c));
    return c.json(await readPull(world, repo, pull.number));
  });
}

async function refuseImpossible(world: World, c: Ctx): Promise<void> {
  const repo = repoOf(world, c);
  const { head, base } = await bodyOf(c);
  if (typeof head !== "string" || typeof base !== "string") throw invalid();
  const branch = head.replace(`${world.org}:`, "");
  const [headSha, baseSha] = [branchTip(world, repo, branch), branchTip(world, repo, base)];
  if (headSha === undefined || baseSha === undefined) throw invalid();
  if (isAncestor(world, repo, headSha, baseSha)) throw invalid();
  const twin = world.gh.pullRequests
    .findBy("repo_id", repo.id)
    .some((pull) => pull.state === "open" && pull.head_ref === branch && pull.base_ref === base);
  if (twin) throw invalid();
}

const invalid = () => new HttpError(422, "Validation Failed");

/** The emulator's comparison knows patches and line counts, of 300 files at most. */
async function comparedFiles(
  world: World,
  repo: RepoRow,
  pull: PullRow,
): Promise<Map<string, Json>> {
  const range = `${baseOf(world, repo, pull)}...${pull.head_sha}`;
  const { files } = await readObject(world, `/repos/${repo.full_name}/compare/${range}`);
  const list = Array.isArray(files) ? files.filter(isJson) : [];
  return new Map(list.map((file) => [String(file["filename"]), file]));
}

function fileOf(
  world: World,
  { repo, pull, change }: { repo: RepoRow; pull: PullRow; change: PathChange },
  details: ReadonlyMap<string, Json>,
): Json {
  const { path, status, before, after } = change;
  const known = details.get(path);
  if (known !== undefined && known["status"] === status) return known;
  const url = `${world.origin}/repos/${repo.full_name}/contents/${encodeURI(path)}`;
  const sha = (after ?? before)?.sha;
  const counts = { additions: 0, deletions: 0, changes: 0 };
  return { sha, filename: path, status, ...counts, contents_url: `${url}?ref=${pull.head_sha}` };
}

async function commitItem(world: World, repo: RepoRow, sha: string): Promise<unknown> {
  const {
    files: _files,
    stats: _stats,
    ...item
  } = await readObject(world, `/repos/${repo.full_name}/commits/${sha}`);
  return item;
}

/** The merged pull request that brought the commit; failing that, every one that holds it. */
function pullsWith(world: World, repo: RepoRow, sha: string): PullRow[] {
  commitOf(world, repo, sha);
  const pulls = world.gh.pullRequests.findBy("repo_id", repo.id);
  const brought = pulls.filter(({ id }) => id === world.landed.get(sha));
  if (brought.length > 0) return brought;
  return pulls.filter((pull) => pullCommits(world, repo, pull).some((one) => one.sha === sha));
}

interface Edit {
  readonly repo: RepoRow;
  readonly pull: PullRow;
  readonly actor: UserRow;
}

function edit(world: World, what: Edit, body: Json): void {
  editText(world, what, body);
  const { repo, pull, actor } = what;
  if (body["state"] === "closed" && pull.state === "open") closePull(world, repo, pull, actor);
  if (body["state"] === "open" && pull.state === "closed") reopen(world, what);
}

function editText(world: World, { repo, pull, actor }: Edit, body: Json): void {
  const { title, body: text, base } = body;
  const changes: Json = {};
  const patch: { title?: string; body?: string | null; base_ref?: string; base_sha?: string } = {};
  if (typeof title === "string" && title !== pull.title) {
    patch.title = title;
    changes["title"] = { from: pull.title };
  }
  if ((typeof text === "string" || text === null) && text !== pull.body) {
    patch.body = text;
    changes["body"] = { from: pull.body };
  }
  if (typeof base === "string" && base !== pull.base_ref) {
    const base_sha = branchTip(world, repo, base);
    if (base_sha === undefined || pull.state === "closed") throw invalid();
    Object.assign(patch, { base_ref: base, base_sha });
    changes["base"] = { ref: { from: pull.base_ref }, sha: { from: pull.base_sha } };
  }
  if (Object.keys(changes).length === 0) return;
  world.gh.pullRequests.update(pull.id, patch);
  const { base_ref: _ref, base_sha: _sha, ...issuePatch } = patch;
  setIssue(world, repo, pull, issuePatch);
  refreshPull(world, repo, pull.id);
  const event = { action: "edited", number: pull.number, sender: actor, detail: { changes } };
  emitPull(world, repo, event);
}

function reopen(world: World, { repo, pull, actor }: Edit): void {
  const head = branchTip(world, repo, pull.head_ref);
  if (pull.merged || head === undefined) throw invalid();
  const opened = { state: "open", closed_at: null } as const;
  world.gh.pullRequests.update(pull.id, { ...opened, head_sha: head });
  setIssue(world, repo, pull, { ...opened, closed_by_id: null });
  refreshPull(world, repo, pull.id);
  addTimeline(world, repo, pull.number, { event: "reopened", actor });
  emitPull(world, repo, { action: "reopened", number: pull.number, sender: actor });
}

/** A button of the page: GitHub's REST API cannot change the draft state. */
export function setDraft(world: World, { repo, pull, actor }: Edit, draft: boolean): void {
  if (pull.draft === draft) return;
  world.gh.pullRequests.update(pull.id, { draft });
  const event = draft ? "convert_to_draft" : "ready_for_review";
  addTimeline(world, repo, pull.number, { event, actor });
  const action = draft ? "converted_to_draft" : "ready_for_review";
  emitPull(world, repo, { action, number: pull.number, sender: actor });
}
