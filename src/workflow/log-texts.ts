/** Which texts go to the audit branch beside the lines that name them by digest. */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { Digest } from "../contract/ids.ts";

/** Texts that whoever reads the branch later has to have: plans, and what a pairing adopts. */
export function textsNamedBy(entry: AuditEntry): Digest[] {
  if (entry.kind === "authorised") return [entry.plan, entry.fleet];
  return entry.kind === "pairing.proved" ? [entry.inv] : [];
}
