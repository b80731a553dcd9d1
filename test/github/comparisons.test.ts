/** Lists that GitHub gives in pages are read to their end, or not at all. */
import { afterEach, describe, expect, it } from "vitest";
import { sha } from "../support/ids.ts";
import { api, commitData, endReplies, forge, nextPage, repo } from "../support/github-replies.ts";

const [base, head] = [sha("base"), sha("head")];
const path = `${repo}/compare/${base}...${head}`;
const names = (count: number) => Array.from({ length: count }, (_, at) => `commit ${at}`);
const page = (all: readonly string[], number: number, total = all.length) => ({
  url: "",
  merge_base_commit: { sha: sha("root") },
  total_commits: total,
  commits: all.slice((number - 1) * 100, number * 100).map((name) => commitData(name)),
});
const ask = (number: number) =>
  api()
    .get(path)
    .query({ per_page: "100", page: String(number) });

afterEach(() => expect(endReplies()).toEqual([]));

describe("commits between two", () => {
  it("are read beyond the first page, to the last one", async () => {
    const all = names(250);
    for (const number of [1, 2, 3]) ask(number).reply(200, page(all, number));
    const found = await forge().commitsBetween(base, head);
    expect(found.map(({ message }) => message)).toEqual(all);
  });
  it("are not believed where GitHub stops half-way", async () => {
    const all = names(150);
    ask(1).reply(200, page(all, 1));
    ask(2).reply(200, { ...page(all, 2), commits: [] });
    await expect(forge().commitsBetween(base, head)).rejects.toMatchObject({
      code: "github_unreachable",
    });
    ask(1).reply(200, page(all, 1));
    ask(2).reply(502, {});
    await expect(forge().commitsBetween(base, head)).rejects.toMatchObject({
      code: "github_unreachable",
    });
  });
  it("too many to be anybody's change are refused at once", async () => {
    ask(1).reply(200, page(names(100), 1, 2001));
    await expect(forge().commitsBetween(base, head)).rejects.toMatchObject({
      code: "github_refused",
    });
  });
  it("are all of the head's where the two have nothing in common", async () => {
    ask(1).reply(404, { message: "No common ancestor" });
    const list = `${repo}/commits?sha=${head}&per_page=100`;
    const commits = [commitData("newest", "older"), commitData("older")];
    api()
      .get(list)
      .reply(200, commits.slice(0, 1), nextPage(`${list}&page=2`));
    api().get(`${list}&page=2`).reply(200, commits.slice(1));
    const found = await forge().commitsBetween(base, head);
    expect(found.map(({ message }) => message)).toEqual(["older", "newest"]);
  });
  it("cost one request together with the merge base, which is asked for once", async () => {
    ask(1).reply(200, page(names(2), 1));
    const github = forge();
    expect(await github.mergeBase(base, head)).toBe(sha("root"));
    expect(await github.commitsBetween(base, head)).toHaveLength(2);
    expect(await github.mergeBase(base, head)).toBe(sha("root"));
    // Whose account a commit is may change; where two commits part does not.
    github.forgetPeople();
    expect(await github.mergeBase(base, head)).toBe(sha("root"));
    ask(1).reply(200, page(names(2), 1));
    await github.commitsBetween(base, head);
  });
  it("tell whom GitHub attributes them to, and who is nobody", async () => {
    ask(1).reply(200, page(["one"], 1));
    expect(await forge().commitsBetween(base, head)).toMatchObject([
      {
        author: { id: 10, login: "ada", email: "ada@example.com" },
        committer: { id: null, login: null, email: "noreply@github.com" },
        verified: false,
      },
    ]);
  });
});

describe("reviews", () => {
  it("are read beyond the first page, and a dismissed one with its story", async () => {
    const reviews = `${repo}/pulls/7/reviews?per_page=100`;
    const review = (id: number, state: string) => ({
      id,
      state,
      user: { id: 11, login: "olivia", type: "User" },
      commit_id: head,
      submitted_at: "2026-11-24T12:00:00Z",
    });
    const first = Array.from({ length: 100 }, (_, at) => review(at + 1, "COMMENTED"));
    api()
      .get(reviews)
      .reply(200, first, nextPage(`${reviews}&page=2`));
    api()
      .get(`${reviews}&page=2`)
      .reply(200, [review(101, "DISMISSED")]);
    api()
      .get(`${repo}/issues/7/timeline?per_page=100`)
      .reply(200, [
        {
          event: "review_dismissed",
          actor: { id: 12 },
          created_at: "2026-11-24T13:00:00Z",
          dismissed_review: { review_id: 101, state: "changes_requested" },
        },
      ]);
    const found = await forge().reviewsOf(7);
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toMatchObject({
      state: "DISMISSED",
      dismissal: { was: "CHANGES_REQUESTED", by: 12 },
    });
  });
  it("are not read at all where a later page fails", async () => {
    const reviews = `${repo}/pulls/7/reviews?per_page=100`;
    api()
      .get(reviews)
      .reply(200, [], nextPage(`${reviews}&page=2`));
    api().get(`${reviews}&page=2`).reply(500, {});
    await expect(forge().reviewsOf(7)).rejects.toMatchObject({ code: "github_unreachable" });
  });
});

describe("what a merge queue built", () => {
  it("is named by branches that only GitHub makes", async () => {
    const below = `${repo}/git/matching-refs/heads%2Fgh-readonly-queue%2Fmain%2Fpr-?per_page=100`;
    const ref = (name: string, commit: string) => ({
      ref: `refs/heads/gh-readonly-queue/main/${name}`,
      object: { sha: sha(commit) },
    });
    const answer = [ref(`pr-7-${base}`, "seven"), ref(`pr-x-${base}`, "odd"), ref("pr-8", "odd")];
    api().get(below).reply(200, answer);
    expect(await forge().queueOf("main")).toEqual([{ number: 7, commit: sha("seven") }]);
  });
});
