/** Whom an incident asks: the teams and people that hold a right, mentioned so that GitHub tells them. */
import type { FleetConfig, RightName } from "../contract/fleet-config.ts";

/**
 * Mentions, as the policy in force names them; `null` where nobody can be named: the right is
 * nobody's, or anybody's. Names are those of a validated policy, and hold nothing but their own.
 */
export function mentionsOf({ rights, roles }: FleetConfig, right: RightName): string | null {
  const name = rights[right]?.role;
  const role = name === undefined ? undefined : roles[name];
  if (name === undefined || role === undefined) return null;
  const all = [...role.teams, ...role.users.map(({ login }) => login)].map((one) => `@${one}`);
  return all.length === 0 ? null : `role \`${name}\`: ${all.join(", ")}`;
}
