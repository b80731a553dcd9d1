/** The control repositories this server works for; each is opened once, when it first has work. */
import type { Probot } from "probot";
import { CountersignError } from "../errors.ts";
import { openForge } from "../github/forge.ts";
import type { Fleet } from "../workflow/fleet.ts";
import { FleetLog } from "../workflow/fleet-log.ts";
import { anchorsOn, takeGeneration } from "../workflow/generation.ts";
import { signerInForce } from "../workflow/log-branch.ts";
import { isLogFault, showLogFault } from "../workflow/log-fault.ts";
import type { Clock, Feeds, Packages } from "../workflow/ports.ts";
import type { FleetAddress } from "../workflow/store-port.ts";

export interface Fleets {
  /** @throws CountersignError when it is not installed, or its log is not whole */
  of(repo: number): Promise<Fleet>;
  /**
   * As it is in memory, without asking GitHub whether its name still stands for it: sites are
   * answered while GitHub is away. `null` where no such repository is known here.
   * @throws CountersignError as `of`; a failure is not tried again for some seconds
   */
  at(repo: number): Promise<Fleet | null>;
  /** It is opened anew when it next has work: what was held in memory was not what is there. */
  forget(repo: number): void;
}

type Parts = Pick<Fleet, "store" | "keys" | "clock" | "sites" | "doorUrl"> & {
  /** Opened for each fleet: what one asked tells another nothing. */
  readonly openPackages: () => Packages;
  readonly openFeeds: () => Feeds;
  readonly probot: Probot;
  readonly appId: number;
};
interface Opened {
  readonly address: FleetAddress;
  readonly fleet: Promise<Fleet>;
  checkedAt: number;
  /** As many entries of others as what is in memory takes into account. */
  fromOthers: number;
}

/** A stranger's messages may not make us ask GitHub again and again. */
const restSeconds = 10;
/** How long a name is believed to stand for the same repository. */
const believedSeconds = 300;

export function openFleets(parts: Parts): Fleets {
  const open = new Map<number, Opened>();
  const toldAt = new Map<number, number>();
  const failed = new Map<number, { readonly at: number; readonly error: unknown }>();

  function opening(address: FleetAddress): Opened {
    const { repo } = address;
    const fleet = openFleet(address, parts, toldAt).catch((error: unknown) => {
      open.delete(repo);
      failed.set(repo, { at: parts.clock.now(), error });
      throw error;
    });
    const opened = { address, fleet, checkedAt: parts.clock.now(), fromOthers: 0 };
    open.set(repo, opened);
    return opened;
  }
  return {
    async of(repo) {
      const address = (await parts.store.fleets()).find((one) => one.repo === repo);
      if (address === undefined) throw notInstalled(`Repository ${repo} is not known here.`);
      const known = open.get(repo);
      const isKnown = known !== undefined && (await isStillThere(known, address, parts.clock));
      return readOn(isKnown ? known : opening(address));
    },
    async at(repo) {
      const known = open.get(repo);
      if (known !== undefined) return readOn(known);
      const address = (await parts.store.fleets()).find((one) => one.repo === repo);
      if (address === undefined) return null;
      const last = failed.get(repo);
      if (last !== undefined && parts.clock.now() - last.at < restSeconds) throw last.error;
      return (open.get(repo) ?? opening(address)).fleet;
    },
    forget: (repo) => void open.delete(repo),
  };
}

/** Another process may have worked for the fleet: what it left is read before anything is decided. */
async function readOn(opened: Opened): Promise<Fleet> {
  const fleet = await opened.fleet;
  await fleet.log.readOn();
  if (fleet.log.fromOthers !== opened.fromOthers) {
    fleet.evidence.clear();
    opened.fromOthers = fleet.log.fromOthers;
  }
  return fleet;
}

/** A name that was given away stands for another fleet, and no job of one may touch the other. */
async function isStillThere(known: Opened, address: FleetAddress, clock: Clock): Promise<boolean> {
  const { installation, owner, name } = known.address;
  if (installation !== address.installation) return false;
  if (owner !== address.owner || name !== address.name) return false;
  if (clock.now() - known.checkedAt < believedSeconds) return true;
  const { repository, forge } = await known.fleet;
  const now = await forge.repository();
  known.checkedAt = clock.now();
  return now.id === repository.id && now.defaultBranch === repository.defaultBranch;
}

async function openFleet(
  { repo, installation, owner, name }: FleetAddress,
  { probot, openPackages, openFeeds, ...parts }: Parts,
  toldAt: Map<number, number>,
): Promise<Fleet> {
  const client = await probot.auth(installation);
  const forge = openForge({ client, owner, repo: name, appId: parts.appId });
  const repository = await forge.repository();
  if (repository.id !== repo) {
    throw notInstalled(`${owner}/${name} is no longer repository ${repo}.`);
  }
  const { store, keys, clock } = parts;
  const signerOf = (gen: number) => keys.logSigner({ cp: `cp:${repo}`, gen });
  const anchors = () => anchorsOn(forge, repository);
  const opening = FleetLog.open({ repo, store, branch: forge, signerOf, anchors, clock });
  const log = await opening.catch(async (error: unknown) => {
    const isTold = clock.now() - (toldAt.get(repo) ?? 0) < believedSeconds;
    if (error instanceof CountersignError && isLogFault(error.code) && !isTold) {
      await showLogFault({ forge, repository }, error.code);
      toldAt.set(repo, clock.now());
    }
    throw error;
  });
  const asked = { evidence: new Map(), touched: new Map(), noticed: new Map() };
  const memories = { ...asked, forged: new Map() };
  const doors = { packages: openPackages(), feeds: openFeeds() };
  const fleet: Fleet = { repository, forge, log, ...parts, ...doors, ...memories };
  await takeGeneration(fleet);
  await signerInForce({ signerOf }, log.history.anchors);
  return fleet;
}

function notInstalled(message: string): CountersignError {
  return new CountersignError("github_refused", message, {
    hint: "Install the App on the repository again: the next webhook tells where it is.",
  });
}
