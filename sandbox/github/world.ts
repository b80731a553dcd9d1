/** One GitHub on loopback: its store, its router, and what the overlay remembers beside them. */
import { randomUUID } from "node:crypto";
import type { ActivityEntry } from "./activity.ts";
import type { Annotation } from "./checks.ts";
import { type Ctx, HttpError, isJson, type Json, notFound, type Router } from "./router.ts";
import type { AuthUser, GitHubStore, PullRow, RepoRow, UserRow } from "./rows.ts";
import type { Webhooks } from "./webhooks.ts";

export interface AppIdentity {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly installationId: number;
}

export interface World {
  readonly origin: string;
  readonly org: string;
  readonly app: AppIdentity;
  readonly gh: GitHubStore;
  readonly router: Router;
  readonly tokens: Map<string, AuthUser>;
  readonly webhooks: Webhooks;
  readonly activity: ActivityEntry[];
  /** Commits that GitHub signed with its own key. */
  readonly signed: Set<string>;
  /** Which pull request (row id) brought a commit to its base branch. */
  readonly landed: Map<string, number>;
  /** Per check run: every annotation ever sent, and the buttons it shows now. */
  readonly annotations: Map<number, Annotation[]>;
  readonly buttons: Map<number, readonly string[]>;
  /** Per comment: its text before the newest edit. */
  readonly editedFrom: Map<number, string>;
  /** Of environments, by name. */
  readonly secrets: Map<string, string>;
  /** The login in whose name the sandbox reads its own API: an owner of the organisation. */
  readonly reader: string;
}

export const zeroSha = "0".repeat(40);

export function repoOf(world: World, c: Ctx): RepoRow {
  return repoNamed(world, `${c.req.param("owner")}/${c.req.param("repo")}`);
}

export function repoNamed(world: World, fullName: string): RepoRow {
  const repo = world.gh.repos.findOneBy("full_name", fullName);
  if (repo === undefined) throw notFound();
  return repo;
}

/** The pull request that the route parameter `number` names. */
export function pullOf(world: World, c: Ctx): { repo: RepoRow; pull: PullRow } {
  const repo = repoOf(world, c);
  const pull = pullNumbered(world, repo, Number(c.req.param("number")));
  if (pull === undefined) throw notFound();
  return { repo, pull };
}

export function pullNumbered(world: World, repo: RepoRow, number: number): PullRow | undefined {
  return world.gh.pullRequests
    .findBy("repo_id", repo.id)
    .find((candidate) => candidate.number === number);
}

export function branchTip(world: World, repo: RepoRow, branch: string): string | undefined {
  return refSha(world, repo, `refs/heads/${branch}`);
}

export function refSha(world: World, repo: RepoRow, ref: string): string | undefined {
  return world.gh.refs.findBy("repo_id", repo.id).find((row) => row.ref === ref)?.sha;
}

/** The account that acts: a person, or the App's bot for an installation token. */
export function actorOf(world: World, c: Ctx): UserRow {
  const auth = c.get("authUser");
  if (auth === undefined) throw new HttpError(401, "Requires authentication");
  return accountOf(world, auth);
}

export function accountOf(world: World, auth: AuthUser): UserRow {
  const login = auth.installation === undefined ? auth.login : `${world.app.slug}[bot]`;
  return userNamed(world, login);
}

export function userNamed(world: World, login: string): UserRow {
  const exact = world.gh.users.findOneBy("login", login);
  const user = exact ?? world.gh.users.all().find((row) => isSameLogin(row.login, login));
  if (user === undefined) throw notFound();
  return user;
}

const isSameLogin = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/** What the API answers to a GET, read in the name of an owner. */
export async function read(world: World, path: string): Promise<unknown> {
  const token = `internal_${randomUUID()}`;
  world.tokens.set(token, { login: world.reader, id: 0, scopes: [] });
  try {
    const headers = { authorization: `Bearer ${token}` };
    const response = await world.router.fetch(new Request(world.origin + path, { headers }));
    if (!response.ok) throw new Error(`reading ${path} gave ${response.status}`);
    return await response.json();
  } finally {
    world.tokens.delete(token);
  }
}

export async function readObject(world: World, path: string): Promise<Json> {
  const value = await read(world, path);
  if (!isJson(value)) throw new Error(`${path} is no JSON object`);
  return value;
}

export const readUser = (world: World, login: string) =>
  readObject(world, `/users/${encodeURIComponent(login)}`);

export const readRepo = (world: World, repo: RepoRow) =>
  readObject(world, `/repos/${repo.full_name}`);

export const readPull = (world: World, repo: RepoRow, number: number) =>
  readObject(world, `/repos/${repo.full_name}/pulls/${number}`);
