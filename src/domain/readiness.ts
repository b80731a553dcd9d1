/**
 * Rollback readiness of one site: can it take this plan, and take it back?
 *
 * Judged from the site's own signed evidence, at the time passed in. What was not answered, not
 * measured or is too old waits; what failed blocks. Source: docs/protocol.md, connector readiness.
 */
import type { EvidenceItem, EvidenceLevel, ReadinessDetail } from "../contract/evidence-detail.ts";
import type { GateState } from "../contract/facts-range.ts";
import { READINESS_ITEMS, type Readiness } from "../contract/fleet-config.ts";
import type { LiveState, SitePlan, Step } from "../contract/plan.ts";
import { durationWords } from "./duration-words.ts";
import { Version } from "../contract/ids.ts";
import { isClockOff, MAX_CLOCK_SKEW_SECONDS } from "./heartbeat.ts";
import { compareVersions, isLaterPatch } from "./version.ts";

export type ReadinessReason =
  | "ready"
  | "silent"
  | "unreadable"
  | "stale"
  | "other_state"
  | "link_in_tree"
  | "item_failed"
  | "item_below"
  | "item_missing"
  | "not_asked_for"
  | "clock_off";

/** One point of the tree that people see. */
export interface ReadinessPoint {
  readonly result: GateState;
  readonly reason: ReadinessReason;
  /** The item, the target, or why a site was silent. */
  readonly subject: string;
  readonly got: string;
  readonly wanted: string;
}

export interface ReadinessFacts {
  readonly plan: SitePlan;
  /** The demands of countersign.yml that match this site. */
  readonly demands: readonly Readiness[];
  /** What the site answered; a silent site says why, as far as is known. */
  readonly answer:
    | { readonly kind: "evidence"; readonly detail: ReadinessDetail; readonly at: number }
    | { readonly kind: "silent"; readonly why: string }
    | { readonly kind: "unreadable" };
  /** Core's own security releases stay on: `autoPatch` in the state that the site was told. */
  readonly autoPatch: boolean;
  /** What was established here, not by the site; takes the place of its items of the same name. */
  readonly own: readonly EvidenceItem[];
  /** How far the site's clock is ahead, by its newest heartbeat; `null` where it sent none. */
  readonly skew: number | null;
  readonly now: number;
}

export interface ReadinessResult {
  readonly result: GateState;
  readonly points: readonly ReadinessPoint[];
}

/** Evidence older than this is asked for again, in seconds. */
export const EVIDENCE_MAX_AGE_SECONDS = 600;

/** What every plan needs, whatever the policy says: without these nothing can be undone. */
const always = ["files", "loopback", "lock"] as const;

export function judgeReadiness(facts: ReadinessFacts): ReadinessResult {
  const points = pointsOf(facts);
  const find = (result: GateState) => points.some((one) => one.result === result);
  // No point at all would mean that nothing was looked at.
  const result = find("blocked")
    ? "blocked"
    : find("waiting") || points.length === 0
      ? "waiting"
      : "passed";
  return { result, points };
}

function pointsOf(facts: ReadinessFacts): ReadinessPoint[] {
  const { plan, demands, answer, own, skew, autoPatch, now } = facts;
  if (answer.kind === "silent") return [point("waiting", "silent", answer.why)];
  if (answer.kind === "unreadable") return [point("waiting", "unreadable", "evidence")];
  const { at } = answer;
  const detail = withOwn(answer.detail, own);
  const age = now - at;
  const fresh = age >= -60 && age <= EVIDENCE_MAX_AGE_SECONDS;
  return [
    ...(fresh ? [] : [point("waiting", "stale", "evidence", `${durationWords(age)} old`)]),
    ...always.map((id) => judgeItem({ id, level: "proved", maxAge: null, detail, now })),
    ...demands.flatMap((demand) => judgeDemand(demand, detail, now)),
    ...own.flatMap((item) => noteItem(item, demands)),
    ...judgeClock(skew),
    ...firstSteps(plan).map((step) => judgeState(step, { live: detail.live, autoPatch })),
  ];
}

function withOwn(detail: ReadinessDetail, own: readonly EvidenceItem[]): ReadinessDetail {
  const names = new Set(own.map(({ id }) => id));
  return { ...detail, items: [...detail.items.filter(({ id }) => !names.has(id)), ...own] };
}

/** What no policy asks for is shown, and holds nothing. */
function noteItem(item: EvidenceItem, demands: readonly Readiness[]): ReadinessPoint[] {
  const name = READINESS_ITEMS.find((one) => one === item.id);
  if (name !== undefined && demands.some((demand) => demand[name] !== undefined)) return [];
  const isWeak = item.level === "failed" || item.level === "unknown";
  return [point("passed", isWeak ? "not_asked_for" : "ready", item.id, gotOf(item))];
}

