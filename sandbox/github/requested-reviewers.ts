/** Requested reviewers, people and teams: one event each, and who may be asked. */
import { requirePermission } from "./access.ts";
import { emitPull } from "./emit.ts";
import { permissionOf, requireWrite } from "./permissions.ts";
import { bodyOf, HttpError, type Json, stringsIn } from "./router.ts";
import type { PullRow, RepoRow, UserRow } from "./rows.ts";
import { actorOf, pullNumbered, pullOf, readPull, readUser, read, type World } from "./world.ts";

export function installRequestedReviewers(world: World): void {
  const path = "/repos/:owner/:repo/pulls/:number/requested_reviewers";
  world.router.get(path, async (c) => {
    const { repo, pull } = pullOf(world, c);
    const { requested_reviewers, requested_teams } = await readPull(world, repo, pull.number);
    return c.json({ users: requested_reviewers, teams: requested_teams });
  });
  world.router.post(path, async (c) => {
    const { repo, pull } = pullOf(world, c);
    requirePermission(c, { pull_requests: "write" });
    requireWrite(world, actorOf(world, c), repo);
    const asked = askedIn(world, repo, await bodyOf(c));
    refuseImpossible(world, repo, pull, asked.users);
    await request(world, { repo, pull, sender: actorOf(world, c) }, asked);
    return c.json(await readPull(world, repo, pull.number), 201);
  });
  world.router.delete(path, async (c) => {
    const { repo, pull } = pullOf(world, c);
    requirePermission(c, { pull_requests: "write" });
    requireWrite(world, actorOf(world, c), repo);
    const { users, teams } = askedIn(world, repo, await bodyOf(c));
    world.gh.pullRequests.update(pull.id, {
      requested_reviewer_ids: without(pull.requested_reviewer_ids, users),
      requested_team_ids: without(pull.requested_team_ids, teams),
    });
    return c.json(await readPull(world, repo, pull.number));
  });
}

/** GitHub takes a person off the list once they have reviewed. */
export function removeRequestedReviewer(
  world: World,
  repo: RepoRow,
  number: number,
  reviewer: UserRow,
): void {
  const pull = pullNumbered(world, repo, number);
  if (pull === undefined) return;
  const requested_reviewer_ids = without(pull.requested_reviewer_ids, [reviewer]);
  world.gh.pullRequests.update(pull.id, { requested_reviewer_ids });
}

interface Asked {
  readonly users: readonly UserRow[];
  readonly teams: readonly { id: number; slug: string }[];
}

function askedIn(world: World, repo: RepoRow, body: Json): Asked {
  const users = stringsIn(body["reviewers"]).map((login) => {
    const user = world.gh.users.findOneBy("login", login);
    if (user === undefined) throw new HttpError(422, `Could not resolve to a User: ${login}`);
    return user;
  });
  const teams = stringsIn(body["team_reviewers"]).map((slug) => {
    const team = world.gh.teams.findBy("slug", slug).find((row) => row.org_id === repo.owner_id);
    if (team === undefined) throw new HttpError(422, `Could not resolve to a Team: ${slug}`);
    return team;
  });
  return { users, teams };
}

function refuseImpossible(world: World, repo: RepoRow, pull: PullRow, users: Asked["users"]): void {
  for (const user of users) {
    if (user.id === pull.user_id) {
      throw new HttpError(422, "Review cannot be requested from pull request author.");
    }
    if (permissionOf(world, user, repo) === "none") {
      throw new HttpError(422, "Reviews may only be requested from collaborators.");
    }
  }
}

async function request(
  world: World,
  { repo, pull, sender }: { repo: RepoRow; pull: PullRow; sender: UserRow },
  { users, teams }: Asked,
): Promise<void> {
  const newUsers = users.filter(({ id }) => !pull.requested_reviewer_ids.includes(id));
  const newTeams = teams.filter(({ id }) => !pull.requested_team_ids.includes(id));
  world.gh.pullRequests.update(pull.id, {
    requested_reviewer_ids: [...pull.requested_reviewer_ids, ...newUsers.map(({ id }) => id)],
    requested_team_ids: [...pull.requested_team_ids, ...newTeams.map(({ id }) => id)],
  });
  const event = { action: "review_requested", number: pull.number, sender };
  for (const { login } of newUsers) {
    const detail = { requested_reviewer: await readUser(world, login) };
    emitPull(world, repo, { ...event, detail });
  }
  for (const { slug } of newTeams) {
    const detail = { requested_team: await read(world, `/orgs/${world.org}/teams/${slug}`) };
    emitPull(world, repo, { ...event, detail });
  }
}

const without = (ids: readonly number[], gone: readonly { id: number }[]) =>
  ids.filter((id) => !gone.some((one) => one.id === id));
