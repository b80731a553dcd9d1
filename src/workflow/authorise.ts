/** The line of the log that authorises one action: its id is made of what it says. */
import type { AuthorisedEntry } from "../contract/audit-entry.ts";
import { actionIdOf } from "../signing/action-id.ts";
import type { Fleet } from "./fleet.ts";

export function authorisedLine(
  { repository }: Pick<Fleet, "repository">,
  given: Omit<AuthorisedEntry, "kind" | "sub">,
): AuthorisedEntry {
  const { attempt, merge, mode, plan, site } = given;
  const sub = actionIdOf({ attempt, merge, mode, plan, repo: repository.id, site });
  return { ...given, kind: "authorised", sub };
}
