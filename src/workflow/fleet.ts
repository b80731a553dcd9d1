/** One control repository, with everything the workflows need to work on it. */
import type { Bytes32, CommitSha, Digest, SiteId } from "../contract/ids.ts";
import type { Tree } from "../contract/control-repository.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import type { Plan } from "../contract/planned-change.ts";
import type { ForgedMessages } from "../domain/forged.ts";
import type { Verdict } from "../domain/verdict.ts";
import type { KeySource } from "../signing/key-source.ts";
import { remembered } from "../signing/remembered.ts";
import { siteFileOf } from "./control-files.ts";
import type { FleetLog } from "./fleet-log.ts";
import type { KeptEvidence } from "./ready.ts";
import type { Clock, Feeds, Packages, Sites } from "./ports.ts";
import type { Forge, Repository } from "./forge-port.ts";
import type { Store } from "./store-port.ts";

export interface Fleet {
  readonly repository: Repository;
  readonly forge: Forge;
  readonly log: FleetLog;
  readonly store: Store;
  readonly sites: Sites;
  readonly packages: Packages;
  readonly feeds: Feeds;
  readonly keys: KeySource;
  /** Where sites send their messages; `null` where this control plane has no door for them. */
  readonly doorUrl: string | null;
  readonly clock: Clock;
  /**
   * Whether the log says which commands were carried out. Where others can write in our name, as
   * every workflow can in that of GitHub's Actions, an answer in a comment proves nothing.
   */
  readonly answersInLog?: boolean;
  /**
   * Whether the journal ends with this process, as with a run of the Action: what may not be
   * forgotten has to be on the audit branch before it takes effect, and every process looks for
   * what the one before it left undone.
   */
  readonly forgetsJournal?: boolean;
  /** Told of every verdict on a proposal. */
  readonly noteVerdict?: (told: ToldVerdict) => void;
  /** The newest readiness of each site: a memory that may be lost at any time. */
  readonly evidence: Map<SiteId, KeptEvidence>;
  /** The sites that each open proposal touches, as last planned: a memory that may be lost too. */
  readonly touched: Map<number, ReadonlySet<string>>;
  /** When a step of the default branch that GitHub does not tell of was seen first: a memory. */
  readonly noticed: Map<CommitSha, number>;
  /** Messages in a site's name that did not verify: a memory. */
  readonly forged: Map<SiteId, ForgedMessages>;
}

export interface ToldVerdict {
  readonly pull: number;
  readonly verdict: Verdict;
  readonly plan: Plan;
  /** Of the plan; `null` where it failed. */
  readonly digest: Digest | null;
}

/** A site that can be spoken to: its key from the log, its address from the attested tree. */
export interface PairedSite {
  readonly site: SiteId;
  readonly url: string;
  readonly epoch: number;
  readonly key: Bytes32;
  /** By the policy in force: without it the name may resolve to public addresses alone. */
  readonly privateAddresses: boolean;
}

/** `null` where the site has no pairing on record, or its file at the attested commit none of it. */
export async function pairedSite(fleet: Fleet, site: SiteId): Promise<PairedSite | null> {
  const { attested, pairings } = fleet.log.history;
  const pairing = pairings.get(site);
  if (attested === null || pairing === undefined) return null;
  const tree = await fleet.forge.controlTree(attested);
  const file = siteFileOf(tree, site);
  const { epoch, key } = pairing;
  // The file has to name the key that was paired: a site whose pin was removed is spoken to no more.
  const isPinned = file?.connector?.epoch === epoch && file.connector.key.x === key;
  if (file === null || !isPinned) return null;
  return { site, url: file.url, epoch, key, privateAddresses: mayBePrivate(tree) };
}

/** Whoever can turn a site's name inwards would else have us knock at our own network. */
function mayBePrivate(tree: Tree): boolean {
  const text = tree.get("countersign.yml");
  return typeof text === "string" && allowsPrivate(text);
}

const allowsPrivate = remembered(64, (text: string): boolean => {
  const reading = readFleetConfig(text);
  return reading.kind === "valid" && reading.config.pairing.privateAddresses;
});

/** How the two sides name each other in `iss` and `aud`. */
export const cpName = (fleet: Fleet): string => `cp:${fleet.repository.id}`;
export const siteName = (site: SiteId): string => `site:${site}`;

/** A moment for an entry of the log. */
export const instantOf = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
