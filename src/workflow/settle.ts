/**
 * Settles the default branch, range by range and strictly in order: authorised, attested, waiting
 * or unattested. What is authorised goes on record, and on the audit branch, before anything runs.
 * docs/protocol.md, "From proposal to authorisation".
 */
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import { Facts } from "../contract/facts.ts";
import { type Digest, SiteId } from "../contract/ids.ts";
import type { History } from "../domain/history.ts";
import { judgeRange, type RangeResult } from "../domain/ranges.ts";
import { actionIdOf } from "../signing/action-id.ts";
import { kidOf } from "../signing/thumbprint.ts";
import { bootstrap } from "./bootstrap.ts";
import { siteFileOf } from "./control-files.ts";
import type { Appending } from "./fleet-log.ts";
import { checkPackages } from "./check-packages.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { gatherFacts } from "./gather.ts";
import { levelEntry } from "./levels.ts";
import { type Planned, planFacts, planRange, rangeContent } from "./planning.ts";
import type { Job } from "./ports.ts";
import { type NextRange, nextRange } from "./ranges.ts";
import { readReadiness } from "./ready.ts";
import { checksOf, readPolicy } from "./review.ts";
import { readRuleFacts } from "./rule-facts.ts";

const lookAgainSeconds = 5;
const maxRanges = 100;

export async function settle(fleet: Fleet): Promise<readonly Job[]> {
  if ((await bootstrap(fleet)) !== "bootstrapped") return [];
  let settled = 0;
  let waiting = false;
  for (; settled < maxRanges && !waiting; settled += 1) {
    const range = await nextRange(fleet);
    if (range === null) break;
    waiting = !(await settleRange(fleet, range));
  }
  const now = fleet.clock.now();
  const again: Job[] = waiting ? [{ kind: "settle", key: "", runAt: now + lookAgainSeconds }] : [];
  if (settled === 0) return again;
  await fleet.log.flush();
  // The branch moved: what open proposals plan may be something else now.
  const open = await fleet.forge.openPulls();
  const reviews = open.map(({ number }) => ({
    kind: "review" as const,
    key: String(number),
    runAt: now,
  }));
  return [...again, ...reviews];
}

interface Case {
  readonly range: NextRange;
  readonly planning: Planned;
  readonly result: RangeResult;
  readonly by: readonly number[];
  readonly pol: AuthorisedEntry["pol"];
  readonly pairings: readonly EntryOf<"pairing">[];
}

/** @returns whether it is decided */
async function settleRange(fleet: Fleet, range: NextRange): Promise<boolean> {
  const { attested } = fleet.log.history;
  if (attested === null) return false;
  const policy = await readPolicy(fleet, attested);
  const planning = await planRange(fleet, attested, range.to);
  const config = policy.reading.kind === "read" ? policy.reading.config : null;
  const readiness = config === null ? [] : await readReadiness(fleet, config, planning);
  const packages = await checkPackages(fleet, config ?? { sources: [] }, planning);
  const digest = planning.texts?.fleet.digest ?? null;
  const facts = Facts.parse(
    await gatherFacts(fleet, {
      pull: range.pull,
      config: config ?? emptyConfig,
      configText: policy.text,
      configDigest: policy.digest,
      plan: planFacts(planning),
      checks: config === null ? {} : checksOf({ planning }, { readiness, packages }),
      ruleFacts:
        config === null
          ? null
          : await readRuleFacts(fleet, { attested, config, planning, readiness, ...packages }),
      merge: {
        kind: range.kind,
        commit: range.to,
        head: range.pull?.head ?? null,
        at: range.at,
        by: range.by,
        plans: { [range.to]: digest },
        branchHead: range.branchHead,
        range: await rangeContent(fleet, range.from, range.to),
      },
    }),
  );
  if (facts.merge === null) return false;
  const result = judgeRange(policy.reading, facts, facts.merge);
  if (result.kind === "waiting" || result.kind === "ignored") return false;
  const by = contributors(range, facts);
  const pairings = await pairingsOf(fleet, range, planning);
  const decided: Case = { range, planning, result, by, pol: policy.digest, pairings };
  await fleet.log.append((history) => appending(fleet, decided, history));
  return true;
}

/** Roles of nobody: where the policy cannot be read no role is resolved. */
const emptyConfig = { roles: {} };

