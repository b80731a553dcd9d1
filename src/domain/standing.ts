/**
 * May this account count at all, and for which role?
 *
 * One place for what approvals, broken glass and commands have in common: who is a person, who has
 * a hand in the change, who holds a role now, and when the owners stand in for an empty role.
 */
import { Discount, type Discounted } from "../contract/answer.ts";
import type { Actor } from "../contract/facts-review.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { type Contributors, contributorsOf } from "./contributors.ts";
import { type People, peopleOf } from "./people.ts";
import { holdersOf, type RoleHolders } from "./roles.ts";

export interface Bench extends RoleHolders {
  /** The owners stand in for a role that resolves to nobody; recorded as break-glass. */
  readonly ownersStandIn: boolean;
}

export interface Standing {
  readonly people: People;
  readonly contributors: Contributors;
  /** Every reason that keeps this account from ever counting here, whatever its role. */
  readonly faultsOf: (actor: Actor | null) => readonly Discount[];
  readonly faultsOfId: (id: number) => readonly Discount[];
  readonly role: (name: string) => RoleHolders;
  /** The role's holders, or the owners where they may stand in for an empty one. */
  readonly bench: (role: string, may: { readonly ownersStandIn: boolean }) => Bench;
}

export function standingOf(config: FleetConfig, facts: Facts): Standing {
  const people = peopleOf(config, facts.people ?? []);
  const contributors = contributorsOf(facts);
  const sources = { config, teams: facts.teams, people, accounts: facts.people };
  const roles = new Map<string, RoleHolders>();
  const role = (name: string): RoleHolders => {
    const holders = roles.get(name) ?? holdersOf(name, sources);
    roles.set(name, holders);
    return holders;
  };
  return {
    people,
    contributors,
    role,
    faultsOf: (actor) => [...people.faultsOf(actor), ...contributions(contributors, actor?.id)],
    faultsOfId: (id) => [...people.faultsOfId(id), ...contributions(contributors, id)],
    bench: (name, may) => {
      const holders = role(name);
      const isEmpty = ![...holders.holders].some((id) => people.faultsOfId(id).length === 0);
      if (!may.ownersStandIn || holders.reading !== "ok" || !isEmpty) {
        return { ...holders, ownersStandIn: false };
      }
      const owners = facts.repository.owners;
      const reading = owners === null ? "unreachable" : "ok";
      return { reading, holders: new Set(owners), unreadTeams: [], ownersStandIn: true };
    },
  };
}

function contributions(contributors: Contributors, id: number | undefined): Discount[] {
  return id === undefined ? [] : [...(contributors.by.get(id) ?? [])];
}

/** All reasons, each once, with the one that is shown: the first in the closed list's order. */
export function discounted(id: number | null, reasons: Iterable<Discount>): Discounted | null {
  const all = new Set(reasons);
  const ordered = Discount.options.filter((reason) => all.has(reason));
  const [reason] = ordered;
  return reason === undefined ? null : { id, reason, reasons: ordered };
}
