/** GitHub's API as described answers: what a test did not describe is refused. */
import { Octokit } from "@octokit/rest";
import nock from "nock";
import { openForge } from "../../src/github/forge.ts";
import { sha } from "./ids.ts";

const origin = "https://api.github.example";
export const repo = "/repos/acme/fleet";
export const appId = 77;

export const api = (): nock.Scope => nock(origin);

const quiet = (): void => undefined;

export function forge() {
  nock.disableNetConnect();
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const client = new Octokit({ baseUrl: origin, auth: "token", log });
  return openForge({ client, owner: "acme", repo: "fleet", appId });
}

/** Nothing described is left over, and nothing of it is there for the next test. */
export function endReplies(): string[] {
  const left = nock.pendingMocks();
  nock.cleanAll();
  nock.enableNetConnect();
  return left;
}

/** A commit as GitHub's lists tell it. */
export const commitData = (name: string, ...parents: string[]) => ({
  sha: sha(name),
  parents: parents.map((parent) => ({ sha: sha(parent) })),
  author: { id: 10, login: "ada", type: "User" },
  committer: null,
  commit: {
    author: { email: "ada@example.com" },
    committer: { email: "noreply@github.com" },
    message: name,
    verification: { verified: false },
  },
});

export const nextPage = (path: string) => ({ link: `<${origin}${path}>; rel="next"` });
