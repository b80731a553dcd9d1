/**
 * Key-sets: which keys a site may verify with from now on. An action key signs the next version
 * and replaces action keys only; the recovery key signs the next generation and replaces all.
 * Source: docs/protocol.md, "Keys".
 */
import type { ClaimsOf, KeyUse } from "../contract/claims.ts";
import { findKey, isKeyOf, type PinnedKeys } from "./public-key.ts";

type Keyset = ClaimsOf<"keyset">;
type Entry = Keyset["keys"][number];

/** What is pinned, and who signed. */
export interface KeysetFacts {
  readonly keys: PinnedKeys;
  readonly signedWith: KeyUse;
}

/** A set that can stand: complete, without weak keys, and within what its signer may replace. */
export function isAllowedKeyset(set: Keyset, facts: KeysetFacts): boolean {
  return (
    new Set(set.keys.map((entry) => entry.kid)).size === set.keys.length &&
    entriesFor(set, "action").length >= 1 &&
    entriesFor(set, "log").length === 1 &&
    entriesFor(set, "recovery").length === 1 &&
    set.keys.every((entry) => isKeyOf(entry.kid, entry.x)) &&
    isWithinReach(set, facts)
  );
}

function isWithinReach(set: Keyset, { keys, signedWith }: KeysetFacts): boolean {
  if (signedWith === "recovery") return set.kver === 1 && set.gen > 1;
  return set.kver > 1 && set.keys.every((entry) => entry.use === "action" || isPinned(entry, keys));
}

/** A stolen action key must not exchange the keys that can end the theft. */
function isPinned(entry: Entry, keys: PinnedKeys): boolean {
  const found = findKey(keys, entry.kid);
  return found.ok && found.use === entry.use && found.x === entry.x;
}

function entriesFor(set: Keyset, use: KeyUse): readonly Entry[] {
  return set.keys.filter((entry) => entry.use === use);
}

export interface KeyPosition {
  readonly gen: number;
  readonly kver: number;
}

/** Exactly the next version of this generation, or the first version of the next generation. */
export function isSuccessor(set: KeyPosition, pinned: KeyPosition): boolean {
  return set.kver === 1
    ? set.gen === pinned.gen + 1
    : set.gen === pinned.gen && set.kver === pinned.kver + 1;
}
