/** Puts changes with the same traces together: a thousand sites are one finding. */
import type { ChangeFacts } from "../contract/facts-range.ts";
import type { ClauseTrace } from "./policy-clauses.ts";

/** What a rule found for a change. */
export interface Traced {
  /** The `unless` of the rule holds. */
  readonly isExempt: boolean;
  /** `null`: whether the rule's `when` chooses it hangs on a fact that could not be read. */
  readonly isChosen: true | null;
  readonly unless: readonly ClauseTrace[];
  /** Empty where it is exempt. */
  readonly assert: readonly ClauseTrace[];
}

export interface TracedChanges extends Traced {
  readonly changes: ChangeFacts[];
}

export interface Grouping {
  /** In the order of their first change. */
  readonly groups: readonly TracedChanges[];
  add(traced: Traced, change: ChangeFacts): void;
}

interface Branch {
  readonly next: Map<ClauseTrace | null, Branch>;
  group: TracedChanges | null;
}

/** Equal findings of one rule are one and the same object, so that no text is compared. */
export function traceGrouping(): Grouping {
  const root = newBranch();
  const groups: TracedChanges[] = [];
  return {
    groups,
    add(traced, change) {
      let branch = traced.isChosen === null ? step(root, null) : root;
      for (const trace of traced.unless) branch = step(branch, trace);
      for (const trace of traced.assert) branch = step(branch, trace);
      if (branch.group === null) {
        branch.group = { ...traced, changes: [] };
        groups.push(branch.group);
      }
      branch.group.changes.push(change);
    },
  };
}

function newBranch(): Branch {
  return { next: new Map(), group: null };
}

function step({ next }: Branch, trace: ClauseTrace | null): Branch {
  const known = next.get(trace);
  if (known !== undefined) return known;
  const branch = newBranch();
  next.set(trace, branch);
  return branch;
}
