/** What a decided range puts on record, and which jobs follow from it. */
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import type { Facts } from "../contract/facts.ts";
import { type CommitSha, type Digest, SiteId } from "../contract/ids.ts";
import type { History } from "../domain/history.ts";
import { moveLevel } from "../domain/containment.ts";
import { levelWithout } from "../domain/level-state.ts";
import type { RangeResult } from "../domain/ranges.ts";
import { digestOfText } from "../signing/digest.ts";
import { authorisedLine } from "./authorise.ts";
import type { Appending } from "./drafts.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { levelEntry, ownLevel } from "./levels.ts";
import type { Planned } from "./planning.ts";
import type { Job } from "./store-port.ts";
import type { NextRange } from "./ranges.ts";
import { managedJob } from "./tell-managed.ts";
import { verdictEntry } from "./verdict-entry.ts";

export interface Settled {
  readonly range: NextRange;
  /** Whoever had a hand in it, by numeric id. */
  readonly by: readonly number[];
  /** `null` where the range could not be read. */
  readonly planning: Planned | null;
  readonly result: RangeResult;
  readonly facts: Facts;
  /** The attested commit that it was judged at. */
  readonly attested: CommitSha;
  readonly pol: AuthorisedEntry["pol"];
  readonly pairings: readonly EntryOf<"pairing">[];
  /** Sites that have to hear what is managed from now on. */
  readonly told: readonly SiteId[];
}

/** The entries and jobs of a decision; `null` where the range is decided on record already. */
export function settlement(fleet: Fleet, decided: Settled, history: History): Appending | null {
  const { range, planning, result, attested } = decided;
  const { from, to, pull } = range;
  const isNext = (history.unattested.at(-1)?.to ?? history.attested) === from;
  if (!isNext || history.attested !== attested) return null;
  const now = fleet.clock.now();
  const at = instantOf(now);
  const kind =
    result.kind === "authorised" || result.kind === "attested" ? result.kind : "unattested";
  const settled: AuditEntry = {
    ...(range.activity === null ? {} : { activity: range.activity }),
    at,
    by: [...decided.by],
    from,
    kind: "range",
    plan: planning?.texts?.fleet.digest ?? null,
    pr: pull?.number ?? null,
    reasons: result.reasons.map(asWord),
    result: kind,
    to,
  };
  const verdict = verdictOn(decided, at);
  if (kind === "unattested") {
    return {
      entries: [...verdict, settled, ...heldBy(result, history, at)],
      jobs: [{ kind: "report", key: `range ${to}`, runAt: now }],
    };
  }
  const glass = kind === "authorised" ? brokenGlass(decided, at) : [];
  const actions = kind === "authorised" ? authorisations(fleet, decided, history, at) : [];
  const pairings = kind === "authorised" ? decided.pairings : [];
  const anew = kind === "authorised" ? begunAnew(decided, history, at) : [];
  const jobs: Job[] = actions.map(({ site }) => ({ kind: "deliver", key: site, runAt: now }));
  jobs.push(...pairings.map(({ site }): Job => ({ kind: "pair", key: site, runAt: now })));
  jobs.push(...decided.told.map((site) => managedJob(fleet, site)));
  if (pull !== null) jobs.push({ kind: "report", key: String(pull.number), runAt: now });
  if (glass.length > 0) jobs.push({ kind: "report", key: `glass ${to}`, runAt: now });
  if (history.unattested.length > 0) jobs.push({ kind: "report", key: "incidents", runAt: now });
  return {
    entries: [
      ...verdict,
      settled,
      ...released(history, at),
      ...pairings,
      ...anew,
      ...glass,
      ...actions,
    ],
    texts: textsOf(planning),
    jobs,
  };
}

/** Where approvals were judged: who counted, who did not, and why. */
function verdictOn({ range, planning, result, facts, pol }: Settled, at: string): AuditEntry[] {
  const { pull } = range;
  const plan = planning?.texts?.fleet.digest;
  const { judged } = result;
  if (pull === null || plan === undefined || judged === null) return [];
  return [verdictEntry({ at, pull, plan, config: pol, judged, facts })];
}

/** The gates that no approvals passed, and who broke their glass: it is reviewed afterwards. */
function brokenGlass({ range, result, planning }: Settled, at: string): EntryOf<"glass">[] {
  const { pull, to: merge } = range;
  const plan = planning?.texts?.fleet.digest;
  if (pull === null || plan === undefined) return [];
  const pr = pull.number;
  return (result.judged?.approvals.glass ?? []).map(({ gate, by }) => {
    return { at, by: [...by], gate: digestOfText(gate), kind: "glass", merge, plan, pr };
  });
}

const asWord = (reason: string): string =>
  reason
    .toLowerCase()
    .replace(/[^a-z0-9_.]/gu, "_")
    .slice(0, 64);

function heldBy({ held }: RangeResult, history: History, at: string): AuditEntry[] {
  const sites = held === "fleet" ? [null] : held.map((site) => SiteId.parse(site));
  return sites.flatMap((site) => levelEntry(history, site, { at, cause: "range_unattested" }));
}

/** Settling the ranges ends the HOLD that they alone caused. */
function released(history: History, at: string): AuditEntry[] {
  const cause = "range_settled";
  const levels = [[null, history.fleetLevel] as const, ...history.siteLevels];
  return levels.flatMap(([site, state]): AuditEntry[] => {
    const level = levelWithout(state, cause);
    return level === null ? [] : [{ at, by: null, cause, kind: "level", level, site }];
  });
}

/** A site that is paired anew, or removed, leaves its levels behind: they were about another one. */
function begunAnew({ pairings, planning }: Settled, history: History, at: string): AuditEntry[] {
  const removed = (planning?.plan.changes ?? []).flatMap(({ kind, site }) =>
    kind === "site.remove" && site !== null ? [[site, "removed"] as const] : [],
  );
  const sites = [...pairings.map(({ site }) => [site, "paired"] as const), ...removed];
  return sites.flatMap(([site, cause]): AuditEntry[] => {
    const known = ownLevel(history, site).level;
    const level = moveLevel(known, { kind: "replaced" });
    return level === known ? [] : [{ at, by: null, cause, kind: "level", level, site }];
  });
}

/** One line for each site whose live state is the one that the approvals saw. */
function authorisations(
  fleet: Fleet,
  decided: Settled,
  history: History,
  at: string,
): AuthorisedEntry[] {
  const { range, planning, result, pol } = decided;
  const { pull, to: merge } = range;
  const texts = planning?.texts ?? null;
  if (pull === null || texts === null) return [];
  return result.sites.authorised.flatMap(({ site: name, mode, pre }) => {
    const site = SiteId.parse(name);
    const plan = texts.sites.get(site)?.digest;
    const shown = history.readiness.findLast(
      (one) => one.pr === pull.number && one.site === site && one.pre === pre,
    );
    if (plan === undefined || shown === undefined) return [];
    const { evd } = shown;
    const about = {
      attempt: 1,
      merge,
      mode,
      plan,
      site,
      evd,
      pre: shown.pre,
      pol,
      pr: pull.number,
    };
    return authorisedLine(fleet, { at, fleet: texts.fleet.digest, ...about });
  });
}

function textsOf(planning: Planned | null): ReadonlyMap<Digest, string> {
  const texts = planning?.texts ?? null;
  if (texts === null) return new Map();
  const all = [texts.fleet, ...texts.sites.values()];
  return new Map(all.map(({ digest, text }) => [digest, text]));
}
