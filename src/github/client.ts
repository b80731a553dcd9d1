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

/**
 * HTTP status of GitHub's answer; `null` where there was none. A limit of requests is 429 here, also
 * where GitHub says 403 for it: to wait for is not to be refused.
 * Source: docs.github.com/rest, "Rate limits for the REST API", "Exceeding the rate limit".
 */
export function statusOf(error: unknown): number | null {
  if (typeof error !== "object" || error === null || !("status" in error)) return null;
  if (typeof error.status !== "number") return null;
  return error.status === 403 && isLimit(error) ? 429 : error.status;
}

function isLimit(error: object): boolean {
  if (error instanceof Error && /rate limit|abuse detection/iu.test(error.message)) return true;
  const headers = memberOf(memberOf(error, "response"), "headers");
  return (
    memberOf(headers, "retry-after") !== undefined ||
    memberOf(headers, "x-ratelimit-remaining") === "0"
  );
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
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

/**
 * What a refused request would have taken, in GitHub's words (`contents=read`), or empty where it
 * does not say; `null` for any other fault. A permission that is missing does not come by waiting.
 */
export function missingPermission(refusal: unknown): string | null {
  const cause = refusal instanceof CountersignError ? refusal.cause : refusal;
  if (statusOf(cause) !== 403 || !(cause instanceof Error)) return null;
  if (!/not accessible by/iu.test(cause.message)) return null;
  const headers = memberOf(memberOf(cause, "response"), "headers");
  const accepted = memberOf(headers, "x-accepted-github-permissions");
  return typeof accepted === "string" ? accepted : "";
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
