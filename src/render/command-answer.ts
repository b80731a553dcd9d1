/** The short answers to commands about levels. */
import type { Level } from "../contract/audit-entry.ts";
import type { CommandRefusal } from "../domain/rights.ts";
import { refusalWords } from "./command-words.ts";
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
