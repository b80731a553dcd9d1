/**
 * Several changes of the log in one transaction: a commit costs more than everything else about an
 * entry, so whatever is asked for while another commit runs is decided one after the other and
 * written together. Each decision sees what those before it will have made of the log; nobody else
 * does before that is durable.
 */
import { AuditEntry } from "../contract/audit-entry.ts";
import type { Digest } from "../contract/ids.ts";
import { type History, type HistoryReader, startHistory } from "../domain/history.ts";
import { canonicalText } from "../signing/canonical.ts";
import type { Job } from "./store-port.ts";

export interface Appending {
  readonly entries: readonly AuditEntry[];
  /** Plan texts that the entries name by digest: they go to the branch as `plans/<hex>.json`. */
  readonly texts?: ReadonlyMap<Digest, string>;
  readonly jobs?: readonly Job[];
}

export type Decide = (history: History) => Appending | null;

/** A change that somebody waits for. */
export interface Asked {
  readonly decide: Decide;
  /** @param first index of its first entry */
  readonly resolve: (first: number) => void;
  readonly reject: (fault: unknown) => void;
}

export interface Draft {
  readonly lines: readonly string[];
  readonly entries: readonly AuditEntry[];
  readonly texts: ReadonlyMap<Digest, string>;
  readonly jobs: readonly Job[];
  /** Who waits for it, with the index of their first entry. */
  readonly asked: readonly (readonly [Asked, number])[];
}

export class Drafts {
  /** Follows the log when it is needed, and is ahead of it while a draft is written. */
  #ahead: HistoryReader | null = null;

  /** A decision that throws, or makes no entry that is one, is refused alone. */
  decide(
    asked: readonly Asked[],
    log: { readonly history: History; readonly entries: readonly AuditEntry[] },
  ): Draft {
    const first = log.history.size;
    const [entries, lines, jobs]: [AuditEntry[], string[], Job[]] = [[], [], []];
    const texts = new Map<Digest, string>();
    const waiting: [Asked, number][] = [];
    for (const one of asked) {
      try {
        const history = lines.length === 0 ? log.history : this.#after(log.entries, entries);
        const change = one.decide(history);
        const own = (change?.entries ?? []).map((entry) => canonicalText(AuditEntry.parse(entry)));
        waiting.push([one, first + lines.length]);
        lines.push(...own);
        note(change, { entries, texts, jobs });
      } catch (fault) {
        one.reject(fault);
      }
    }
    return { lines, entries, texts, jobs, asked: waiting };
  }

  /** What was decided is not in the log: the next draft begins anew. */
  drop(): void {
    this.#ahead = null;
  }

  /** The history after everything on record and these. */
  #after(recorded: readonly AuditEntry[], drafted: readonly AuditEntry[]): History {
    this.#ahead ??= startHistory();
    const reader = this.#ahead;
    while (reader.history.size < recorded.length + drafted.length) {
      const { size } = reader.history;
      const entry = recorded[size] ?? drafted[size - recorded.length];
      if (entry === undefined) break;
      reader.read(entry);
    }
    return reader.history;
  }
}

function note(
  change: Appending | null,
  all: { entries: AuditEntry[]; texts: Map<Digest, string>; jobs: Job[] },
): void {
  if (change === null) return;
  all.entries.push(...change.entries);
  all.jobs.push(...(change.jobs ?? []));
  for (const [digest, text] of change.texts ?? []) all.texts.set(digest, text);
}

/** So that two processes do not go on losing to each other in step. */
export const byChance = (tries: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * 5 * tries));
