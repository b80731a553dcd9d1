/** What an unattested range changed, and who had a hand in it: they are read with what settles it. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { FactsInput } from "../contract/facts.ts";
import type { Fleet } from "./fleet.ts";
import type { Commit } from "./forge-port.ts";
import { rangeContent } from "./planning.ts";
import { unread } from "./unread.ts";

type CommitFact = NonNullable<FactsInput["commits"]>[number];
type RangeFact = NonNullable<NonNullable<FactsInput["branch"]>["unattested"]>[number];

export function commitFact(commit: Commit, pushedBy: readonly number[] | null): CommitFact {
  const { sha, parents, author, committer, message, verified } = commit;
  const pushers = pushedBy === null ? null : [...pushedBy];
  return { sha, parents: [...parents], author, committer, message, verified, pushedBy: pushers };
}

export interface ReadRange {
  readonly fact: RangeFact;
  readonly commits: readonly Commit[];
}

/** Whoever is on record behind the range counts as the pusher of its commits. */
export async function readUnattested(
  fleet: Fleet,
  { by, from, to }: Pick<EntryOf<"range">, "by" | "from" | "to">,
): Promise<ReadRange> {
  const commits = await unread(fleet.forge.commitsBetween(from, to));
  // Without its content the range may have changed anything.
  const content = (await unread(rangeContent(fleet, from, to))) ?? { changes: null };
  const facts = commits?.map((commit) => commitFact(commit, by)) ?? null;
  return { fact: { by, commits: facts, ...content }, commits: commits ?? [] };
}
