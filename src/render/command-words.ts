/** The short answers to commands in comments. Nothing here begins a line with a command. */
import { COMMAND_NAMES, type CommandName, usageOf } from "../domain/commands.ts";
import type { CommandRefusal } from "../domain/rights.ts";
import { bold, code, listed } from "./markdown.ts";

const does: Readonly<Partial<Record<CommandName, string>>> = {
  help: "lists this",
  plan: "plans the proposal anew; the comment with the plan is edited in place",
  pin: "writes the package locks that the plan misses, or the one named, such as `plugins/akismet@5.4`",
  recheck: "reads teams, reviews, packages and sites again",
};

/** @param able the commands that this version carries out */
export function helpText(able: ReadonlySet<CommandName>): string {
  const known = COMMAND_NAMES.filter((name) => able.has(name));
  const rows = known.map((name) => {
    const what = does[name];
    return `- ${code(usageOf(name))}${what === undefined ? "" : ` ${what}`}`;
  });
  const missing = COMMAND_NAMES.filter((name) => !able.has(name)).map(code);
  const rest = missing.length === 0 ? "" : `\n\nNot there yet in this version: ${listed(missing)}.`;
  return `${bold("Commands")}, each in a comment of its own:\n${rows.join("\n")}${rest}`;
}

export const unknownText = (word: string): string =>
  `${code(word)} is no command here. ${code("/countersign help")} lists them.`;

export const misusedText = (usage: string): string => `It is written ${code(usage)}.`;

export const unableText = (name: CommandName): string =>
  `This version cannot ${code(name)} from a comment yet. Nothing changed.`;

export const editedText =
  "That comment was edited, and edited comments command nothing: please write a new one.";

export const lookingText =
  "Everything is being read again; the checks and the comment with the plan follow.";

const refusals: Partial<Record<CommandRefusal, string>> = {
  not_in_role: "it needs a role of `countersign.yml`, or to be the author of the proposal",
  role_unread: "GitHub did not list a team of `countersign.yml`; please say it again in a minute",
  clock_ahead: "the comment is dated ahead of this server's clock",
};

export const refusedText = (name: CommandName, reason: CommandRefusal): string =>
  `${code(name)} was not done: ${refusals[reason] ?? code(reason)}.`;
