/**
 * Who holds a role now?
 *
 * A role is held through teams and pinned ids, and only with at least its `permission` where it
 * names one; a role of a permission alone is held by everyone who has it. A bare login holds
 * nothing. A team that cannot be read leaves the role unread: what the readable part says is kept
 * beside it, for those who may use it.
 */
import type { Facts } from "../contract/facts.ts";
import type { TeamFacts } from "../contract/facts-review.ts";
import { ANY_ROLE, type FleetConfig, Permission, type Role } from "../contract/fleet-config.ts";
import { ownValue } from "./own-value.ts";
import type { People } from "./people.ts";

/** `forbidden`: a team is hidden from the App or does not exist; `unreachable`: GitHub failed. */
export type RoleReading = "ok" | "forbidden" | "unreachable";

export interface RoleHolders {
  readonly reading: RoleReading;
  /** Accounts that hold the role, machines among them. */
  readonly holders: ReadonlySet<number>;
  /** The teams that could not be read. */
  readonly unreadTeams: readonly string[];
}

/** What roles are resolved from. */
export interface RoleSources {
  readonly config: FleetConfig;
  readonly teams: Facts["teams"];
  readonly people: People;
  readonly accounts: Facts["people"];
}

/** The holders of one role, or of all of them for `any-role`. An unknown role has none. */
export function holdersOf(name: string, sources: RoleSources): RoleHolders {
  const { roles } = sources.config;
  const asked = name === ANY_ROLE ? Object.values(roles) : [ownValue(roles, name)];
  return asked.reduce<RoleHolders>(
    (all, role) => (role === undefined ? all : join(all, holdersOfRole(role, sources))),
    { reading: "ok", holders: new Set(), unreadTeams: [] },
  );
}

function holdersOfRole(role: Role, sources: RoleSources): RoleHolders {
  if (sources.accounts === null) return unread([]);
  const named = namedBy(role, sources);
  const { permission } = role;
  if (permission === undefined) return named;
  const alone = role.teams.length === 0 && role.users.length === 0;
  const asked = alone ? sources.accounts.map(({ id }) => id) : [...named.holders];
  const weighed = asked.map((id) => ({
    id,
    has: hasPermission(permission, sources.people.get(id)),
  }));
  return {
    ...named,
    reading: weighed.some(({ has }) => has === null)
      ? worse(named.reading, "unreachable")
      : named.reading,
    holders: new Set(weighed.flatMap(({ id, has }) => (has === true ? [id] : []))),
  };
}

function namedBy(role: Role, { teams }: RoleSources): RoleHolders {
  const pinned = role.users.flatMap(({ id }) => (id === null ? [] : [id]));
  const start: RoleHolders = { reading: "ok", holders: new Set(pinned), unreadTeams: [] };
  return role.teams.reduce((all, team) => join(all, membersOf(team, teams)), start);
}

/** GitHub compares organisation and slug without case. A team that facts do not have is none. */
function membersOf(name: string, teams: Facts["teams"]): RoleHolders {
  if (teams === null) return unread([name]);
  const wanted = name.toLowerCase();
  const found = Object.entries(teams).find(([key]) => key.toLowerCase() === wanted);
  if (found === undefined) return unread([name], "forbidden");
  const team: TeamFacts | null = found[1];
  if (team === null) return unread([name]);
  if (team.state !== "ok") return unread([name], team.state);
  if (team.members === null) return unread([name]);
  const active = team.members.filter(({ state }) => state === "active");
  return { reading: "ok", holders: new Set(active.map(({ id }) => id)), unreadTeams: [] };
}

function hasPermission(least: Permission, person: ReturnType<People["get"]>): boolean | null {
  if (person === undefined) return false;
  if (person.permission === null) return null;
  const order = ["none", ...Permission.options];
  return order.indexOf(person.permission) >= order.indexOf(least);
}

function unread(unreadTeams: string[], reading: RoleReading = "unreachable"): RoleHolders {
  return { reading, holders: new Set(), unreadTeams };
}

function join(one: RoleHolders, other: RoleHolders): RoleHolders {
  return {
    reading: worse(one.reading, other.reading),
    holders: new Set([...one.holders, ...other.holders]),
    unreadTeams: [...one.unreadTeams, ...other.unreadTeams],
  };
}

function worse(one: RoleReading, other: RoleReading): RoleReading {
  const order: readonly RoleReading[] = ["ok", "unreachable", "forbidden"];
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}
