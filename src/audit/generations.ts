/**
 * Which keys a log may be signed with: the first of `countersign.yml`, and each generation that the
 * recovery key of the one before has begun. Source: docs/protocol.md, "Keys".
 */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { openFirstKeyset } from "../signing/generation.ts";

export interface GenerationPlace {
  /** In force until here; `undefined` where the log did not begin. */
  readonly before: Generation | undefined;
  readonly repo: number;
  /** The entry's, in the log. */
  readonly index: number;
}

/** What the entry begins; `undefined` where the recovery key in force did not sign just that. */
export function generationOf(
  { at, token, gen, log, recovery, size }: EntryOf<"generation">,
  { before, repo, index }: GenerationPlace,
): Generation | undefined {
  if (before === undefined || size !== index) return undefined;
  const set = openFirstKeyset(token, { before, repo, now: Date.parse(at) / 1000 });
  const isThat = set?.gen === gen && set.log === log && set.recovery === recovery;
  return isThat ? { gen, log, recovery } : undefined;
}

/** The generations of a log, oldest first; what does not follow is passed over. */
export function generationsIn(
  entries: Iterable<readonly [index: number, entry: AuditEntry]>,
  repo: number,
): readonly Generation[] {
  const found: Generation[] = [];
  for (const [index, entry] of entries) {
    if (entry.kind === "fleet.bootstrapped" && found.length === 0) {
      found.push({ gen: 1, log: entry.log, recovery: entry.recovery });
    } else if (entry.kind === "generation") {
      const next = generationOf(entry, { before: found.at(-1), repo, index });
      if (next !== undefined) found.push(next);
    }
  }
  return found;
}
