/** The level of a site or of the fleet, with everything that caused it. A fold of level entries. */
import type { EntryOf, Level } from "../contract/audit-entry.ts";

export interface LevelState {
  readonly level: Level;
  /** Index of the newest entry that set it; 0 before any. */
  readonly index: number;
  readonly cause: string | null;
  /** Everything that was detected since the level was last normal and is not known to be over. */
  readonly causes: readonly string[];
  /** When each cause was last put on record, also of levels that are over. */
  readonly seen: ReadonlyMap<string, string>;
}
export const AT_REST: LevelState = {
  level: "normal",
  index: 0,
  cause: null,
  causes: [],
  seen: new Map(),
};

/** What an automatic loosening takes away: the causes that it names, and nothing else. */
const ENDED_BY = {
  range_settled: ["range_unattested"],
  recovered: ["rolled_back", "outcome_unknown"],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type EndOfCause = keyof typeof ENDED_BY;

const isEnd = (cause: string): cause is EndOfCause => Object.hasOwn(ENDED_BY, cause);

/** The state once the entry is on record. */
export function levelStateAfter(
  known: LevelState,
  entry: EntryOf<"level">,
  index: number,
): LevelState {
  const { at, level, cause } = entry;
  const seen = new Map([...known.seen, [cause, at] as const]);
  return { level, index, cause, causes: causesAfter(known.causes, entry), seen };
}

function causesAfter(
  known: readonly string[],
  { level, cause }: { readonly level: Level; readonly cause: string },
): readonly string[] {
  if (level === "normal") return [];
  if (isEnd(cause)) return without(known, cause);
  return known.includes(cause) ? known : [...known, cause];
}

function without(known: readonly string[], end: EndOfCause): readonly string[] {
  const ended: readonly string[] = ENDED_BY[end];
  return known.filter((one) => !ended.includes(one));
}

/**
 * The level once the causes that `end` names are over; `null` where that changes nothing. HOLD
 * ends only where nothing else was detected since it began; CONTAINED is left by people alone.
 */
export function levelWithout(state: LevelState, end: EndOfCause): Level | null {
  const left = without(state.causes, end);
  if (state.level === "normal" || left.length === state.causes.length) return null;
  return state.level === "hold" && left.length === 0 ? "normal" : state.level;
}
