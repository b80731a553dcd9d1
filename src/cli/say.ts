/** Commands from a terminal: said as the person's own comment, and answered by the App. */
import { type CommandName, parseCommand, usageOf } from "../domain/commands.ts";
import { CountersignError } from "../errors.ts";
import { isRefusal } from "../render/command-words.ts";
import { asked, openIssueAsPerson, openVoice, sayAsPerson, type Voice } from "./say-as-person.ts";

const CONTROL_TITLE = "Countersign commands";

export interface SayOptions {
  /** Issue or pull request; without it the control issue. */
  readonly on?: string;
  /** `owner/name`; without it that of the clone's `origin`. */
  readonly repository?: string;
}

export interface Said {
  readonly text: string;
  readonly exitCode: 0 | 4;
}

/**
 * @throws CountersignError `usage` for what is no such command: nothing is posted then;
 * `github_refused`, `github_unreachable`, also where no answer comes in time
 */
export async function sayCommand(
  name: CommandName,
  words: readonly string[],
  { on, repository }: SayOptions,
): Promise<Said> {
  const body = commandText(name, words);
  if (parseCommand(body)?.kind !== "command") throw usage(`It is written ${usageOf(name)}.`);
  const number = on === undefined ? null : numberOf(on);
  const voice = await openVoice({ repository, clone: "." });
  const text = await sayAsPerson(voice, number ?? (await controlIssue(voice)), body);
  return { text, exitCode: isRefusal(text) ? 4 : 0 };
}

/** A gate's name may have spaces: then it is quoted. */
function commandText(name: CommandName, [first = "", ...rest]: readonly string[]): string {
  const quoted = name === "break-glass" && first.includes(" ") ? `"${first}"` : first;
  return ["/countersign", name, quoted, ...rest]
    .join(" ")
    .trim()
    .replaceAll(/[\r\n]+/gu, " ");
}

/** The issue for commands that belong to no other; whoever needs it first opens it. */
async function controlIssue(voice: Voice): Promise<number> {
  const { client, owner, repo } = voice;
  const where = { owner, repo, state: "open" as const, per_page: 100 };
  const open = await asked(
    "list the issues",
    client.paginate(client.rest.issues.listForRepo, where),
  );
  const known = open.find((one) => one.title === CONTROL_TITLE && one.pull_request === undefined);
  const body =
    "Commands that belong to no pull request and no incident are said here: `/countersign help` lists them.";
  return known?.number ?? openIssueAsPerson(voice, CONTROL_TITLE, body);
}

function numberOf(text: string): number {
  if (/^#?[1-9]\d{0,9}$/u.test(text)) return Number(text.replace("#", ""));
  throw usage(`${JSON.stringify(text)} is no number of an issue or pull request.`);
}

function usage(message: string): CountersignError {
  const hint = "Nothing was said. `--help` shows how it is written.";
  return new CountersignError("usage", message, { hint });
}
