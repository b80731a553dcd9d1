/**
 * The facts of a proposal, read anew from GitHub and the log: one object, the documented input of
 * every decision (src/contract/facts.ts). What could not be read is `null`, never left out.
 */
import type { FactsInput } from "../contract/facts.ts";
import type { CommitSha } from "../contract/ids.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { unfinishedSites } from "../domain/unfinished.ts";
import { readEmails } from "./emails.ts";
import type { Fleet } from "./fleet.ts";
import type { Account, Commit, PullRequest, Review } from "./forge-port.ts";
import { pushersOf } from "./pushers.ts";
import { withCommitMessages } from "./rule-facts.ts";
import { commitFact, readUnattested } from "./range-facts.ts";
import { readRoles } from "./roles.ts";
import { unread } from "./unread.ts";
import { wordsOf } from "./words.ts";

type Plan = NonNullable<FactsInput["plan"]>;

export interface Gathering {
  /** `null` for a push that no pull request brought. */
  readonly pull: PullRequest | null;
  /** The default branch without the change: what the proposal's commits are counted from. */
  readonly base?: CommitSha;
  /** Whose roles have to be resolved. */
  readonly config: Pick<FleetConfig, "roles"> & Partial<Pick<FleetConfig, "gates">>;
  readonly configText: string;
  readonly configDigest: string;
  readonly plan: Plan;
  readonly checks: NonNullable<FactsInput["checks"]>;
  /** Where the policy is judged. */
  readonly ruleFacts?: NonNullable<FactsInput["ruleFacts"]> | null;
  readonly merge?: NonNullable<FactsInput["merge"]>;
  /** Live state that was read just now and is not on record. */
  readonly states?: NonNullable<FactsInput["states"]>;
  /** What was commanded about it: whoever said it has to be known. */
  readonly commands?: NonNullable<FactsInput["commands"]>;
}

/** Everything the gates ask about an open or merged pull request, or about a push. */
export async function gatherFacts(fleet: Fleet, given: Gathering): Promise<FactsInput> {
  const { repository, log, clock } = fleet;
  const { pull, config, plan, checks, merge } = given;
  const { history } = log;
  const written = pull === null ? noProposal : await readProposal(fleet, pull, given);
  const ranges = await Promise.all(history.unattested.map((one) => readUnattested(fleet, one)));
  const commits = [...written.commits, ...ranges.flatMap((range) => range.commits)];
  const { commands } = given;
  const speakers = (commands ?? []).flatMap(({ by }) => by ?? []);
  const roles = await readRoles(fleet, config, [...written.accounts, ...speakers]);
  return {
    id: pull === null ? "push" : `#${pull.number}`,
    now: new Date(clock.now() * 1000).toISOString(),
    repository: {
      id: repository.id,
      defaultBranch: repository.defaultBranch,
      owners: roles.owners,
    },
    people: roles.people,
    emails: await readEmails(fleet, commits, roles.people ?? []),
    teams: roles.teams,
    config: { state: "ok", text: given.configText, digest: given.configDigest },
    plan,
    shown: history.shown
      .filter(({ pr }) => pr === pull?.number)
      .map(({ head, plan: digest, config: shown, at }) => ({ head, digest, config: shown, at })),
    states: [
      ...history.readiness
        .filter(({ pr }) => pr === pull?.number)
        .map(({ site, pre, at }) => ({ site, pre, at })),
      ...(given.states ?? []),
    ],
    ...written.facts,
    checks,
    ...(merge === undefined ? {} : { merge }),
    ...(commands === undefined ? {} : { commands }),
    ...(given.ruleFacts === undefined ? {} : { ruleFacts: ruleFactsOf(given.ruleFacts, written) }),
    levels: {
      fleet: history.fleetLevel.level,
      sites: Object.fromEntries([...history.siteLevels].map(([site, { level }]) => [site, level])),
    },
    unfinished: Object.fromEntries(
      [...unfinishedSites(history)].map(([site, { entry }]) => [site, entry.pr]),
    ),
    branch: {
      bootstrapped: history.bootstrapped !== null,
      log: "ok",
      connectors: history.pairings.size,
      unattested: ranges.map(({ fact }) => fact),
    },
  };
}

