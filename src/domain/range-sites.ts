/**
 * Which sites get an authorisation from an attested range, and which actions may be signed now?
 *
 * Authorised is, per site, the live state (`pre`) that every counted approval saw and that has not
 * changed since; other sites are withheld (`other_state`) and do not unattest the range. Before
 * each signing, freeze, window, level and unfinished sites are judged again; a recovery waits for
 * none of the first three.
 */
import type { Level, Mode } from "../contract/audit-entry.ts";
import type { ChangeFacts, StateFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { mayRun } from "./containment.ts";
import { freezesOf, isInWindow } from "./freeze.ts";
import { isStep, sitesOf } from "./planned.ts";
import { isRecovered, unfinished } from "./policy-waits.ts";

export interface AuthorisedSite {
  readonly site: string;
  readonly mode: Extract<Mode, "apply" | "recover">;
  /** `null` only where the facts do not ask about live state; no action is signed without one. */
  readonly pre: string | null;
}

export interface WithheldSite {
  readonly site: string;
  readonly reason: "other_state";
}

export interface RangeSites {
  readonly authorised: readonly AuthorisedSite[];
  readonly withheld: readonly WithheldSite[];
}

/** When the counted approvals were given, in Unix seconds; or the decision is on record already. */
export type ApprovedAt = readonly number[] | "on_record";

export function authoriseSites(
  facts: Facts,
  changes: readonly ChangeFacts[],
  approvedAt: ApprovedAt,
): RangeSites {
  const authorised: AuthorisedSite[] = [];
  const withheld: WithheldSite[] = [];
  for (const site of sitesOf(changes.filter(isStep))) {
    const pre = stateSeen(facts.states, site, approvedAt);
    if (pre === "other") withheld.push({ site, reason: "other_state" });
    else authorised.push({ site, mode: isRecovered(facts, site) ? "recover" : "apply", ...pre });
  }
  return { authorised, withheld };
}

/** A state shown in the second of an approval was not seen by it. */
function stateSeen(
  states: Facts["states"],
  site: string,
  approvedAt: ApprovedAt,
): { readonly pre: string | null } | "other" {
  const isAsked = states === null || (states !== undefined && states.length > 0);
  if (approvedAt === "on_record" || !isAsked) return { pre: null };
  const own = (states ?? []).filter((state) => state.site === site);
  const seen = approvedAt.flatMap((moment) => newestOf(own.filter(({ at }) => at < moment)));
  const all = new Set([...seen, ...newestOf(own)]);
  const [pre] = all;
  if (all.size !== 1 || seen.length === 0) return "other";
  return pre === undefined || pre === null ? "other" : { pre };
}

/** The newest state, several where one second saw more than one, and `null` where there is none. */
function newestOf(states: readonly StateFacts[]): (string | null)[] {
  if (states.length === 0) return [null];
  const newest = Math.max(...states.map(({ at }) => at));
  return states.filter(({ at }) => at === newest).map(({ pre }) => pre);
}

/** The authorised sites whose action may be signed now, at the level after the range. */
export function signableNow(
  question: {
    readonly config: FleetConfig;
    readonly facts: Facts;
    readonly changes: readonly ChangeFacts[];
    readonly levelOf: (site: string) => Level | null;
  },
  authorised: readonly AuthorisedSite[],
): string[] {
  const { config, facts, changes, levelOf } = question;
  let running = 0;
  return authorised.flatMap(({ site, mode }) => {
    const recovers = mode === "recover";
    const own = changes.filter((change) => change.site === site);
    const isFree = own.every(
      (change) =>
        freezesOf(config, change, facts.now).length === 0 &&
        isInWindow(config.rollout, change, facts.now),
    );
    const waits = !recovers && (!isFree || unfinished(facts, site).length > 0);
    if (waits || !mayRun(levelOf(site), { mode, running })) return [];
    if (recovers) running += 1;
    return [site];
  });
}
