/**
 * Who is a person, and who is a machine?
 *
 * Numeric ids decide; logins are labels. Only an account of type `User` that the facts know is a
 * person; `agents` in countersign.yml lists ordinary accounts that machines run.
 */
import type { Discount } from "../contract/answer.ts";
import type { Actor, PersonFacts } from "../contract/facts-review.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";

/** GitHub's stand-in for accounts that are gone. */
const GHOST = { id: 10_137, login: "ghost" };

export interface People {
  /** What keeps the account from ever counting; empty for a person in good standing. */
  readonly faultsOf: (actor: Actor | null) => readonly Discount[];
  /** The same for an account known by its id alone. */
  readonly faultsOfId: (id: number) => readonly Discount[];
  readonly isAgent: (id: number) => boolean;
  readonly get: (id: number) => PersonFacts | undefined;
}

export function peopleOf(config: FleetConfig, people: readonly PersonFacts[]): People {
  const byId = new Map(people.map((person) => [person.id, person]));
  const agents = new Set(config.agents.users.flatMap(({ id }) => (id === null ? [] : [id])));
  const faultsOfId = (id: number): Discount[] => {
    const person = byId.get(id);
    const faults: Discount[] = [];
    if (person !== undefined && person.type !== "User") faults.push("bot");
    if (person === undefined || isGhost(person)) faults.push("unknown_person");
    if (person !== undefined && person.suspended !== false) faults.push("suspended");
    if (agents.has(id)) faults.push("agent");
    return faults;
  };
  return {
    faultsOfId,
    faultsOf: (actor) => {
      if (actor === null) return ["unknown_person"];
      const faults = faultsOfId(actor.id);
      if (actor.type !== "User" && !faults.includes("bot")) faults.unshift("bot");
      if (isGhost(actor) && !faults.includes("unknown_person")) faults.push("unknown_person");
      return faults;
    },
    isAgent: (id) => agents.has(id),
    get: (id) => byId.get(id),
  };
}

/** Whether the account is GitHub's stand-in for deleted ones. */
export function isGhost(account: { readonly id: number | null; readonly login: string | null }) {
  return account.id === GHOST.id || account.login?.toLowerCase() === GHOST.login;
}
