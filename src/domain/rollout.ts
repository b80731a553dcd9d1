/**
 * Which sites of one merged plan may begin now, which wait, and why?
 *
 * The canary's sites go first, then the waves: cumulative shares of all sites of the plan, canaries
 * before the others, each in the order of their names. A stage begins once every site of those
 * before it ended well, and has soaked. The first bad outcome stops everything that has not begun,
 * until a person says `resume` for the plan, or `retry` for a site: that site alone then goes on.
 * Pure, and a function of the log, the policy and the time. Only `apply` actions have a rollout:
 * recoveries and rollbacks wait for none. Source: docs/policy.md, "Rollouts".
 */
import type { Rollout } from "../contract/fleet-config.ts";
import { isWindowOpen, nextOpening } from "./window.ts";

/** How many sites of a plan may have an action on its way at a time. */
export const MOST_AT_ONCE = 50;

export interface RolloutSite {
  readonly site: string;
  readonly isCanary: boolean;
  /** `null` where it could not be read: no window is open there. */
  readonly timezone: string | null;
  readonly state: SiteState;
}

/** Where the newest attempt at a site is. Places are indices in the log. */
export type SiteState =
  /** Not on its way; `authorised` is its line's place, `at` its time in Unix seconds. */
  | { readonly kind: "open"; readonly authorised: number; readonly at: number }
  /** On its way. `lost`: there was no answer for so long that its site is held. */
  | { readonly kind: "sent"; readonly lost: boolean }
  | { readonly kind: "well"; readonly at: number }
  /** It ended otherwise. `idle`: nothing was tried at the site, so nothing is known to be bad. */
  | { readonly kind: "badly"; readonly idle: boolean; readonly place: number };

export type WaitReason =
  | "expired"
  | "stopped"
  | "canary"
  | "wave"
  | "soak"
  | "window"
  | "concurrency";

export type Turn =
  | { readonly kind: "go" }
  /** Its action is on its way, or has its end. */
  | { readonly kind: "none" }
  /** `until`: when it may be its turn, in Unix seconds; `null` where that hangs on an event. */
  | { readonly kind: "waits"; readonly reason: WaitReason; readonly until: number | null };

export interface Stage {
  /** 0 is the canary, 1 the first wave. */
  readonly wave: number;
  readonly sites: number;
  readonly done: number;
  /** Whether all of them ended well, or a person went on without those that did not. */
  readonly isProved: boolean;
  /** When it may begin; `null` while a stage before it is not proved. */
  readonly from: number | null;
}

export interface RolloutStand {
  readonly rollout: Rollout;
  readonly sites: ReadonlyMap<string, RolloutSite>;
  /** Those with sites, in order. */
  readonly stages: readonly Stage[];
  /** Each site's stage, as its place in `stages`. */
  readonly stageOf: ReadonlyMap<string, number>;
  /** Those that ended otherwise than well, and no person has answered for it. */
  readonly unanswered: readonly string[];
  /** Where the newest bad outcome stands that nobody answered; `null` where there is none. */
  readonly stoppedAt: number | null;
  readonly underWay: number;
}

/** @param resumedAt place of the newest `resume`: what ended before it stops nothing any more */
export function standOf(
  rollout: Rollout,
  sites: readonly RolloutSite[],
  resumedAt: number | null,
): RolloutStand {
  const groups = groupsOf(rollout, sites);
  const stages: Stage[] = [];
  let begun: number | null = 0;
  for (const { wave, members } of groups) {
    const isProved: boolean = begun !== null && members.every((one) => isSettled(one, resumedAt));
    const done = members.filter(({ state }) => state.kind === "well").length;
    stages.push({ wave, sites: members.length, done, isProved, from: begun });
    begun = begun !== null && isProved ? Math.max(begun, soakedAt(members, rollout)) : null;
  }
  const stageOf = groups.flatMap(({ members }, at) =>
    members.map(({ site }) => [site, at] as const),
  );
  return {
    rollout,
    sites: new Map(sites.map((one) => [one.site, one])),
    stages,
    stageOf: new Map(stageOf),
    unanswered: sites.flatMap(({ site, state }) =>
      state.kind === "badly" && !isAnswered(state.place, resumedAt) ? site : [],
    ),
    stoppedAt: newestStop(sites, resumedAt),
    underWay: sites.filter(({ state }) => state.kind === "sent").length,
  };
}

/** Whether a site of the plan may begin at `now`, Unix seconds. A site that is not in it may not. */
export function turnOf(stand: RolloutStand, site: string, now: number): Turn {
  return judge(stand, site, { now, openingOf: (zone) => openingAt(stand.rollout, zone, now) });
}

