/**
 * May the default branch's first policy be taken as it stands?
 *
 * Only until the log holds `fleet.bootstrapped`, only a valid one, and only while no site file has
 * a `connector`. Afterwards a missing log, policy or key is an incident.
 */
import type { Facts } from "../contract/facts.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";

export type Bootstrap =
  | { readonly kind: "taken" }
  | { readonly kind: "not_yet"; readonly reason: "no_valid_policy" }
  | { readonly kind: "unread"; readonly reason: "log_unread" }
  | { readonly kind: "refused"; readonly reason: "connectors_before_bootstrap" };

/** `null` where the fleet is bootstrapped, or where the facts do not ask. */
export function bootstrapRange({ branch, merge, config }: Facts): Bootstrap | null {
  if (branch === undefined || branch?.bootstrapped === true) return null;
  if (branch === null || branch.bootstrapped === null || branch.log === null) {
    return { kind: "unread", reason: "log_unread" };
  }
  if (branch.connectors === null) return { kind: "unread", reason: "log_unread" };
  if (branch.connectors > 0) return { kind: "refused", reason: "connectors_before_bootstrap" };
  const text = merge?.range?.config ?? config?.text ?? null;
  if (text === null || readFleetConfig(text).kind === "invalid") {
    return { kind: "not_yet", reason: "no_valid_policy" };
  }
  return { kind: "taken" };
}
