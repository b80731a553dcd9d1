/** What people do on GitHub, through its API and in their own name. */
import type { PersonName } from "./github/seed.ts";
import type { SandboxGitHub } from "./github/start.ts";

export interface CheckRun {
  readonly name: string;
  readonly conclusion: string | null;
  readonly title: string;
  readonly summary: string;
  readonly annotations: number;
  readonly id: number;
}

interface Commit {
  readonly branch: string;
  readonly files: Readonly<Record<string, string>>;
  readonly message: string;
}

export class People {
  readonly #github: SandboxGitHub;
  readonly #repo: string;

  constructor(github: SandboxGitHub) {
    this.#github = github;
    this.#repo = `/repos/${github.owner}/${github.repo}`;
  }

  /** A request that has to succeed. */
  async ask<T>(
    who: PersonName,
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    below: string,
    body?: unknown,
  ): Promise<T> {
    const answer = await this.#github.as(who)<T>(method, this.#repo + below, body);
    if (answer.status < 300) return answer.data;
    throw new Error(
      `${who}: ${method} ${below} was answered ${answer.status}: ${JSON.stringify(answer.data)}`,
    );
  }

  /** A request that may be refused. */
  async try(
    who: PersonName,
    method: "POST" | "PUT" | "PATCH",
    below: string,
    body?: unknown,
  ): Promise<{ status: number; message: string }> {
    const answer = await this.#github.as(who)<{ message?: string }>(
      method,
      this.#repo + below,
      body,
    );
    return { status: answer.status, message: answer.data.message ?? "" };
  }

  async branchExists(branch: string): Promise<boolean> {
    const answer = await this.#github.as("ada")("GET", `${this.#repo}/git/ref/heads/${branch}`);
    return answer.status === 200;
  }

  async tip(branch: string): Promise<string> {
    const ref = await this.ask<{ object: { sha: string } }>(
      "ada",
      "GET",
      `/git/ref/heads/${branch}`,
    );
    return ref.object.sha;
  }

  async file(path: string, ref = "main"): Promise<string> {
    const file = await this.ask<{ content: string }>("ada", "GET", `/contents/${path}?ref=${ref}`);
    return Buffer.from(file.content, "base64").toString("utf8");
  }

  /** One commit with these files on a branch, which is made from `main` where it is missing. */
  async commit(who: PersonName, { branch, files, message }: Commit): Promise<string> {
    const exists = await this.branchExists(branch);
    const parent = await this.tip(exists ? branch : "main");
    const base = await this.ask<{ tree: { sha: string } }>(who, "GET", `/git/commits/${parent}`);
    const tree = await this.ask<{ sha: string }>(who, "POST", "/git/trees", {
      base_tree: base.tree.sha,
      tree: Object.entries(files).map(([path, content]) => ({
        path,
        content,
        mode: "100644",
        type: "blob",
      })),
    });
    const commit = await this.ask<{ sha: string }>(who, "POST", "/git/commits", {
      message,
      tree: tree.sha,
      parents: [parent],
    });
    if (exists) await this.ask(who, "PATCH", `/git/refs/heads/${branch}`, { sha: commit.sha });
    else await this.ask(who, "POST", "/git/refs", { ref: `refs/heads/${branch}`, sha: commit.sha });
    return commit.sha;
  }

  async propose(who: PersonName, proposal: Commit & { readonly title: string }): Promise<number> {
    await this.commit(who, proposal);
    const { branch: head, title } = proposal;
    const pull = await this.ask<{ number: number }>(who, "POST", "/pulls", {
      title,
      head,
      base: "main",
    });
    return pull.number;
  }

  async head(pull: number): Promise<string> {
    return (await this.ask<{ head: { sha: string } }>("ada", "GET", `/pulls/${pull}`)).head.sha;
  }

  async checks(pull: number): Promise<Map<string, CheckRun>> {
    const sha = await this.head(pull);
    const found = await this.ask<{ check_runs: RawCheck[] }>(
      "ada",
      "GET",
      `/commits/${sha}/check-runs`,
    );
    return new Map(found.check_runs.map((run) => [run.name, asCheck(run)]));
  }

  /** The one comment of the App on a pull request or issue. */
  async comments(issue: number): Promise<string[]> {
    const all = await this.ask<{ body: string; user: { type: string } }[]>(
      "ada",
      "GET",
      `/issues/${issue}/comments?per_page=100`,
    );
    return all.filter(({ user }) => user.type === "Bot").map(({ body }) => body);
  }

  /** @returns the comment's id */
  async say(who: PersonName, issue: number, body: string): Promise<number> {
    return (await this.ask<{ id: number }>(who, "POST", `/issues/${issue}/comments`, { body })).id;
  }

  approve(who: PersonName, pull: number): Promise<{ status: number; message: string }> {
    return this.try(who, "POST", `/pulls/${pull}/reviews`, { event: "APPROVE" });
  }

  merge(who: PersonName, pull: number): Promise<{ status: number; message: string }> {
    return this.try(who, "PUT", `/pulls/${pull}/merge`, { merge_method: "merge" });
  }
}

interface RawCheck {
  id: number;
  name: string;
  conclusion: string | null;
  output: { title: string | null; summary: string | null; annotations_count?: number };
}

function asCheck({ id, name, conclusion, output }: RawCheck): CheckRun {
  const { title, summary, annotations_count: annotations } = output;
  return {
    id,
    name,
    conclusion,
    title: title ?? "",
    summary: summary ?? "",
    annotations: annotations ?? 0,
  };
}
