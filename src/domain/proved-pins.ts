/**
 * Does a pairing on record bear out this connector key?
 *
 * Only a key that came with both signatures, and that the site's own address answered with, may
 * stand in a site's file. No right overrides that. Source: docs/protocol.md, "Pairing".
 */
import type { SiteId } from "../contract/ids.ts";
import type { ConnectorPin } from "../contract/site-file.ts";
import type { History } from "./history.ts";
import type { ProvedKey } from "./pairing-window.ts";

export function isProved(history: History, site: SiteId, pin: ConnectorPin): boolean {
  return (history.proved.get(site) ?? []).some(
    ({ entry, index }) =>
      index === pin.since &&
      entry.epoch === pin.epoch &&
      entry.key === pin.key.x &&
      isOfToday(history, entry),
  );
}

/** Its site pinned keys of ours that are still in force: those of an ended generation are not. */
const isOfToday = ({ generation }: History, { gen }: ProvedKey["entry"]): boolean =>
  gen === generation;

/** The newest proved key of each site that no merge has taken over yet, by site. */
export function unmergedKeys(history: History): ReadonlyMap<SiteId, ProvedKey> {
  const found = new Map<SiteId, ProvedKey>();
  for (const [site, keys] of history.proved) {
    const inForce = history.pairings.get(site)?.epoch ?? 0;
    for (const key of keys) {
      if (key.entry.epoch > inForce && isOfToday(history, key.entry)) found.set(site, key);
    }
  }
  return found;
}

export const pinOf = ({ entry, index }: ProvedKey): ConnectorPin => ({
  epoch: entry.epoch,
  since: index,
  key: { kty: "OKP", crv: "Ed25519", x: entry.key },
});