function contributors({ by, pull }: NextRange, { commits }: Facts): number[] {
  const people = (commits ?? []).flatMap(({ author, committer, pushedBy }) => [
    author?.id ?? null,
    committer?.id ?? null,
    ...(pushedBy ?? []),
  ]);
  const all = [by, pull?.openedBy.id ?? null, pull?.mergedBy?.id ?? null, ...people];
  return [...new Set(all.flatMap((id) => id ?? []))].toSorted((a, b) => a - b);
}

/** The keys that this range takes over, as they stand in the site files. */
async function pairingsOf(
  fleet: Fleet,
  { to, pull }: NextRange,
  { plan }: Planned,
): Promise<EntryOf<"pairing">[]> {
  const tree = await fleet.forge.controlTree(to);
  const at = instantOf(fleet.clock.now());
  return plan.changes.flatMap(({ kind, site }) => {
    const pin =
      kind === "connector.pair" && site !== null ? siteFileOf(tree, site)?.connector : undefined;
    if (pin === undefined || site === null) return [];
    const { epoch, key } = pin;
    const pr = pull?.number ?? null;
    return { at, commit: to, epoch, key: key.x, kid: kidOf(key.x), kind: "pairing", pr, site };
  });
}

function appending(fleet: Fleet, decided: Case, history: History): Appending {
  const { range, planning, result, by } = decided;
  const { from, to, pull } = range;
  const now = fleet.clock.now();
  const at = instantOf(now);
  const kind =
    result.kind === "authorised" || result.kind === "attested" ? result.kind : "unattested";
  const settled: AuditEntry = {
    at,
    by: [...by],
    from,
    kind: "range",
    plan: planning.texts?.fleet.digest ?? null,
    pr: pull?.number ?? null,
    reasons: result.reasons.map(asWord),
    result: kind,
    to,
  };
  if (kind === "unattested") {
    return {
      entries: [settled, ...heldBy(result, history, at)],
      jobs: [{ kind: "report", key: `range ${to}`, runAt: now }],
    };
  }
  const actions = kind === "authorised" ? authorisations(fleet, decided, history, at) : [];
  const pairings = kind === "authorised" ? decided.pairings : [];
  const jobs: Job[] = actions.map(({ site }) => ({ kind: "deliver", key: site, runAt: now }));
  if (pull !== null) jobs.push({ kind: "report", key: String(pull.number), runAt: now });
  return {
    entries: [settled, ...released(history, at), ...pairings, ...actions],
    texts: textsOf(planning),
    jobs,
  };
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

/** Settling the ranges that caused it ends a HOLD. */
function released(history: History, at: string): AuditEntry[] {
  const ended = (site: SiteId | null): AuditEntry => ({
    at,
    by: null,
    cause: "range_settled",
    kind: "level",
    level: "normal",
    site,
  });
  const caused = ({ level, cause }: History["fleetLevel"]) =>
    level === "hold" && cause === "range_unattested";
  const sites = [...history.siteLevels].filter(([, state]) => caused(state));
  return [
    ...(caused(history.fleetLevel) ? [ended(null)] : []),
    ...sites.map(([site]) => ended(site)),
  ];
}

/** One line for each site whose live state is the one that the approvals saw. */
function authorisations(
  fleet: Fleet,
  decided: Case,
  history: History,
  at: string,
): AuthorisedEntry[] {
  const { range, planning, result, pol } = decided;
  const { pull, to: merge } = range;
  const { texts } = planning;
  if (pull === null || texts === null) return [];
  return result.sites.authorised.flatMap(({ site: name, mode, pre }) => {
    const site = SiteId.parse(name);
    const plan = texts.sites.get(site)?.digest;
    const shown = history.readiness.findLast(
      (one) => one.pr === pull.number && one.site === site && one.pre === pre,
    );
    if (plan === undefined || shown === undefined) return [];
    const identity = { attempt: 1, merge, mode, plan, repo: fleet.repository.id, site };
    return {
      at,
      attempt: 1,
      evd: shown.evd,
      fleet: texts.fleet.digest,
      kind: "authorised",
      merge,
      mode,
      plan,
      pol,
      pr: pull.number,
      pre: shown.pre,
      site,
      sub: actionIdOf(identity),
    };
  });
}

function textsOf({ texts }: Planned): ReadonlyMap<Digest, string> {
  if (texts === null) return new Map();
  const all = [texts.fleet, ...texts.sites.values()];
  return new Map(all.map(({ digest, text }) => [digest, text]));
}
