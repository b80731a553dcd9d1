/** What the log says of a pairing on its way. */
import type { EntryOf } from "../contract/audit-entry.ts";

/** One window is for one pairing: a later one of the same site takes its place. */
export interface PairingWindow {
  readonly opened: EntryOf<"pairing.opened">;
  /** The pairing that used it up. */
  readonly received: EntryOf<"pairing.received"> | null;
}
export interface ProvedKey {
  readonly entry: EntryOf<"pairing.proved">;
  /** Its line's index in the log: `since` in the site's file. */
  readonly index: number;
}
