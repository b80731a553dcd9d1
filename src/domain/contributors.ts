/**
 * Whose own change is this?
 *
 * Contributors are the opener of the proposal, the authors, co-authors, committers and pushers of
 * every commit it has now, and everyone behind the unattested ranges it would settle. They never
 * approve it (separation of duties: NIST AC-5). What cannot be attributed blocks.
 * Source: docs/protocol.md, "From proposal to authorisation".
 */
import type { Discount } from "../contract/answer.ts";
import type { Facts } from "../contract/facts.ts";
import type { CommitAccount, CommitFacts } from "../contract/facts-review.ts";
import { isGhost } from "./people.ts";

/** GitHub's own committer, for what people do in its web pages. */
const WEB_FLOW = { id: 19_864_447, login: "web-flow" };

export type Contribution = Extract<
  Discount,
  "own_change" | "co_author" | "committer" | "pusher" | "commanded_it"
>;

export interface Contributors {
  readonly by: ReadonlyMap<number, ReadonlySet<Contribution>>;
  /** Commits whose author or committer has no account. */
  readonly unattributable: readonly string[];
  /** Commits that nobody is known to have pushed and that carry no verified signature. */
  readonly unknownPusher: readonly string[];
  /** Addresses of co-authors without an account: shown, they discount nobody. */
  readonly strangers: readonly string[];
  /** What could not be read; while there is any, nobody knows all contributors. */
  readonly unread: readonly string[];
}

export type ContributorFacts = Pick<
  Facts,
  "proposal" | "commits" | "commitsComplete" | "emails" | "branch"
>;

interface Tally {
  readonly by: Map<number, Set<Contribution>>;
  readonly unattributable: Set<string>;
  readonly unknownPusher: Set<string>;
  readonly strangers: Set<string>;
  readonly unread: Set<string>;
}

export function contributorsOf(facts: ContributorFacts): Contributors {
  const tally: Tally = {
    by: new Map(),
    unattributable: new Set(),
    unknownPusher: new Set(),
    strangers: new Set(),
    unread: new Set(),
  };
  if (facts.proposal !== null) addProposal(tally, facts.proposal, facts);
  addUnattested(tally, facts);
  return {
    by: tally.by,
    unattributable: [...tally.unattributable],
    unknownPusher: [...tally.unknownPusher],
    strangers: [...tally.strangers],
    unread: [...tally.unread],
  };
}

function addProposal(
  tally: Tally,
  proposal: NonNullable<Facts["proposal"]>,
  facts: ContributorFacts,
): void {
  if (proposal.openedBy === null) tally.unread.add("opener");
  else note(tally, proposal.openedBy, "own_change");
  if (proposal.commandedBy !== null) note(tally, proposal.commandedBy, "commanded_it");
  if (facts.commits === null || facts.commitsComplete !== true) tally.unread.add("commits");
  for (const commit of facts.commits ?? []) addCommit(tally, commit, facts.emails);
}

function addUnattested(tally: Tally, { branch, emails }: ContributorFacts): void {
  if (branch === undefined) return;
  if (branch === null || branch.unattested === null) {
    tally.unread.add("unattested ranges");
    return;
  }
  for (const { by, commits } of branch.unattested) {
    if (by === null || commits === null) tally.unread.add("contributors of an unattested range");
    for (const id of by ?? []) note(tally, id, "own_change");
    for (const commit of commits ?? []) addCommit(tally, commit, emails);
  }
}

/** A signature that could not be read is unread, and therefore no reason to block. */
function addCommit(tally: Tally, commit: CommitFacts, emails: Facts["emails"]): void {
  addAccount(tally, commit, "author");
  addAccount(tally, commit, "committer");
  addPushers(tally, commit);
  if (commit.verified === null) tally.unread.add("signature");
  if (commit.message === null) tally.unread.add("commit message");
  else addCoAuthors(tally, commit.message, emails);
}

function addAccount(tally: Tally, commit: CommitFacts, part: "author" | "committer"): void {
  const account = commit[part];
  // Anyone can write GitHub's name into a commit: only its signature makes web-flow nobody.
  if (part === "committer" && isWebFlow(account) && commit.verified !== false) return;
  const id = account?.id ?? null;
  if (id === null || account === null || isGhost(account) || isWebFlow(account)) {
    tally.unattributable.add(commit.sha);
    return;
  }
  note(tally, id, part === "author" ? "own_change" : "committer");
}

function addPushers(tally: Tally, commit: CommitFacts): void {
  const pushers = commit.pushedBy ?? [];
  for (const id of pushers) note(tally, id, "pusher");
  if (pushers.length === 0 && commit.verified === false) tally.unknownPusher.add(commit.sha);
}

function addCoAuthors(tally: Tally, message: string, emails: Facts["emails"]): void {
  for (const address of coAuthorAddresses(message)) {
    if (emails === null) tally.unread.add("accounts of co-authors");
    const id = accountOf(address, emails ?? {});
    if (id === null) tally.strangers.add(address);
    else note(tally, id, "co_author");
  }
}

/**
 * The addresses of all co-author trailers: every line that begins with `Co-authored-by:`, in any
 * case, anywhere in the message, and nothing else. Several addresses in one line all count.
 */
export function coAuthorAddresses(message: string): string[] {
  return message
    .split(/\r\n|\r|\n/u)
    .filter((line) => /^co-authored-by:/iu.test(line))
    .flatMap((line) =>
      [...line.matchAll(/(?<=<)[^<>]*(?=>)/gu)].map(([address]) => address.trim()),
    );
}

function accountOf(address: string, emails: NonNullable<Facts["emails"]>): number | null {
  const wanted = address.toLowerCase();
  const found = Object.entries(emails).find(([known]) => known.toLowerCase() === wanted);
  return found?.[1] ?? null;
}

function isWebFlow(account: CommitAccount): boolean {
  if (account === null) return false;
  return account.id === WEB_FLOW.id || account.login?.toLowerCase() === WEB_FLOW.login;
}

function note(tally: Tally, id: number, contribution: Contribution): void {
  const known = tally.by.get(id) ?? new Set();
  tally.by.set(id, known.add(contribution));
}
