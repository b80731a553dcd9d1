/** What holds for one kind beyond the type of each claim: who may sign it, and what fits. */
import type { ClaimsOf, Kind, KeyUse } from "../contract/claims.ts";
import { isAllowedKeyset, type KeysetFacts } from "./keyset.ts";

type Rule<K extends Kind> = (claims: ClaimsOf<K>, facts: KeysetFacts) => boolean;

const anything = (): boolean => true;

const RULES: { readonly [K in Kind]: Rule<K> } = {
  ack: anything,
  action: anything,
  // "Not run" always says why, and nothing else has a why.
  evidence: ({ ans, why }) => (ans === "not_run") === (why !== "none"),
  heartbeat: anything,
  keyset: isAllowedKeyset,
  // Its rules need facts of the pairing window: see `pairing.ts`.
  pairing: anything,
  query: anything,
  receipt: anything,
};

export function keepsRules<K extends Kind>(
  kind: K,
  claims: ClaimsOf<K>,
  facts: KeysetFacts,
): boolean {
  return RULES[kind](claims, facts);
}

/** A log key signs notes, the recovery key signs key-sets, and neither signs anything else. */
export function maySign(kind: Kind, use: KeyUse): boolean {
  return use === "action" || (kind === "keyset" && use === "recovery");
}