/** The same of every site, in the order in which they go. */
export function turnsOf(stand: RolloutStand, now: number): Map<string, Turn> {
  const known = new Map<string | null, Opening>();
  const openingOf = (zone: string | null): Opening => {
    const opening = known.get(zone) ?? openingAt(stand.rollout, zone, now);
    known.set(zone, opening);
    return opening;
  };
  const sites = [...stand.stageOf.keys()];
  return new Map(sites.map((site) => [site, judge(stand, site, { now, openingOf })]));
}

/** Whether a person has to say `resume` before everything that is open may have its turn. */
export function awaitsWord({ sites, unanswered }: RolloutStand): boolean {
  return unanswered.length > 0 && [...sites.values()].some(({ state }) => state.kind === "open");
}

/** The sites that may begin, no more than there is room for. */
export function readySites(stand: RolloutStand, turns: ReadonlyMap<string, Turn>): string[] {
  const ready = [...turns].flatMap(([site, { kind }]) => (kind === "go" ? site : []));
  return ready.slice(0, MOST_AT_ONCE - stand.underWay);
}

/** The next moment at which time alone lets a site begin; `null` where it lets none. */
export function nextMoment(turns: ReadonlyMap<string, Turn>): number | null {
  const moments = [...turns.values()].flatMap((turn) =>
    turn.kind === "waits" && turn.until !== null ? turn.until : [],
  );
  return moments.length === 0 ? null : moments.reduce((one, other) => Math.min(one, other));
}

/** Whether the window of a zone is open, and else when it opens. */
type Opening = "open" | { readonly until: number | null };

function openingAt({ window }: Rollout, zone: string | null, now: number): Opening {
  if (window === undefined || isWindowOpen(window, zone, now)) return "open";
  return { until: nextOpening(window, zone, now) };
}

interface Moment {
  readonly now: number;
  readonly openingOf: (zone: string | null) => Opening;
}

function judge(stand: RolloutStand, site: string, { now, openingOf }: Moment): Turn {
  const own = stand.sites.get(site);
  const stage = stand.stages[stand.stageOf.get(site) ?? -1];
  if (own === undefined || stage === undefined) return waits("wave");
  const { state, timezone } = own;
  if (state.kind !== "open") return { kind: "none" };
  if (!(now <= state.at + stand.rollout.expiresAfter)) return waits("expired");
  // What a person had tried again after that is not held up by it.
  if (stand.stoppedAt !== null && stand.stoppedAt > state.authorised) return waits("stopped");
  if (stage.from === null) return waits(isCanaryOpen(stand) ? "canary" : "wave");
  if (!(now >= stage.from)) return waits("soak", stage.from);
  const opening = openingOf(timezone);
  if (opening !== "open") return waits("window", opening.until);
  return stand.underWay < MOST_AT_ONCE ? { kind: "go" } : waits("concurrency");
}

const waits = (reason: WaitReason, until: number | null = null): Turn => ({
  kind: "waits",
  reason,
  until,
});

const isCanaryOpen = ({ stages: [first] }: RolloutStand): boolean =>
  first !== undefined && first.wave === 0 && !first.isProved;

interface Group {
  readonly wave: number;
  readonly members: readonly RolloutSite[];
}

function groupsOf({ waves }: Rollout, sites: readonly RolloutSite[]): Group[] {
  const inOrder = sites.toSorted((a, b) => (a.site < b.site ? -1 : 1));
  const canaries = inOrder.filter(({ isCanary }) => isCanary);
  const all = [...canaries, ...inOrder.filter(({ isCanary }) => !isCanary)];
  const ends = [canaries.length, ...waves.map((share) => Math.ceil((share * all.length) / 100))];
  const groups: Group[] = [];
  let begin = 0;
  for (const [wave, end] of ends.entries()) {
    // A wave may have no site of its own: the canaries are its share, or the fleet is small.
    if (end <= begin) continue;
    groups.push({ wave, members: all.slice(begin, end) });
    begin = end;
  }
  return groups;
}

const isAnswered = (place: number, resumedAt: number | null): boolean =>
  resumedAt !== null && place < resumedAt;

function isSettled({ state }: RolloutSite, resumedAt: number | null): boolean {
  if (state.kind === "badly") return isAnswered(state.place, resumedAt);
  return state.kind === "well";
}

function soakedAt(members: readonly RolloutSite[], { soak }: Rollout): number {
  const ends = members.map(({ state }) => (state.kind === "well" ? state.at : 0));
  return ends.reduce((one, other) => Math.max(one, other), 0) + (soak ?? 0);
}

/** An action without an answer is a stop that nobody can take back but its answer. */
function newestStop(sites: readonly RolloutSite[], resumedAt: number | null): number | null {
  let newest: number | null = null;
  for (const { state } of sites) {
    if (state.kind === "sent" && state.lost) return Number.POSITIVE_INFINITY;
    if (state.kind !== "badly" || state.idle || isAnswered(state.place, resumedAt)) continue;
    newest = Math.max(newest ?? 0, state.place);
  }
  return newest;
}
