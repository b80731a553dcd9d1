/**
 * What the clauses of rules look at, by name: one value of one planned change, with the words that
 * the trace shows. `null` is a fact that could not be read, `undefined` one that this kind of
 * change does not have.
 */
import type { ChangeFacts } from "../contract/facts-range.ts";
import { Version } from "../contract/ids.ts";
import type { PackageFacts } from "../contract/planned-change.ts";
import type { Assertion } from "../contract/policy-rule.ts";
import { ownValue } from "./own-value.ts";
import { isStep } from "./planned.ts";
import { INSTALLING, moveOf, type PolicyFacts, runtimeOf } from "./policy-facts.ts";
import { compareVersions } from "./version.ts";
import { nameInFeeds } from "./vulnerability.ts";

export type ClauseName = keyof Assertion;

/** What a clause is about: a change, and how many sites the rule's changes touch. */
export interface Subject {
  readonly change: ChangeFacts;
  /** Without those that the plan recovers. */
  readonly sites: number;
}

export interface Reading {
  readonly value: string | number | boolean | null | undefined;
  readonly got: string;
}
type Value = Reading["value"];

export const doesNotApply: Reading = { value: undefined, got: "does not apply" };
export const unread: Reading = { value: null, got: "not known" };
const unknown = (why: string): Reading => ({ value: null, got: `not known: ${why}` });
export const known = (value: string | number | boolean, got = String(value)): Reading => ({
  value,
  got,
});

/** Reads clauses; what depends on the change alone is read once for all rules. */
export type ClauseReader = (name: SimpleClause, subject: Subject) => Reading;

export function clauseReader(facts: PolicyFacts): ClauseReader {
  const memos = new Map<SimpleClause, Map<ChangeFacts, Reading>>();
  return (name, subject) => {
    if (name === "plan.sites") return readClause(name, subject, facts);
    let memo = memos.get(name);
    if (memo === undefined) memos.set(name, (memo = new Map<ChangeFacts, Reading>()));
    const found = memo.get(subject.change);
    if (found !== undefined) return found;
    const reading = readClause(name, subject, facts);
    memo.set(subject.change, reading);
    return reading;
  };
}

/** @returns what the clause finds; equal findings have equal words */
function readClause(name: SimpleClause, subject: Subject, facts: PolicyFacts): Reading {
  if (NOT_FOR_RECOVERIES.has(name) && facts.isRecovery(subject.change)) return recovery;
  const reading = READERS[name](subject, facts);
  if (reading === null) return unread;
  if (reading === undefined) return doesNotApply;
  return typeof reading === "object" ? reading : known(reading);
}

const recovery: Reading = { value: undefined, got: "a recovery" };

/** Going back is older, smaller and less tried: no rule about that may keep a site from it. */
const NOT_FOR_RECOVERIES: ReadonlySet<ClauseName> = new Set([
  "package.ageDays",
  "package.growthPercent",
  "package.knownBad",
  "change.direction",
  "change.majors",
  "change.reversibility",
  "plan.sites",
]);

/** All but the clause that has parameters of its own. */
export type SimpleClause = Exclude<ClauseName, "site.promotesFrom">;

type Reader = (subject: Subject, facts: PolicyFacts) => Value | Reading;

const READERS: Readonly<Record<SimpleClause, Reader>> = {
  "package.ageDays": ({ change }, { now }) =>
    ofPackage(change, ({ releasedAt }) => Math.floor((now - Date.parse(releasedAt) / 1000) / DAY)),
  "package.locked": ({ change }) => isLocked(change),
  "package.matchesSource": ({ change }, { rules }) =>
    ofPackage(change, ({ sha256 }) => lookUp(rules?.matchesSource, sha256)),
  "package.source": ({ change }) => ofPackage(change, ({ source }) => source),
  "package.host": ({ change }) => ofPackage(change, ({ url }) => hostOf(url)),
  "package.bytes": ({ change }) => ofPackage(change, ({ bytes }) => bytes),
  "package.growthPercent": ({ change }) => growthOf(change),
  "package.knownBad": ({ change }, { failed, cleared }) =>
    ofPackage(change, ({ sha256 }) =>
      failed === null ? null : failed.has(sha256) && !cleared.has(sha256),
    ),
  "package.vulnerable": ({ change }, facts) =>
    ofPackage(change, ({ version }) => vulnerable(change, version, facts)),
  "change.direction": ({ change }) => directionOf(change),
  "change.majors": ({ change }) => majorsOf(change),
  "change.reversibility": ({ change }) => change.reversibility,
  "change.securityFix": ({ change }, facts) => securityFix(change, facts),
  "site.phpFits": ({ change }, facts) => fits("php", change, facts),
  "site.wordpressFits": ({ change }, facts) => fits("wordpress", change, facts),
  "plan.sites": ({ sites }) => (sites === 0 ? undefined : sites),
  "proposal.fork": (_, { proposal }) => (proposal === null ? undefined : proposal.fork),
  "proposal.byAgent": (_, { proposal }) => (proposal === null ? undefined : proposal.byAgent),
  "proposal.byBot": (_, { proposal }) => (proposal === null ? undefined : proposal.byBot),
  "proposal.secrets": (_, { proposal, rules }) => (proposal === null ? undefined : secrets(rules)),
};

