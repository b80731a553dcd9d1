/**
 * Commands that change something are comments of the person who runs them, with that person's own
 * GitHub token: the command line has no door of its own.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Octokit } from "@octokit/rest";
import { CountersignError } from "../errors.ts";

const run = promisify(execFile);

/** Where a person speaks, and as whom. */
export interface Voice {
  readonly client: Octokit;
  readonly owner: string;
  readonly repo: string;
  /** The repository's numeric id. */
  readonly id: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param repository `owner/name`; the clone's `origin` where it is not given
 * @throws CountersignError `usage`, `github_unreachable` or `github_refused`
 */
export async function openVoice(
  given: { readonly repository: string | undefined; readonly clone: string },
  env: Environment = process.env,
): Promise<Voice> {
  const name = given.repository ?? (await originOf(given.clone));
  const [, owner, repo] = /^([\w.-]+)\/([\w.-]+)$/u.exec(name) ?? [];
  if (owner === undefined || repo === undefined) {
    throw usage(`${name} is no repository on GitHub.`, "Name it: --repository OWNER/NAME.");
  }
  const baseUrl = env["GITHUB_API_URL"] ?? "https://api.github.com";
  const client = new Octokit({ auth: await tokenOf(env), baseUrl });
  const { data } = await asked("read the repository", client.rest.repos.get({ owner, repo }));
  return { client, owner, repo, id: data.id };
}

async function originOf(clone: string): Promise<string> {
  try {
    const { stdout } = await run("git", ["-C", clone, "remote", "get-url", "origin"]);
    return /[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?\s*$/u.exec(stdout)?.[1] ?? stdout.trim();
  } catch {
    return "This clone has no origin, so it";
  }
}

async function tokenOf(env: Environment): Promise<string> {
  const own = env["GH_TOKEN"] ?? env["GITHUB_TOKEN"];
  if (own !== undefined && own !== "") return own;
  try {
    return (await run("gh", ["auth", "token"])).stdout.trim();
  } catch {
    throw usage(
      "There is no GitHub token of yours.",
      "Set GH_TOKEN, or log in with `gh auth login`.",
    );
  }
}

/** An issue for a command that belongs to no pull request. */
export async function openIssueAsPerson(
  voice: Voice,
  title: string,
  body: string,
): Promise<number> {
  const { client, owner, repo } = voice;
  const issue = client.rest.issues.create({ owner, repo, title, body });
  return (await asked("open an issue", issue)).data.number;
}

const answerWithinSeconds = 120;

/**
 * Posts a comment and returns the App's answer to it, without its mark. Anybody's bot can write the
 * mark: what matters in an answer proves itself.
 * @throws CountersignError `github_unreachable` or `github_refused`
 */
export async function sayAsPerson(voice: Voice, issue: number, body: string): Promise<string> {
  const { client, owner, repo } = voice;
  const where = { owner, repo, issue_number: issue };
  const said = await asked("comment", client.rest.issues.createComment({ ...where, body }));
  const mark = `<!-- countersign:answer ${said.data.id} -->\n`;
  const since = said.data.created_at;
  const end = performance.now() + answerWithinSeconds * 1000;
  for (let pause = 500; performance.now() < end; pause = Math.min(pause * 1.5, 5000)) {
    await sleep(pause);
    const comments = await asked(
      "read the answer",
      client.paginate(client.rest.issues.listComments, { ...where, since, per_page: 100 }),
    );
    const answer = comments.find(
      ({ user, body: text }) => user?.type === "Bot" && text?.startsWith(mark) === true,
    );
    if (answer !== undefined) return (answer.body ?? "").slice(mark.length);
  }
  throw new CountersignError(
    "github_unreachable",
    `The App has not answered the comment on #${issue} within ${answerWithinSeconds} seconds.`,
    {
      hint: "See whether the App runs and is installed; the comment is there and may be answered yet.",
    },
  );
}

/** @throws CountersignError `github_refused` or `github_unreachable`, with what was asked for */
export async function asked<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (cause) {
    const status = cause instanceof Error && "status" in cause ? Number(cause.status) : 0;
    const isRefusal = status >= 400 && status < 500 && status !== 429;
    const code = isRefusal ? "github_refused" : "github_unreachable";
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new CountersignError(code, `GitHub could not ${what}: ${words}`, {
      hint: isRefusal
        ? "Check the repository's name and what your token may do there."
        : "Try again; if it lasts, see GitHub's status page.",
      cause,
    });
  }
}

function usage(message: string, hint: string): CountersignError {
  return new CountersignError("usage", message, { hint });
}
