/** The short answers to commands about levels. */
import type { Level } from "../contract/audit-entry.ts";
import type { CommandRefusal } from "../domain/rights.ts";
import { code } from "./markdown.ts";

export type LevelAnswer =
  | { readonly kind: "no_such_site"; readonly target: string }
  | { readonly kind: "refused"; readonly reason: CommandRefusal }
  | {
      readonly kind: "done";
      readonly scope: string;
      readonly before: Level;
      readonly level: Level;
    };

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

export function levelText(answer: LevelAnswer): string {
  switch (answer.kind) {
    case "no_such_site":
      return `There is no site ${code(answer.target)}. Nothing changed.`;
    case "refused":
      return `Not done: ${refusalWords[answer.reason]}.`;
    case "done": {
      const { scope, before, level } = answer;
      const name = level.toUpperCase();
      return before === level
        ? `Nothing changed: ${code(scope)} is at ${name}.`
        : `Done: ${code(scope)} is at ${name} now, and it is on record.`;
    }
  }
}
