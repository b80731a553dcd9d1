/** Deployments, their statuses, and the environments that come into being with them. */
import { requirePermission } from "./access.ts";
import { emit } from "./emit.ts";
import { requireWrite } from "./permissions.ts";
import { bodyOf, type Ctx, HttpError, type Json, notFound, paged, stringsIn } from "./router.ts";
import type { RepoRow, UserRow } from "./rows.ts";
import { actorOf, branchTip, readObject, readUser, repoOf, type World } from "./world.ts";

interface Status {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly log_url: string;
  readonly environment_url: string;
  readonly environment: string;
  readonly at: string;
  readonly by: UserRow;
}

interface Deployment {
  readonly id: number;
  readonly repo: RepoRow;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: unknown;
  readonly environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly at: string;
  readonly by: UserRow;
  readonly statuses: Status[];
}

const states = new Set("error failure inactive in_progress queued pending success".split(" "));

export function installDeployments(world: World): void {
  const deployments: Deployment[] = [];
  installDeploymentRoutes(world, deployments);
  installStatusRoutes(world, deployments);
  world.router.get("/repos/:owner/:repo/environments", (c) => {
    const repo = repoOf(world, c);
    const names = new Set(of(deployments, repo).map(({ environment }) => environment));
    const environments = [...names].map((name, index) => ({ id: index + 1, name }));
    return c.json({ total_count: environments.length, environments: paged(c, environments) });
  });
}

function installDeploymentRoutes(world: World, deployments: Deployment[]): void {
  const { router } = world;
  const path = "/repos/:owner/:repo/deployments";
  router.get(path, async (c) => {
    const asked = ["sha", "ref", "task", "environment"] as const;
    const found = of(deployments, repoOf(world, c))
      .filter((one) => asked.every((key) => (c.req.query(key) ?? one[key]) === one[key]))
      .toReversed();
    return c.json(await Promise.all(paged(c, found).map((one) => shown(world, one))));
  });
  router.post(path, async (c) => {
    const repo = repoOf(world, c);
    const by = writerOf(world, c, repo);
    const deployment = await newDeployment(world, { repo, by }, await bodyOf(c));
    const numbered = { ...deployment, id: deployments.length + 1 };
    deployments.push(numbered);
    const detail = async () => ({ deployment: await shown(world, numbered) });
    emit(world, repo, { event: "deployment", action: "created", sender: by, detail });
    return c.json(await shown(world, numbered), 201);
  });
  router.get(`${path}/:id`, async (c) =>
    c.json(await shown(world, deploymentOf(world, c, deployments))),
  );
}

function installStatusRoutes(world: World, deployments: Deployment[]): void {
  const { router } = world;
  const path = "/repos/:owner/:repo/deployments/:id/statuses";
  router.get(path, async (c) => {
    const deployment = deploymentOf(world, c, deployments);
    const page = paged(c, deployment.statuses.toReversed());
    return c.json(await Promise.all(page.map((status) => shownStatus(world, deployment, status))));
  });
  router.post(path, async (c) => {
    const deployment = deploymentOf(world, c, deployments);
    const by = writerOf(world, c, deployment.repo);
    const body = await bodyOf(c);
    const status = addStatus(world, deployment, { by, body });
    const retire = status.state === "success" && body["auto_inactive"] !== false;
    if (retire && !deployment.transient) retireEarlier(world, deployments, { deployment, by });
    return c.json(await shownStatus(world, deployment, status), 201);
  });
  router.get(`${path}/:status`, async (c) => {
    const deployment = deploymentOf(world, c, deployments);
    const status = deployment.statuses.find(({ id }) => String(id) === c.req.param("status"));
    if (status === undefined) throw notFound();
    return c.json(await shownStatus(world, deployment, status));
  });
}

const of = (deployments: readonly Deployment[], repo: RepoRow) =>
  deployments.filter((deployment) => deployment.repo.id === repo.id);

