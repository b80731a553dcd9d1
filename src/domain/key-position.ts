/**
 * Which of its keys the control plane speaks to a site with: generation and version, and the next
 * version that is on its way. A fold of the log, so that a lost database loses no key.
 * Source: docs/protocol.md, "Keys".
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { SiteId } from "../contract/ids.ts";

export interface KeyPosition {
  readonly gen: number;
  readonly kver: number;
}

export interface SiteKeys extends KeyPosition {
  readonly epoch: number;
  /** Since when it is in force, as its entry says; `null` where that is the pairing. */
  readonly since: string | null;
  /** The position that was ordered and that the site has not greeted under yet. */
  readonly ordered: OrderedKeys | null;
}

export interface OrderedKeys extends KeyPosition {
  /** Of a new generation: what the recovery key signed. */
  readonly token: string | null;
}

/** Where keys begin. */
const first = { gen: 1, kver: 1, since: null, ordered: null } as const;

/** @param epoch of the pairing in force: keys of another one are dead */
export function keysOf(keys: ReadonlyMap<SiteId, SiteKeys>, site: SiteId, epoch: number): SiteKeys {
  const known = keys.get(site);
  return known?.epoch === epoch ? known : { ...first, epoch };
}

/** The keys of a site after an entry about them. */
export function keysAfter(
  keys: ReadonlyMap<SiteId, SiteKeys>,
  { site, epoch, gen, kver, phase, at, token }: EntryOf<"keyset">,
): SiteKeys {
  const newest = keys.get(site);
  if (newest !== undefined && newest.epoch > epoch) return newest; // of keys that are dead
  const known = keysOf(keys, site, epoch);
  if (phase === "ordered") return { ...known, ordered: { gen, kver, token: token ?? null } };
  return { epoch, gen, kver, since: at, ordered: null };
}

/**
 * What the control plane signs with for a site. The keys of a generation that the recovery key has
 * ended are gone with its seed: whatever is said before the site has taken the new ones, it is said
 * in theirs.
 */
export function spokenPosition({ gen, kver, ordered }: SiteKeys): KeyPosition {
  return ordered !== null && ordered.gen > gen
    ? { gen: ordered.gen, kver: ordered.kver }
    : { gen, kver };
}

/** The keys that a pairing brought: every epoch has versions of its own. */
export const keysPairedAt = ({ epoch, gen, kver }: EntryOf<"pairing.proved">): SiteKeys => ({
  ...first,
  epoch,
  gen,
  kver,
});

/** What the next pairing pins: a new epoch begins with the first version. */
export const nextPairingKeys = (generation: number): KeyPosition => ({
  gen: generation,
  kver: first.kver,
});
