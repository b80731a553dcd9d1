/** The part of Octokit that the adapter uses: Probot's client and `@octokit/rest` both fit. */
import type { Octokit } from "@octokit/rest";
import { CountersignError } from "../errors.ts";

export interface GitHubClient {
  readonly rest: Octokit["rest"];
  readonly paginate: Octokit["paginate"];
  readonly graphql: Octokit["graphql"];
}

/** One repository, seen through one installation. */
export interface GitHubRepository {
  readonly client: GitHubClient;
  readonly owner: string;
  readonly repo: string;
  /** Our own App: other Apps may use our names and marks, and are not believed. */
  readonly appId: number;
}

export function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  return typeof error.status === "number" ? error.status : null;
}

/** `null` for GitHub's 404; every other failure is a fault. */
export async function orNull<T>(what: string, request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw fault(what, error);
  }
}

/** Names the request in the fault: `what` completes "GitHub could not …". */
export async function asked<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw fault(what, error);
  }
}

function fault(what: string, cause: unknown): CountersignError {
  if (cause instanceof CountersignError) return cause;
  const status = statusOf(cause);
  const refused = status !== null && status >= 400 && status < 500 && status !== 429;
  const answer = cause instanceof Error ? cause.message.split("\n", 1)[0] : String(cause);
  return refused
    ? new CountersignError("github_refused", `GitHub would not ${what}: ${status} ${answer}`, {
        hint: "Check that the App is installed on the repository with the permissions of app.yml.",
        cause,
      })
    : new CountersignError("github_unreachable", `GitHub could not ${what}: ${answer}`, {
        hint: "Nothing is lost: it is tried again. See githubstatus.com if it lasts.",
        cause,
      });
}