function deploymentOf(world: World, c: Ctx, deployments: readonly Deployment[]): Deployment {
  const id = Number(c.req.param("id"));
  const found = of(deployments, repoOf(world, c)).find((deployment) => deployment.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function writerOf(world: World, c: Ctx, repo: RepoRow): UserRow {
  const actor = actorOf(world, c);
  requirePermission(c, { deployments: "write" });
  requireWrite(world, actor, repo);
  return actor;
}

async function newDeployment(
  world: World,
  { repo, by }: { repo: RepoRow; by: UserRow },
  body: Json,
): Promise<Omit<Deployment, "id">> {
  const { ref, description } = body;
  if (typeof ref !== "string" || ref === "") throw new HttpError(422, "ref is required");
  const sha = branchTip(world, repo, ref) ?? (await resolve(world, repo, ref));
  refuseUnchecked(world, repo, sha, body["required_contexts"]);
  const text = (key: string, otherwise: string) =>
    typeof body[key] === "string" && body[key] !== "" ? body[key] : otherwise;
  const environment = text("environment", "production");
  return {
    repo,
    by,
    sha,
    ref,
    environment,
    statuses: [],
    task: text("task", "deploy"),
    payload: body["payload"] ?? {},
    description: typeof description === "string" ? description : null,
    transient: body["transient_environment"] === true,
    production: body["production_environment"] === true || environment === "production",
    at: new Date().toISOString(),
  };
}

async function resolve(world: World, repo: RepoRow, ref: string): Promise<string> {
  const path = `/repos/${repo.full_name}/commits/${encodeURIComponent(ref)}`;
  const commit = await readObject(world, path).catch(() => undefined);
  if (commit === undefined) throw new HttpError(422, `No ref found for: ${ref}`);
  return String(commit["sha"]);
}

/** Without `required_contexts`, every check that the commit has must have passed. */
function refuseUnchecked(world: World, repo: RepoRow, sha: string, contexts: unknown): void {
  const runs = world.gh.checkRuns.findBy("head_sha", sha).filter((run) => run.repo_id === repo.id);
  const newest = new Map(runs.map((run) => [run.name, run.conclusion]));
  const needed = contexts === undefined ? [...newest.keys()] : stringsIn(contexts);
  if (needed.some((name) => newest.get(name) !== "success")) {
    throw new HttpError(409, `Conflict: Commit status checks failed for ${sha}.`);
  }
}

function addStatus(
  world: World,
  deployment: Deployment,
  { by, body }: { by: UserRow; body: Json },
): Status {
  const text = (key: string) => (typeof body[key] === "string" ? body[key] : "");
  if (!states.has(text("state"))) throw new HttpError(422, "state is not included in the list");
  if (text("description").length > 140) {
    throw new HttpError(422, "description is too long (maximum is 140 characters)");
  }
  const status: Status = {
    id: deployment.id * 1000 + deployment.statuses.length + 1,
    state: text("state"),
    description: text("description"),
    log_url: text("log_url"),
    environment_url: text("environment_url"),
    environment: text("environment") || deployment.environment,
    at: new Date().toISOString(),
    by,
  };
  deployment.statuses.push(status);
  const detail = async () => ({
    deployment_status: await shownStatus(world, deployment, status),
    deployment: await shown(world, deployment),
  });
  const event = { event: "deployment_status", action: "created", sender: by, detail };
  emit(world, deployment.repo, event);
  return status;
}

function retireEarlier(
  world: World,
  deployments: readonly Deployment[],
  { deployment, by }: { deployment: Deployment; by: UserRow },
): void {
  for (const earlier of of(deployments, deployment.repo)) {
    const succeeded = earlier.statuses.at(-1)?.state === "success";
    const replaced = earlier.id < deployment.id && earlier.environment === deployment.environment;
    if (succeeded && replaced) addStatus(world, earlier, { by, body: { state: "inactive" } });
  }
}

const urlOf = (world: World, { repo, id }: Deployment) =>
  `${world.origin}/repos/${repo.full_name}/deployments/${id}`;

async function shown(world: World, deployment: Deployment): Promise<Json> {
  const { id, sha, ref, task, payload, environment, description, at, by } = deployment;
  const url = urlOf(world, deployment);
  return {
    id,
    node_id: `D_${id}`,
    url,
    sha,
    ref,
    task,
    payload,
    environment,
    description,
    original_environment: environment,
    creator: await readUser(world, by.login),
    created_at: at,
    updated_at: deployment.statuses.at(-1)?.at ?? at,
    statuses_url: `${url}/statuses`,
    repository_url: `${world.origin}/repos/${deployment.repo.full_name}`,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  };
}

async function shownStatus(world: World, deployment: Deployment, status: Status): Promise<Json> {
  const { id, state, description, log_url, environment_url, environment, at, by } = status;
  const url = urlOf(world, deployment);
  return {
    id,
    node_id: `DS_${id}`,
    url: `${url}/statuses/${id}`,
    state,
    description,
    log_url,
    target_url: log_url,
    environment_url,
    environment,
    creator: await readUser(world, by.login),
    created_at: at,
    updated_at: at,
    deployment_url: url,
  };
}
