/** Who the people of a decision are, read through GitHub and kept for some minutes. */
import type { FactsInput } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { CountersignError } from "../errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Account, TeamMembers } from "./forge-port.ts";

export interface RolesRead {
  readonly people: FactsInput["people"];
  readonly teams: FactsInput["teams"];
  readonly owners: number[] | null;
}

/** Reads every team that a role names, and every account that holds a role or had a hand in it. */
export async function readRoles(
  fleet: Fleet,
  config: Pick<FleetConfig, "roles">,
  involved: readonly { readonly id: number }[],
): Promise<RolesRead> {
  const roles = Object.values(config.roles);
  const teams = new Map<string, TeamMembers>();
  for (const name of new Set(roles.flatMap((role) => role.teams))) {
    const [org = "", slug = ""] = name.split("/");
    teams.set(name, await fleet.forge.team(org, slug));
  }
  const ids = new Set([
    ...involved.map(({ id }) => id),
    ...roles.flatMap(({ users }) => users.flatMap(({ id }) => id ?? [])),
    ...[...teams.values()].flatMap(({ members }) => members.map(({ id }) => id)),
  ]);
  const needsPermission = roles.some(({ permission }) => permission !== undefined);
  const people = await readPeople(fleet, ids, needsPermission);
  const owners = fleet.repository.ownedByOrganisation
    ? await fleet.forge.owners()
    : [fleet.repository.ownerId];
  return {
    people,
    teams: Object.fromEntries(
      [...teams].map(([name, { state, members }]) => [name, { state, members: [...members] }]),
    ),
    owners: owners === null ? null : [...owners],
  };
}

/** `null` where one cannot be read: then nobody knows who counts. A deleted account is left out. */
async function readPeople(
  fleet: Fleet,
  ids: Iterable<number>,
  needsPermission: boolean,
): Promise<RolesRead["people"]> {
  const people: NonNullable<RolesRead["people"]> = [];
  try {
    for (const id of ids) {
      const person = await fleet.forge.person(id);
      if (person === null) continue;
      const permission = needsPermission ? await readPermission(fleet, person) : null;
      people.push({ ...person, permission });
    }
  } catch (error) {
    if (error instanceof CountersignError) return null;
    throw error;
  }
  return people;
}

const permissions = ["none", "read", "triage", "write", "maintain", "admin"] as const;

async function readPermission(fleet: Fleet, { login }: Account) {
  const found = await fleet.forge.permission(login);
  return permissions.find((permission) => permission === found) ?? null;
}
