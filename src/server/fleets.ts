/** The control repositories this server works for; each is opened once, when it first has work. */
import type { Probot } from "probot";
import { CountersignError } from "../errors.ts";
import { openForge } from "../github/forge.ts";
import type { KeySource } from "../signing/key-source.ts";
import type { Fleet } from "../workflow/fleet.ts";
import { FleetLog } from "../workflow/fleet-log.ts";
import type { Clock, Packages, Sites, Store } from "../workflow/ports.ts";

export interface Fleets {
  /** @throws CountersignError when it is not installed, or its log is not whole */
  of(repo: number): Promise<Fleet>;
}

export function openFleets(facts: {
  readonly store: Store;
  readonly keys: KeySource;
  readonly clock: Clock;
  readonly sites: Sites;
  readonly packages: Packages;
  readonly probot: Probot;
}): Fleets {
  const open = new Map<number, Promise<Fleet>>();
  return {
    of(repo) {
      const known = open.get(repo);
      if (known !== undefined) return known;
      const opening = openFleet(repo, facts).catch((error: unknown) => {
        open.delete(repo);
        throw error;
      });
      open.set(repo, opening);
      return opening;
    },
  };
}

async function openFleet(
  repo: number,
  { store, keys, clock, sites, packages, probot }: Parameters<typeof openFleets>[0],
): Promise<Fleet> {
  const address = (await store.fleets()).find((fleet) => fleet.repo === repo);
  if (address === undefined) throw notInstalled(`Repository ${repo} is not known here.`);
  const client = await probot.auth(address.installation);
  const forge = openForge({ client, owner: address.owner, repo: address.name });
  const repository = await forge.repository();
  if (repository.id !== repo) {
    throw notInstalled(`${address.owner}/${address.name} is no longer repository ${repo}.`);
  }
  const signer = await keys.logSigner({ cp: `cp:${repo}`, gen: 1 });
  const log = await FleetLog.open({ repo, store, branch: forge, signer, clock });
  return { repository, forge, log, store, sites, packages, keys, clock, evidence: new Map() };
}

function notInstalled(message: string): CountersignError {
  return new CountersignError("github_refused", message, {
    hint: "Install the App on the repository again: the next webhook tells where it is.",
  });
}
