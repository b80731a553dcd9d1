/**
 * Whom GitHub attributes a commit to, co-authors included. Only its GraphQL API tells: it knows
 * the accounts behind private addresses, which no search finds.
 */
import type { CommitSha } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import type { CommitAuthor } from "../workflow/forge-port.ts";
import { asked, type GitHubRepository } from "./client.ts";

/** More people than this share no commit; a list that is longer is not whole. */
const most = 100;
const query = `query ($owner: String!, $repo: String!, $oid: GitObjectID!) {
  repository(owner: $owner, name: $repo) {
    object(oid: $oid) {
      ... on Commit {
        authors(first: ${most}) { totalCount nodes { email user { databaseId } } }
      }
    }
  }
}`;

interface Answer {
  readonly repository: {
    readonly object: {
      readonly authors?: {
        readonly totalCount: number;
        readonly nodes: readonly {
          readonly email: string | null;
          readonly user: { readonly databaseId: number | null } | null;
        }[];
      };
    } | null;
  } | null;
}

export async function readAuthors(
  { client, owner, repo }: GitHubRepository,
  commit: CommitSha,
): Promise<readonly CommitAuthor[]> {
  const what = `read the authors of ${commit.slice(0, 7)}`;
  const answer = await asked(what, client.graphql<Answer>(query, { owner, repo, oid: commit }));
  const authors = answer.repository?.object?.authors;
  if (authors === undefined || authors.totalCount > authors.nodes.length) {
    throw new CountersignError("github_unreachable", `GitHub did not ${what} in full.`, {
      hint: "Nothing is lost: it is tried again. See githubstatus.com if it lasts.",
    });
  }
  return authors.nodes.flatMap(({ email, user }) =>
    email === null ? [] : { email, id: user?.databaseId ?? null },
  );
}
