/** Who people are, as GitHub tells: teams, accounts and owners. */
import type { ForgeReader, TeamMembers } from "../workflow/forge-port.ts";
import { type GitHubRepository, orNull, statusOf } from "./client.ts";
import { asAccount } from "./reading.ts";

export async function readTeam(
  client: GitHubRepository["client"],
  org: string,
  slug: string,
): Promise<TeamMembers> {
  try {
    const members = await client.paginate(client.rest.teams.listMembersInOrg, {
      org,
      team_slug: slug,
      per_page: 100,
    });
    return { state: "ok", members: members.map(({ id }) => ({ id, state: "active" })) };
  } catch (error) {
    const status = statusOf(error);
    const forbidden = status === 403 || status === 404;
    return { state: forbidden ? "forbidden" : "unreachable", members: [] };
  }
}

export async function readPerson(
  { client }: GitHubRepository,
  id: number,
): ReturnType<ForgeReader["person"]> {
  const answer = await orNull(`read account ${id}`, client.rest.users.getById({ account_id: id }));
  if (answer === null) return null;
  const suspended =
    "suspended_at" in answer.data &&
    answer.data.suspended_at !== null &&
    answer.data.suspended_at !== undefined;
  return { ...asAccount(answer.data), suspended };
}

/** Owners of the organisation that owns the repository; `null` where GitHub will not list them. */
export async function readOwners(at: GitHubRepository): Promise<number[] | null> {
  try {
    const owners = await at.client.paginate(at.client.rest.orgs.listMembers, {
      org: at.owner,
      role: "admin",
      per_page: 100,
    });
    return owners.map(({ id }) => id);
  } catch (error) {
    const status = statusOf(error);
    if (status === 403 || status === 404) return null;
    throw error;
  }
}
