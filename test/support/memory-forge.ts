/** A GitHub in memory: commits, branches and their activity, pull requests, people, what is shown. */
import type { Tree } from "../../src/contract/control-repository.ts";
import { CommitSha } from "../../src/contract/ids.ts";
import { type BranchProtection, REQUIRED_CHECKS } from "../../src/domain/protection.ts";
import { coAuthorAddresses } from "../../src/domain/contributors.ts";
import { CountersignError } from "../../src/errors.ts";
import type { Clock } from "../../src/workflow/ports.ts";
import type {
  Account,
  BranchActivity,
  Check,
  Commit,
  Forge,
  IssueComment,
  PullRequest,
  Repository,
  Review,
  TeamMembers,
} from "../../src/workflow/forge-port.ts";
import { sha } from "./ids.ts";
import { MemoryBranch } from "./memory-branch.ts";

export const people = {
  ada: { id: 10, login: "ada", type: "User" },
  olivia: { id: 11, login: "olivia", type: "User" },
  omar: { id: 12, login: "omar", type: "User" },
  sam: { id: 13, login: "sam", type: "User" },
  sven: { id: 14, login: "sven", type: "User" },
  bot: { id: 30, login: "renovate[bot]", type: "Bot" },
} satisfies Record<string, Account>;
export type Who = keyof typeof people;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class MemoryForge extends MemoryBranch implements Forge {
  readonly trees = new Map<string, Tree>();
  readonly parents = new Map<string, readonly CommitSha[]>();
  readonly branches = new Map<string, CommitSha>();
  readonly pulls = new Map<number, Mutable<PullRequest>>();
  readonly ownCommits = new Map<number, Commit[]>();
  /** What is not as the graph alone would tell. */
  readonly described = new Map<CommitSha, Commit>();
  readonly reviews = new Map<number, Review[]>();
  readonly comments = new Map<number, IssueComment[]>();
  readonly steps: (BranchActivity & { readonly branch: string })[] = [];
  readonly teams = new Map<string, TeamMembers>();
  readonly suspended = new Set<number>();
  /** Where it is not whole. */
  readonly protections = new Map<string, BranchProtection>();

  readonly checks = new Map<string, Check>();
  readonly shown = new Map<number, { readonly text: string; readonly at: number }>();
  readonly said: { readonly issue: number; readonly text: string }[] = [];
  readonly issues = new Map<number, { key: string; title: string; body: string; open: boolean }>();
  readonly deployments = new Map<string, { id: number; states: string[] }>();
  readonly labels = new Map<number, string | null>();
  readonly asked: { readonly pull: number; readonly logins: readonly string[] }[] = [];
  /** Names of calls that GitHub fails to answer. */
  readonly failing = new Set<string>();
  readonly calls: string[] = [];
  readonly clock: Clock;
  readonly repo: Mutable<Repository>;
  #next = 100;

  private constructor(clock: Clock, id: number) {
    super();
    this.clock = clock;
    this.repo = {
      id,
      owner: "acme",
      name: "fleet",
      defaultBranch: "main",
      url: "https://github.example/acme/fleet",
      ownedByOrganisation: true,
      ownerId: 1,
    };
  }

  static open(clock: Clock, id: number): MemoryForge {
    return new Proxy(new MemoryForge(clock, id), {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || typeof name !== "string") return value;
        return (...given: unknown[]): unknown => {
          target.calls.push(name);
          if (target.failing.has(name)) return Promise.reject(unreachable(name));
          return Reflect.apply(value, target, given) as unknown;
        };
      },
    });
  }

  // ------------------------------------------------------------ what people and git do

  commit(name: string, tree: Tree, ...parents: CommitSha[]): CommitSha {
    const commit = sha(name);
    this.trees.set(commit, tree);
    this.parents.set(commit, parents);
    return commit;
  }
  /** Moves a branch. */
  move(branch: string, after: CommitSha, by: Who | null, type = "push"): void {
    const before = this.branches.get(branch) ?? "0".repeat(40);
    this.branches.set(branch, after);
    const at = new Date(this.clock.now() * 1000).toISOString();
    const id = (this.#next += 1);
    this.steps.unshift({ id, branch, type, before, after, at, by: by && people[by].id });
  }
  propose(number: number, head: CommitSha, by: Who, over: Partial<PullRequest> = {}): void {
    const headRef = `change-${number}`;
    this.move(headRef, head, by, "branch_creation");
    this.pulls.set(number, {
      number,
      state: "open",
      draft: false,
      fork: false,
      base: "main",
      head,
      headRef,
      openedBy: people[by],
      mergedBy: null,
      mergeCommit: null,
      mergedAt: null,
      labels: [],
      requestedReviewers: [],
      url: "",
      title: `change ${number}`,
      body: "",
      ...over,
    });
    this.ownCommits.set(number, [commitBy(head, this.parents.get(head) ?? [], by)]);
  }
  review(number: number, by: Who, state: Review["state"] = "APPROVED"): Review {
    const review: Review = {
      id: (this.#next += 1),
      user: people[by],
      state,
      commit: this.pulls.get(number)?.head ?? "",
      submittedAt: new Date(this.clock.now() * 1000).toISOString(),
      dismissal: null,
    };
    this.reviews.set(number, [...(this.reviews.get(number) ?? []), review]);
    return review;
  }
  /** Merges by GitHub's button; `commits` are what a rebase leaves, the last one the tip. */
  merge(number: number, by: Who, ...commits: CommitSha[]): CommitSha {
    const pull = this.pulls.get(number)!;
    const tip = commits.at(-1) ?? this.#mergeCommit(pull);
    Object.assign(pull, {
      state: "merged",
      mergedBy: people[by],
      mergeCommit: tip,
      mergedAt: new Date(this.clock.now() * 1000).toISOString(),
    });
    this.move(pull.base, tip, by, "pr_merge");
    return tip;
  }
  #mergeCommit({ number, base, head }: PullRequest): CommitSha {
    const tip = this.branches.get(base)!;
    return this.commit(`merge ${number}`, this.trees.get(head)!, tip, head);
  }

  // ------------------------------------------------------------ reading

  repository = async () => ({ ...this.repo });
  branchTip = async (branch: string) => this.branches.get(branch) ?? null;
  async controlTree(commit: CommitSha) {
    const tree = this.trees.get(commit);
    if (tree === undefined) throw unreachable(`no commit ${commit}`);
    return tree;
  }
  async mergeBase(one: CommitSha, other: CommitSha) {
    const ours = this.#ancestors(one);
    for (const commit of this.#ancestors(other)) if (ours.has(commit)) return commit;
    return null;
  }
  /** Nearest first. */
  #ancestors(commit: CommitSha): Set<CommitSha> {
    const found = new Set([commit]);
    for (const one of found) for (const parent of this.parents.get(one) ?? []) found.add(parent);
    return found;
  }
  async pull(number: number) {
    const pull = this.pulls.get(number);
    return pull === undefined ? null : { ...pull };
  }
  openPulls = async () => [...this.pulls.values()].filter(({ state }) => state === "open");
  async pullsOf(commit: CommitSha) {
    const merged = [...this.pulls.values()].filter(({ mergeCommit }) => mergeCommit === commit);
    return merged.map(({ number }) => number);
  }
  /** Those that a test gave the pull request of this head, or what the graph tells. */
  commitsBetween = async (base: CommitSha, head: CommitSha): Promise<readonly Commit[]> => {
    const pull = [...this.pulls.values()].findLast((one) => one.head === head);
    const own = pull === undefined ? undefined : this.ownCommits.get(pull.number);
    if (own !== undefined) return own;
    const known = this.#ancestors(base);
    const found = [...this.#ancestors(head)].filter((commit) => !known.has(commit));
    return found.toReversed().map((commit) => {
      const mover = this.steps.find(({ after }) => after === commit)?.by ?? people.ada.id;
      const by = whoIs(mover);
      const given = this.described.get(commit);
      return given ?? commitBy(commit, this.parents.get(commit) ?? [], by);
    });
  };
  /** What a merge queue built. */
  readonly queue: { readonly number: number; readonly commit: CommitSha }[] = [];
  queueOf = async () => this.queue;
  /** Addresses that GitHub alone knows the account of. */
  readonly privateAddresses = new Map<string, number>();
  authorsOf = async (commit: CommitSha) => {
    const all = [...this.ownCommits.values()].flat();
    const { message } = all.find(({ sha: name }) => name === commit) ?? { message: "" };
    return coAuthorAddresses(message).map((email) => ({
      email,
      id: this.privateAddresses.get(email) ?? null,
    }));
  };
  reviewsOf = async (number: number) => this.reviews.get(number) ?? [];
  commentsOf = async (issue: number) => this.comments.get(issue) ?? [];
  commentsSince = async (at: string) =>
    [...this.comments].flatMap(([issue, all]) =>
      all
        .filter(({ createdAt }) => Date.parse(createdAt) >= Date.parse(at))
        .map((comment) => ({ ...comment, issue })),
    );
  async activity(branch: string, isLast: (entry: BranchActivity) => boolean) {
    const own = this.steps.filter((step) => step.branch === branch);
    const end = own.findIndex(isLast);
    return end === -1 ? own : own.slice(0, end + 1);
  }
  pushesTo = async ({ headRef }: Pick<PullRequest, "headRef">) =>
    this.activity(headRef, () => false);
  owners = async () => [1];
  team = async (org: string, slug: string) =>
    this.teams.get(`${org}/${slug}`) ?? { state: "forbidden" as const, members: [] };
  async person(id: number) {
    const known = Object.values(people).find((one) => one.id === id);
    return known === undefined ? null : { ...known, suspended: this.suspended.has(id) };
  }
  permission = async () => "write";
  protection = async (branch: string) => this.protections.get(branch) ?? wholly(this.repo.id);
  forgetPeople(): void {}

  // ------------------------------------------------------------ writing

  async showCheck(head: CommitSha, check: Check) {
    this.checks.set(`${head} ${check.name}`, check);
  }
  checksOn(head: CommitSha): Record<string, string> {
    const found = [...this.checks].filter(([key]) => key.startsWith(head));
    return Object.fromEntries(
      found.map(([, { name, result }]) => [name.replace("countersign/", ""), result]),
    );
  }
  async showComment(pull: number, text: string) {
    const known = this.shown.get(pull);
    const at = known?.text === text ? known.at : this.clock.now();
    this.shown.set(pull, { text, at });
    return at;
  }
  async say(issue: number, text: string) {
    this.said.push({ issue, text });
    this.#addComment(issue, { own: true, user: people.bot, body: text });
  }
  /** A person's comment. @returns its id */
  comment(issue: number, by: Who, body: string): number {
    return this.#addComment(issue, { own: false, user: people[by], body });
  }
  #addComment(issue: number, said: Pick<IssueComment, "own" | "user" | "body">): number {
    const id = (this.#next += 1);
    const createdAt = new Date(this.clock.now() * 1000).toISOString();
    const comment = { ...said, id, createdAt, editedAt: null };
    this.comments.set(issue, [...(this.comments.get(issue) ?? []), comment]);
    return id;
  }
  async requestReviewers(pull: number, logins: readonly string[]) {
    if (logins.length > 0) this.asked.push({ pull, logins });
  }
  async setRiskLabel({ number }: Pick<PullRequest, "number">, label: string | null) {
    this.labels.set(number, label);
  }
  async openIssue(issue: { key: string; title: string; body: string }) {
    const known = [...this.issues].find(([, { key, open }]) => open && key === issue.key);
    if (known !== undefined) return known[0];
    const number = (this.#next += 1);
    this.issues.set(number, { ...issue, open: true });
    return number;
  }
  async closeIssue(issue: number, text: string) {
    const known = this.issues.get(issue);
    if (known?.open !== true) return;
    known.open = false;
    await this.say(issue, text);
  }
  async openPull(proposal: Parameters<Forge["openPull"]>[0]) {
    const known = [...this.pulls.values()].find(({ headRef }) => headRef === proposal.branch);
    if (known !== undefined) return known.number;
    const number = (this.#next += 1);
    const files = new Map([...(this.trees.get(proposal.from) ?? []), ...proposal.files]);
    const head = this.commit(`revert ${proposal.branch}`, files, proposal.from);
    this.propose(number, head, "bot", { headRef: proposal.branch, body: proposal.body });
    const message = proposal.message ?? proposal.title;
    this.ownCommits.set(number, [commitBy(head, [proposal.from], "bot", { message })]);
    this.steps.shift();
    this.move(proposal.branch, head, "bot", "branch_creation");
    return number;
  }
  async commitFiles({ branch, parent, files, message }: Parameters<Forge["commitFiles"]>[0]) {
    if (this.branches.get(branch) !== parent) return null;
    const tree = new Map([...(this.trees.get(parent) ?? []), ...files]);
    const head = this.commit(`${message} on ${parent}`, tree, parent);
    this.move(branch, head, "bot");
    for (const pull of this.pulls.values()) {
      if (pull.headRef !== branch || pull.state !== "open") continue;
      pull.head = head;
      const commit = commitBy(head, [parent], "bot", { message });
      this.ownCommits.set(pull.number, [...(this.ownCommits.get(pull.number) ?? []), commit]);
    }
    return head;
  }
  async openDeployment({ key }: Parameters<Forge["openDeployment"]>[0]) {
    const known = this.deployments.get(key) ?? { id: (this.#next += 1), states: [] };
    this.deployments.set(key, known);
    return known.id;
  }
  async setDeploymentState(id: number, state: string) {
    const known = [...this.deployments.values()].find((one) => one.id === id);
    if (known?.states.at(-1) !== state) known?.states.push(state);
  }
}

/** A branch with everything that is asked for. */
export const wholly = (app: number): BranchProtection => ({
  checks: REQUIRED_CHECKS.map((name) => ({ name, app })),
  byPullRequest: true,
  refusesForcePush: true,
  refusesDeletion: true,
  bindsAdministrators: true,
});

export const commitBy = (
  name: CommitSha,
  parents: readonly CommitSha[],
  by: Who,
  over: Partial<Commit> = {},
): Commit => {
  const { id, login } = people[by];
  const person = { id, login, email: `${login}@example.com` };
  const own = { author: person, committer: person, message: "Change", verified: false };
  return { sha: CommitSha.parse(name), parents, ...own, ...over };
};

const whoIs = (id: number): Who => {
  const found = Object.entries(people).find(([, one]) => one.id === id)?.[0];
  return found === undefined || !isWho(found) ? "ada" : found;
};
const isWho = (name: string): name is Who => name in people;

export const unreachable = (what: string): CountersignError =>
  new CountersignError("github_unreachable", `GitHub could not ${what}`, { hint: "Try again." });
