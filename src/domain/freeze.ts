/**
 * Is this step frozen now, or outside its site's window?
 *
 * A freeze holds while `from ≤ now < until`; a date is 00:00 in its zone, by default the site's.
 * Only planned steps wait for freezes and windows, and a recovery never does. What cannot be
 * computed (an unknown zone) waits.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { FleetConfig, Freeze, Rollout } from "../contract/fleet-config.ts";
import { isStep } from "./planned.ts";
import { selects } from "./selection.ts";
import { isWindowOpen } from "./window.ts";
import { instantsOf } from "./zoned-time.ts";

/** The names of the freezes that hold the change; empty for a change without steps. */
export function freezesOf(config: FleetConfig, change: ChangeFacts, now: number): string[] {
  if (!isStep(change)) return [];
  return config.freezes
    .filter((freeze) => selects(freeze.when, change) !== false)
    .filter((freeze) => !isAllowed(freeze, change) && isOn(freeze, change, now))
    .map(({ name }) => name);
}

function isAllowed(freeze: Freeze, { kind }: ChangeFacts): boolean {
  return freeze.allow.some((exception) => exception === kind);
}

/** Written so that a boundary that could not be computed (NaN) is on. */
function isOn(freeze: Freeze, change: ChangeFacts, now: number): boolean {
  const zone = freeze.zone ?? change.timezone ?? "";
  const from = instantsOf(freeze.from, zone).first;
  const until = instantsOf(freeze.until, zone).last;
  return !(now < from) && !(now >= until);
}

/** Whether actions may start on the change's site now; without a window always. */
export function isInWindow(rollout: Rollout, change: ChangeFacts, now: number): boolean {
  return isWindowOpen(rollout.window, change.timezone, now);
}
