/** The short answers to commands in comments. Nothing here begins a line with a command. */
import { COMMAND_NAMES, type CommandName, usageOf } from "../domain/commands.ts";
import type { CommandRefusal } from "../domain/rights.ts";
import { bold, code, listed } from "./markdown.ts";

const does: Readonly<Partial<Record<CommandName, string>>> = {
  help: "lists this",
  pair: "opens the window for one pairing; `countersign pair <site>` writes it",
  plan: "plans the proposal anew; the comment with the plan is edited in place",
  pin: "writes the package locks that the plan misses, or the one named, such as `plugins/akismet@5.4`",
  hold: "stops everything on a site or the fleet but an approved recovery",
  panic: "stops the fleet: two people have to release it",
  compromised:
    "reports a key as known to somebody else, a site's or the fleet's: CONTAINED until it is replaced",
  release: "ends a hold, once its cause is gone",
  override: "overrides a soft rule for the plan that is shown, where the right `override` allows",
  "break-glass":
    "stands in for the approvals of one gate, for the plan that is shown, by two people",
  retry: "tries a merged plan again where it did not end well, after its gates were judged again",
  resume: "does the same for everything that is left of a plan, by its number",
  abandon:
    "gives up what is left of a plan, and opens the proposal that makes the branch say what the sites run",
  rollback: "has a site take back the newest plan that it applied, from its restore point",
  reviewed: "closes an incident about broken glass: what the review of it found",
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

export const refusalWords: Readonly<Record<CommandRefusal, string>> = {
  unknown_command: "this is no command; `/countersign help` lists them",
  edited: "the comment was edited, and edited comments command nothing: please write a new one",
  facts_unread: "GitHub could not be read in full: please say it again in a minute",
  clock_ahead: "the comment is dated ahead of this server's clock",
  no_reason: "a reason is needed: it goes on record",
  no_target: "it does not say which site, or `fleet`",
  unknown_person: "the account is not a known person",
  not_human: "machines may tighten and ask, never loosen or run",
  contributor: "you had a hand in what this is about, so somebody else has to say it",
  caused_it: "you caused what this would release, so somebody else has to say it",
  right_missing: "countersign.yml gives this right to nobody",
  role_unread: "GitHub failed to list the role; please say it again in a minute",
  not_in_role: "you do not hold the role that countersign.yml asks for",
  too_few_people: "more people have to say the same here",
  cause_there: "what caused it is still there",
  cause_unread: "whether what caused it is gone could not be found out",
};

/** Of the commands that only ask: they are open to the author too. */
export function refusedText(name: CommandName, reason: CommandRefusal): string {
  const why =
    reason === "not_in_role"
      ? "it needs a role of `countersign.yml`, or to be the author of the proposal"
      : refusalWords[reason];
  return `${code(name)} was not done: ${why}.`;
}

export const judgedText =
  "Noted for the plan that was shown last before this comment. The checks say whether it counts, and it is gone with the next plan.";

export const notHereText = "This is said on the pull request that it is about; this is none.";

/** Whether an answer says that nothing was done: the CLI exits with 4 then. */
export function isRefusal(answer: string): boolean {
  return [
    "Not done",
    "was not done",
    "Nothing changed",
    "It is written",
    "is no command here",
    "edited comments command nothing",
    "this is none",
    "is no proposal here",
  ].some((words) => answer.includes(words));
}