const DAY = 86_400;

/** The package that a step installs; another kind of change has none. */
function ofPackage(
  change: ChangeFacts,
  read: (installed: PackageFacts) => Value | Reading,
): Value | Reading {
  if (!INSTALLING.has(change.kind)) return undefined;
  return change.package ? read(change.package) : null;
}

function isLocked(change: ChangeFacts): Value {
  if (!INSTALLING.has(change.kind)) return undefined;
  return change.package === undefined ? null : change.package !== null;
}

function lookUp(
  record: Readonly<Record<string, boolean | null>> | null | undefined,
  key: string,
): boolean | null {
  return record ? (ownValue(record, key) ?? null) : null;
}

/** As a browser would read it: a backslash ends the host, what stands before an @ is none. */
function hostOf(url: string): string {
  const authority = url.replace(/^https?:\/\//iu, "").replace(/[/\\?#].*$/su, "");
  const host = authority.slice(authority.lastIndexOf("@") + 1).toLowerCase();
  return host.replace(/^https:/iu.test(url) ? /:443$/u : /:80$/u, "");
}

function growthOf(change: ChangeFacts): Value {
  if (!INSTALLING.has(change.kind) || change.kind.endsWith(".install")) return undefined;
  const { package: next, previous } = change;
  return next && previous ? Math.round((next.bytes / previous.bytes - 1) * 1000) / 10 : null;
}

function directionOf(change: ChangeFacts): Value {
  if (!isStep(change)) return undefined;
  return moveOf(change)?.direction ?? null;
}

function majorsOf(change: ChangeFacts): Value {
  const move = moveOf(change);
  if (move === null) return null;
  return move.direction === "none" ? undefined : move.majors;
}

/** The names of the vulnerabilities are the evidence. */
function vulnerable(
  { target }: ChangeFacts,
  version: Version,
  { vulnerabilities }: PolicyFacts,
): Reading | null {
  if (target === null) return null;
  const found = vulnerabilities(nameInFeeds(target));
  if (found.kind === "unknown") return unknown(found.why);
  const names = found.namesOf(version);
  return names.length === 0 ? known(false) : known(true, names.join(", "));
}

/** The present version is vulnerable, and the new one is not. */
function securityFix(change: ChangeFacts, { vulnerabilities }: PolicyFacts): Value | Reading {
  const move = moveOf(change);
  if (move?.direction === "none") return undefined;
  const [from, to] = [Version.safeParse(change.from), Version.safeParse(change.to)];
  if (!from.success || !to.success || change.target === null) return null;
  const found = vulnerabilities(nameInFeeds(change.target));
  if (found.kind === "unknown") return unknown(found.why);
  return found.namesOf(from.data).length > 0 && found.namesOf(to.data).length === 0;
}

function fits(what: "php" | "wordpress", change: ChangeFacts, facts: PolicyFacts): Value | Reading {
  return ofPackage(change, ({ requires, requiresPhp }) => {
    const least = what === "php" ? requiresPhp : requires;
    if (least === null) return true;
    const runtime = runtimeOf(facts, change.site);
    const own = runtime?.[what] ?? null;
    if (own === null) return runtime?.fits ?? null;
    return compareVersions(own, least) >= 0
      ? true
      : known(false, `${own}, and it asks for ${least}`);
  });
}

function secrets(rules: PolicyFacts["rules"]): Value | Reading {
  const places = rules?.secrets ?? null;
  if (places === null) return null;
  const words = places.slice(0, 5).map(({ file, line }) => `${file}:${line}`);
  const more = places.length > 5 ? ` and ${places.length - 5} more` : "";
  return places.length === 0 ? false : known(true, `${words.join(", ")}${more}`);
}
