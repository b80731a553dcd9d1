/** The actions of one merged plan, as the log has them. */
import type { Authorisation } from "../domain/history.ts";
import { digestOfText } from "../signing/digest.ts";
import type { Fleet } from "./fleet.ts";

/** Digest of the receipt's token, as it stands on record. */
export function receiptDigest(fleet: Fleet, { end }: Authorisation): string | null {
  const entry = end === null ? undefined : fleet.log.entries[end.index];
  return entry?.kind === "receipt" ? digestOfText(entry.token) : null;
}
