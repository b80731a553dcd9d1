/** What people see: checks, the one comment, reviewers and labels. Unchanged is not rewritten. */
import type { CommitSha } from "../contract/ids.ts";
import type { Check, ForgeWriter } from "../workflow/forge-port.ts";
import { CountersignError } from "../errors.ts";
import { asked, type GitHubRepository, orNull } from "./client.ts";

const marker = "<!-- countersign:plan -->";
const conclusions = { passed: "success", waiting: "action_required", blocked: "failure" } as const;
/** GitHub's limits: 65,535 characters of output, 50 annotations a request. */
const maxText = 65_000;
const maxAnnotations = 50;

type Answer = { data: { id: number; updated_at: string }; headers: { date?: string } };
type ShownCheck = { id: number; text: string };
/** `at`: GitHub's time, in Unix seconds, when this text was visible. */
type ShownComment = { id: number; text: string; at: number };

export class Showing {
  readonly #at: GitHubRepository;
  readonly #checks = new Map<string, ShownCheck>();
  readonly #comments = new Map<number, ShownComment>();

  constructor(at: GitHubRepository) {
    this.#at = at;
  }

  async check(head: CommitSha, check: Check): Promise<void> {
    const { client, owner, repo } = this.#at;
    const key = `${head} ${check.name}`;
    const text = JSON.stringify(check);
    const known = this.#checks.get(key) ?? (await this.#findCheck(head, check.name));
    if (known?.text === text) return;
    const body = { owner, repo, ...checkBody(check) };
    const { data } = await asked<{ data: { id: number } }>(
      `show check ${check.name}`,
      known === null
        ? client.rest.checks.create({ ...body, name: check.name, head_sha: head })
        : client.rest.checks.update({ ...body, check_run_id: known.id }),
    );
    this.#checks.set(key, { id: data.id, text });
  }

  async #findCheck(head: CommitSha, name: string): Promise<ShownCheck | null> {
    const { client, owner, repo, appId } = this.#at;
    const where = { owner, repo, ref: head, check_name: name, app_id: appId };
    const { data } = await asked(`look for check ${name}`, client.rest.checks.listForRef(where));
    const run = data.check_runs.find(({ app }) => app?.id === appId);
    return run === undefined ? null : { id: run.id, text: "" };
  }

  async comment(pull: number, markdown: string): ReturnType<ForgeWriter["showComment"]> {
    const { client, owner, repo } = this.#at;
    const body = `${marker}\n${markdown}`;
    const known = this.#comments.get(pull) ?? (await this.#findComment(pull));
    if (known?.text === body) return known.at;
    const { data, headers } = await asked<Answer>(
      "show the plan",
      known === null
        ? client.rest.issues.createComment({ owner, repo, issue_number: pull, body })
        : client.rest.issues.updateComment({ owner, repo, comment_id: known.id, body }),
    );
    const at = secondsOf(headers.date ?? data.updated_at);
    this.#comments.set(pull, { id: data.id, text: body, at });
    return at;
  }

  /** Only a comment that our App wrote and that begins with the mark is ours: anyone can quote it. */
  async #findComment(pull: number): Promise<ShownComment | null> {
    const { client, owner, repo, appId } = this.#at;
    const where = { owner, repo, issue_number: pull, per_page: 100 };
    const comments = await asked(
      "list comments",
      client.paginate(client.rest.issues.listComments, where),
    );
    const own = comments.find(
      ({ user, body, performed_via_github_app: app }) =>
        user?.type === "Bot" && app?.id === appId && body?.startsWith(marker) === true,
    );
    return own === undefined
      ? null
      : { id: own.id, text: own.body ?? "", at: secondsOf(own.updated_at) };
  }

  async reviewers(pull: number, logins: readonly string[]): Promise<void> {
    if (logins.length === 0) return;
    const { client, owner, repo } = this.#at;
    const request = { owner, repo, pull_number: pull, reviewers: [...logins] };
    await asked("request reviewers", client.rest.pulls.requestReviewers(request));
  }

  async riskLabel(...[pull, label]: Parameters<ForgeWriter["setRiskLabel"]>): Promise<void> {
    const { client, owner, repo } = this.#at;
    const where = { owner, repo, issue_number: pull.number };
    const present = pull.labels.filter((name) => name.startsWith("risk:"));
    if (label !== null && !present.includes(label)) {
      await asked("set a label", client.rest.issues.addLabels({ ...where, labels: [label] }));
    }
    for (const name of present) {
      if (name === label) continue;
      await orNull("remove a label", client.rest.issues.removeLabel({ ...where, name }));
    }
  }
}

/** @throws CountersignError where GitHub gives no time: a plan without one was never shown */
function secondsOf(date: string): number {
  const milliseconds = Date.parse(date);
  if (Number.isFinite(milliseconds)) return Math.floor(milliseconds / 1000);
  throw new CountersignError("github_unreachable", "GitHub answered without a time.", {
    hint: "Check what stands between this server and GitHub: the Date header is missing.",
  });
}

function checkBody(check: Check) {
  const cut = check.annotations.length - maxAnnotations;
  const rest = cut > 0 ? `\n\n${cut} further places are in the comment on the pull request.` : "";
  return {
    status: "completed" as const,
    conclusion: conclusions[check.result],
    output: {
      title: check.title.slice(0, 255),
      summary: check.summary.slice(0, maxText) + rest,
      annotations: check.annotations.slice(0, maxAnnotations).map((note) => ({
        path: note.path,
        start_line: note.line,
        end_line: note.line,
        ...(note.column === null ? {} : { start_column: note.column, end_column: note.column }),
        annotation_level: note.level,
        message: note.message,
      })),
    },
    actions: [{ label: "Re-check", description: "Read everything again", identifier: "recheck" }],
  };
}
