/** What people said about a plan in comments: overridden rules and broken glass, not yet judged. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { FactsInput } from "../contract/facts.ts";
import { parseCommands } from "../domain/commands.ts";
import type { IssueComment } from "./forge-port.ts";

export type Words = Required<Pick<FactsInput, "overrides" | "breakGlass">>;

/**
 * Each is bound to the plan that was shown last before it was said. A comment from before any
 * plan was shown is about none.
 */
export function wordsOf(
  comments: readonly IssueComment[],
  { gates, shown }: { gates: readonly string[]; shown: readonly EntryOf<"plan.shown">[] },
): Words {
  const overrides: NonNullable<Words["overrides"]> = [];
  const breakGlass: NonNullable<Words["breakGlass"]> = [];
  for (const { user, body, createdAt, editedAt } of comments) {
    const at = createdAt;
    const digest =
      shown.findLast((one) => Date.parse(one.at) < Date.parse(createdAt))?.plan ?? null;
    for (const command of parseCommands(body, gates)) {
      if (command.kind !== "command" || command.target === null) continue;
      const said = { user, reason: command.text, at, digest, edited: editedAt !== null };
      if (command.name === "override") overrides.push({ rule: command.target, ...said });
      if (command.name === "break-glass") breakGlass.push({ gate: command.target, ...said });
    }
  }
  return { overrides, breakGlass };
}
