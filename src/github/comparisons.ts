/**
 * What stands between two commits. Their merge base never changes and is kept; whose account a
 * commit is attributed to may, and is believed for some minutes.
 */
import { CommitSha } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import type { Commit } from "../workflow/forge-port.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";
import { Kept } from "./kept.ts";
import { asCommit } from "./reading.ts";

const perPage = 100;
/** Beyond these nobody reviews what a change brings; a list that long is refused as a whole. */
const maxCommits = 2000;
const keptBases = 10_000;

interface Page {
  readonly base: CommitSha;
  readonly total: number;
  readonly commits: readonly Commit[];
}

export class Comparisons {
  readonly #at: GitHubRepository;
  readonly #bases = new Map<string, CommitSha>();
  readonly #commits: Kept<readonly Commit[]>;

  constructor(at: GitHubRepository, keptMilliseconds: number) {
    this.#at = at;
    this.#commits = new Kept(keptMilliseconds, () => true);
  }

  /** `null` where the two have no common ancestor. */
  async mergeBase(one: CommitSha, other: CommitSha): Promise<CommitSha | null> {
    if (one === other) return one;
    const known = this.#bases.get(pair(one, other));
    return known ?? (await this.#page(one, other, 1))?.base ?? null;
  }

  /** @throws CountersignError where the list is not whole, or too long to be anybody's change */
  commits(base: CommitSha, head: CommitSha): Promise<readonly Commit[]> {
    return this.#commits.get(pair(base, head), () => this.#read(base, head));
  }

  forget(): void {
    this.#commits.clear();
  }

  async #read(base: CommitSha, head: CommitSha): Promise<readonly Commit[]> {
    const first = await this.#page(base, head, 1);
    if (first === null) return this.#history(head);
    if (first.total > maxCommits) throw tooMany(head);
    const found = [...first.commits];
    for (let number = 2; found.length < first.total; number += 1) {
      const next = await this.#page(base, head, number);
      if (next === null || next.commits.length === 0) throw cutShort(head);
      found.push(...next.commits);
    }
    return found;
  }

  async #page(base: CommitSha, head: CommitSha, page: number): Promise<Page | null> {
    const { client, owner, repo } = this.#at;
    const where = { owner, repo, basehead: `${base}...${head}`, per_page: perPage, page };
    const request = client.rest.repos.compareCommitsWithBasehead(where);
    const answer = await orNull("compare two commits", request);
    if (answer === null) return null;
    const { merge_base_commit: common, total_commits: total, commits } = answer.data;
    const read = { base: CommitSha.parse(common.sha), total, commits: commits.map(asCommit) };
    if (this.#bases.size >= keptBases) this.#bases.clear();
    this.#bases.set(pair(base, head), read.base);
    if (page === 1 && read.commits.length === total) {
      this.#commits.keep(pair(base, head), read.commits);
    }
    return read;
  }

  /** Everything that `head` reaches: nothing of it is known from before. */
  async #history(head: CommitSha): Promise<readonly Commit[]> {
    const { client, owner, repo } = this.#at;
    const pages = client.paginate.iterator(client.rest.repos.listCommits, {
      owner,
      repo,
      sha: head,
      per_page: perPage,
    });
    const found: Commit[] = [];
    const read = async () => {
      for await (const { data } of pages) {
        found.push(...data.map(asCommit));
        if (found.length > maxCommits) throw tooMany(head);
      }
    };
    await asked(`list the commits of ${head.slice(0, 7)}`, read());
    return found.toReversed();
  }
}

const pair = (one: CommitSha, other: CommitSha): string => `${one}...${other}`;

function tooMany(head: CommitSha): CountersignError {
  const message = `${head.slice(0, 7)} brings more than ${maxCommits} commits.`;
  return new CountersignError("github_refused", message, {
    hint: "Bring the same change in fewer commits, from the tip of the default branch.",
  });
}

function cutShort(head: CommitSha): CountersignError {
  const message = `GitHub cut the list of commits up to ${head.slice(0, 7)} short.`;
  return new CountersignError("github_unreachable", message, {
    hint: "Nothing is lost: it is tried again. See githubstatus.com if it lasts.",
  });
}