function ruleFactsOf(given: Gathering["ruleFacts"], { facts, commits }: ReadProposal) {
  return given ? withCommitMessages(given, facts.commits ? commits : null) : null;
}

type Written = Pick<
  FactsInput,
  | "proposal"
  | "commits"
  | "commitsComplete"
  | "reviews"
  | "reviewsComplete"
  | "overrides"
  | "breakGlass"
>;

interface ReadProposal {
  readonly facts: Written;
  readonly accounts: readonly { readonly id: number }[];
  readonly commits: readonly Commit[];
}
const noProposal: ReadProposal = { facts: {}, accounts: [], commits: [] };

const unreadWords = { overrides: null, breakGlass: null };

async function readProposal(
  fleet: Fleet,
  pull: PullRequest,
  given: Pick<Gathering, "config" | "base">,
): Promise<ReadProposal> {
  const reviews = await unread(fleet.forge.reviewsOf(pull.number));
  const { base } = given;
  const found =
    base === undefined ? null : await unread(fleet.forge.commitsBetween(base, pull.head));
  const comments = await unread(fleet.forge.commentsOf(pull.number));
  const gates = given.config.gates?.map(({ name }) => name) ?? [];
  const shown = fleet.log.history.shown.filter(({ pr }) => pr === pull.number);
  const pushers = await unread(pushersOf(fleet, pull, found ?? []));
  // A pusher who could not be read is not the same as one whom nobody knows, who blocks.
  const commits = pushers === null ? null : found;
  const words = comments === null ? unreadWords : wordsOf(comments, { gates, shown });
  const facts: Written = {
    proposal: {
      number: pull.number,
      state: pull.state,
      draft: pull.draft,
      fork: pull.fork,
      base: pull.base,
      head: pull.head,
      openedBy: pull.openedBy.id,
      commandedBy: null,
      configAtHead: null,
    },
    commits: commits?.map((commit) => commitFact(commit, pushers?.get(commit.sha) ?? null)) ?? null,
    commitsComplete: commits?.some(({ sha }) => sha === pull.head) ?? null,
    reviews: reviews?.map(reviewFact) ?? null,
    reviewsComplete: reviews === null ? null : true,
    ...words,
  };
  const said = [...(words.overrides ?? []), ...(words.breakGlass ?? [])];
  const speakers = said.flatMap(({ user }) => user ?? []);
  const accounts = [...accountsOf(pull, reviews ?? [], commits ?? []), ...speakers];
  return { facts, accounts, commits: commits ?? [] };
}

function accountsOf(
  pull: PullRequest,
  reviews: readonly Review[],
  commits: readonly Commit[],
): (Account | { readonly id: number })[] {
  const authors = commits.flatMap(({ author, committer }) => [author.id, committer.id]);
  return [
    pull.openedBy,
    ...(pull.mergedBy === null ? [] : [pull.mergedBy]),
    ...reviews.flatMap(({ user }) => user ?? []),
    ...authors.flatMap((id) => (id === null ? [] : [{ id }])),
  ];
}

function reviewFact(review: Review): NonNullable<FactsInput["reviews"]>[number] {
  const { id, user, state, commit, submittedAt, dismissal } = review;
  return {
    id,
    user,
    state,
    commit,
    submittedAt: submittedAt === "" ? null : submittedAt,
    dismissal: dismissal === null ? null : { ...dismissal, was: wasState(dismissal.was) },
  };
}

function wasState(was: string): Exclude<Review["state"], "DISMISSED"> | null {
  return was === "APPROVED" || was === "CHANGES_REQUESTED" || was === "COMMENTED" ? was : null;
}
