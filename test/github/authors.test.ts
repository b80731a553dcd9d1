/** Co-authors by addresses that only GitHub can attribute. */
import { afterEach, describe, expect, it } from "vitest";
import { sha } from "../support/ids.ts";
import { api, endReplies, forge } from "../support/github-replies.ts";

afterEach(() => expect(endReplies()).toEqual([]));

const node = (email: string, databaseId: number | null) => ({
  email,
  user: databaseId === null ? null : { databaseId },
});
const answer = (nodes: readonly object[], totalCount = nodes.length) =>
  api()
    .post("/graphql", ({ variables }) => variables.oid === sha("one"))
    .reply(200, { data: { repository: { object: { authors: { totalCount, nodes } } } } });

describe("the authors of a commit", () => {
  it("are told with their accounts, private addresses included, and asked for once", async () => {
    answer([
      node("ada@example.com", 10),
      node("o@private.example", 11),
      node("z@example.com", null),
    ]);
    const github = forge();
    const expected = [
      { email: "ada@example.com", id: 10 },
      { email: "o@private.example", id: 11 },
      { email: "z@example.com", id: null },
    ];
    expect(await github.authorsOf(sha("one"))).toEqual(expected);
    expect(await github.authorsOf(sha("one"))).toEqual(expected);
  });
  it.each<[string, () => unknown]>([
    ["there are more than it tells", () => answer([node("ada@example.com", 10)], 101)],
    [
      "the commit is not there",
      () =>
        api()
          .post("/graphql")
          .reply(200, { data: { repository: { object: null } } }),
    ],
    ["it answers with an error", () => api().post("/graphql").reply(502, {})],
    [
      "it answers with errors beside data",
      () =>
        api()
          .post("/graphql")
          .reply(200, { data: null, errors: [{ message: "no" }] }),
    ],
  ])("are not known where %s", async (_why, reply) => {
    reply();
    await expect(forge().authorsOf(sha("one"))).rejects.toMatchObject({
      code: "github_unreachable",
    });
  });
});
