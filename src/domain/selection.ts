/**
 * Does a selector choose this planned change?
 *
 * Every word of the selector has to hold for one and the same change, and within a word any of its
 * values. A fact that could not be read gives `null`, unless another word says no already.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { ChangeSelector } from "../contract/selector.ts";
import { ownValue } from "./own-value.ts";

export function selects(selector: ChangeSelector, change: ChangeFacts): boolean | null {
  return allOf([
    includes(selector.tier, siteFact(change, change.tier)),
    includes(selector.sites, siteFact(change, change.site)),
    includes(selector.risk, change.risk),
    includes(selector.kind, change.kind),
    ...Object.entries(selector.labels ?? {}).map(([name, values]) =>
      includes(values, labelOf(change, name)),
    ),
  ]);
}

/** Whether one of the changes is chosen; `null` where that hangs on an unread fact. */
export function selectsAny(selector: ChangeSelector, changes: readonly ChangeFacts[]) {
  return anyOf(changes.map((change) => selects(selector, change)));
}

export function anyOf(answers: readonly (boolean | null)[]): boolean | null {
  if (answers.includes(true)) return true;
  return answers.includes(null) ? null : false;
}

function allOf(answers: readonly (boolean | null)[]): boolean | null {
  if (answers.includes(false)) return false;
  return answers.includes(null) ? null : true;
}

/** `undefined` is a fact that does not exist, `null` one that could not be read. */
function includes(
  wanted: readonly string[] | undefined,
  value: string | null | undefined,
): boolean | null {
  if (wanted === undefined) return true;
  if (value === null) return null;
  return value !== undefined && wanted.includes(value);
}

/** A change that belongs to no site has no tier: that is known, not unread. */
function siteFact(change: ChangeFacts, value: string | null): string | null | undefined {
  return change.site === null ? undefined : value;
}

function labelOf(change: ChangeFacts, name: string): string | null | undefined {
  if (change.site === null) return undefined;
  return change.labels === null ? null : ownValue(change.labels, name);
}