/** A site whose clock is wrong takes a dead token for a living one, or none at all. */
function judgeClock(skew: number | null): ReadinessPoint[] {
  if (skew === null || !isClockOff(skew)) return [];
  const wanted = `within ${MAX_CLOCK_SKEW_SECONDS} s`;
  return [point("waiting", "clock_off", "clock", `${skew} s off`, wanted)];
}

function judgeDemand(demand: Readiness, detail: ReadinessDetail, now: number): ReadinessPoint[] {
  return READINESS_ITEMS.flatMap((id) => {
    const wanted = demand[id];
    if (wanted === undefined) return [];
    return judgeItem({ id, level: wanted.level, maxAge: wanted.maxAge ?? null, detail, now });
  });
}

const strength: Readonly<Record<EvidenceLevel, number>> = {
  proved: 3,
  declared: 2,
  unknown: 1,
  failed: 0,
};

function judgeItem(asked: {
  readonly id: string;
  readonly level: EvidenceLevel;
  readonly maxAge: number | null;
  readonly detail: ReadinessDetail;
  readonly now: number;
}): ReadinessPoint {
  const { id, level, maxAge, detail, now } = asked;
  const item: EvidenceItem | undefined = detail.items.find((one) => one.id === id);
  if (item === undefined) return point("waiting", "item_missing", id, "not measured", level);
  const got = gotOf(item);
  if (item.level === "failed") return point("blocked", "item_failed", id, got, level);
  if (strength[item.level] < strength[level]) return point("waiting", "item_below", id, got, level);
  const age = now - item.at;
  // A site whose clock is ahead would be fresh for ever.
  if (maxAge !== null && !(age >= -60 && age <= maxAge)) {
    const limit = `at most ${durationWords(maxAge)}`;
    return point("waiting", "stale", id, `${durationWords(age)} old`, limit);
  }
  return point("passed", "ready", id, got, level);
}

const gotOf = ({ level, value }: EvidenceItem): string =>
  value === "" ? level : `${level}: ${value}`;

/** Each target's first step: later steps of the same target find what the first one left. */
function firstSteps({ steps }: SitePlan): Step[] {
  const first = new Map<string, Step>();
  for (const step of steps) if (!first.has(step.target)) first.set(step.target, step);
  return [...first.values()];
}

/** The site is where the plan begins, or where it ends already. */
function judgeState(
  step: Step,
  { live, autoPatch }: { readonly live: readonly LiveState[]; readonly autoPatch: boolean },
): ReadinessPoint {
  const { target, from, to } = step;
  const state = live.find((one) => one.target === target);
  if (state === undefined) return point("waiting", "item_missing", target, "not measured");
  if (state.tree === "unknown") return point("waiting", "link_in_tree", target, "a link");
  const got = describe(state);
  const wanted = `${shown(from)}, or ${shown(to)} already`;
  const isPatched = autoPatch && step.kind === "core.update" && isPatchedBeyond(step, state);
  const fits = isPatched || valuesOf(step, state).some((value) => value === from || value === to);
  return fits
    ? point("passed", "ready", target, got, wanted)
    : point("waiting", "other_state", target, got, wanted);
}

/** A patch of the branch that came by itself, since the plan's beginning or beyond its end. */
function isPatchedBeyond({ from, to }: Step, { version }: LiveState): boolean {
  const [begin, end] = [Version.safeParse(from).data, Version.safeParse(to).data];
  const isLater = (of: Version | undefined): boolean =>
    version !== null && of !== undefined && isLaterPatch(version, of);
  const isDown = begin !== undefined && end !== undefined && compareVersions(begin, end) > 0;
  return isLater(begin) || (!isDown && isLater(end));
}

/** What of the live state this kind of step moves. */
function valuesOf({ kind, from, to }: Step, state: LiveState): (Step["from"] | undefined)[] {
  switch (kind) {
    case "plugin.activate":
    case "plugin.deactivate":
      return [state.state];
    case "theme.activate":
      // Its values are two themes; the live state tells of the one that is switched to.
      return state.state === "absent" ? [undefined] : [state.state === "active" ? to : from];
    case "option.set":
      return [state.state === "absent" ? null : parsed(state.state)];
    case "maintenance.set":
      return [state.state, parsed(state.state)];
    case "cache.flush":
      return [null];
    default:
      return [state.state === "absent" ? null : (state.version ?? undefined)];
  }
}

function parsed(text: string): Step["from"] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isPlain =
      typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return isPlain ? value : undefined;
  } catch {
    return undefined;
  }
}

const describe = ({ version, state }: LiveState): string =>
  version === null ? state : `${version}, ${state}`;
const shown = (value: Step["from"]): string => (value === null ? "nothing there" : String(value));

function point(
  result: GateState,
  reason: ReadinessReason,
  subject: string,
  ...[got = "", wanted = ""]: [got?: string, wanted?: string]
): ReadinessPoint {
  return { result, reason, subject, got, wanted };
}
