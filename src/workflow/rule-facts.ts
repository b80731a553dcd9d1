/** What policy rules look at beyond the plan: from the log, the sites' evidence and the two trees. */
import type { FactsInput } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import type { SitePlan } from "../contract/plan.ts";
import { endedWell, levelOf } from "../domain/history.ts";
import { rulesOf } from "../domain/policy-builtin.ts";
import { nameInFeeds } from "../domain/vulnerability.ts";
import { secretLines } from "../domain/secret-text.ts";
import { changedFiles } from "../domain/tree-difference.ts";
import { siteFileOf } from "./control-files.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import type { Commit, PullRequest } from "./forge-port.ts";
import { type Planned, sitePlanText } from "./planning.ts";
import type { SiteReadiness } from "./ready.ts";

type RuleFacts = NonNullable<FactsInput["ruleFacts"]>;
type Applied = NonNullable<RuleFacts["applied"]>[number];

export interface RuleQuestion {
  readonly pull: Pick<PullRequest, "title" | "body" | "headRef">;
  readonly attested: CommitSha;
  readonly config: FleetConfig;
  readonly planning: Pick<Planned, "after" | "plan">;
  readonly readiness: readonly SiteReadiness[];
  readonly matchesSource: NonNullable<RuleFacts["matchesSource"]>;
}

export async function readRuleFacts(fleet: Fleet, asked: RuleQuestion): Promise<RuleFacts> {
  const plans = planReader(fleet);
  return {
    matchesSource: asked.matchesSource,
    failedPackages: await failedPackages(fleet, plans),
    ...(await readFeed(fleet, asked)),
    applied: asksForPromotion(asked.config) ? await appliedSteps(fleet, asked.attested, plans) : [],
    sites: Object.fromEntries(asked.readiness.map(({ site, fits }) => [site, { fits }])),
    secrets: [...(await secretPlaces(fleet, asked)), ...secretWords(asked.pull)],
  };
}

type PlanReader = (digest: Digest) => Promise<SitePlan | null>;

/** Sites of one proposal often have the same plan: each text is read once. */
function planReader(fleet: Fleet): PlanReader {
  const known = new Map<Digest, Promise<SitePlan | null>>();
  return (digest) => {
    const plan = known.get(digest) ?? sitePlanText(fleet, digest);
    known.set(digest, plan);
    return plan;
  };
}

const HURT: ReadonlySet<string> = new Set([
  "rolled_back",
  "rolled_back_files_only",
  "self_healed",
  "failed_needs_review",
]);

/**
 * Packages of actions that hurt a site. A whole action is one unit, so that its receipt does not
 * say which of several packages it was: all of them are named.
 * @returns `null` where the text of such a plan is not here
 */
async function failedPackages({ log }: Fleet, plans: PlanReader): Promise<string[] | null> {
  const failed = new Set<string>();
  for (const { entry, end } of log.history.authorisations.values()) {
    if (end === null || !HURT.has(end.how)) continue;
    const plan = await plans(entry.plan);
    if (plan === null) return null;
    for (const { package: installed } of plan.steps) if (installed) failed.add(installed.sha256);
  }
  return [...failed];
}

function asksForPromotion(config: FleetConfig): boolean {
  return rulesOf(config).some(
    ({ assert, unless }) => assert["site.promotesFrom"] ?? unless?.["site.promotesFrom"],
  );
}

/**
 * Steps that receipts prove, with the tier that their site is in at the attested commit. What was
 * changed again since, or stands on a site that is held, has not stayed well.
 */
async function appliedSteps(
  fleet: Fleet,
  attested: CommitSha,
  plans: PlanReader,
): Promise<Applied[] | null> {
  const tree = await fleet.forge.controlTree(attested);
  const { history } = fleet.log;
  const places = new Map<SiteId, Pick<Applied, "tier" | "well">>();
  const placeOf = (site: SiteId) => {
    const place = places.get(site) ?? {
      tier: siteFileOf(tree, site)?.tier ?? null,
      well: levelOf(history, site).level === "normal",
    };
    places.set(site, place);
    return place;
  };
  const applied: Applied[] = [];
  const latest = new Map<string, unknown>();
  const isLatest = ({ site, target, to }: Applied) => latest.get(`${site} ${target}`) === to;
  for (const { entry, end } of history.authorisations.values()) {
    if (end === null || !endedWell(end)) continue;
    const plan = await plans(entry.plan);
    if (plan === null) return null;
    const common = { site: entry.site, at: end.at, ...placeOf(entry.site) };
    for (const { kind, target, from, to, package: installed } of plan.steps) {
      if (entry.mode === "rollback") {
        latest.set(`${entry.site} ${target}`, from);
        continue;
      }
      latest.set(`${entry.site} ${target}`, to);
      applied.push({ ...common, kind, target, to, sha256: installed?.sha256 ?? null });
    }
  }
  return applied.map((one) => ({ ...one, well: one.well === true && isLatest(one) }));
}

/** What the feed says of the packages that the plan installs or leaves. */
async function readFeed(
  { feeds }: Fleet,
  { config, planning }: RuleQuestion,
): Promise<Pick<RuleFacts, "vulnerabilities" | "feedProblem">> {
  const { vulnerabilities: feed } = config;
  if (feed === undefined) {
    return { vulnerabilities: null, feedProblem: "countersign.yml names none" };
  }
  const moved = planning.plan.changes.filter(({ package: installed }) => installed !== null);
  const names = new Set(moved.map(({ target }) => nameInFeeds(target)));
  const reading = await feeds.read(feed, [...names]);
  if (reading.kind === "unread")
    return { vulnerabilities: null, feedProblem: reading.why.slice(0, 500) };
  const { at, affected, unread, problem } = reading;
  return {
    vulnerabilities: { at: instantOf(at), affected: [...affected], unread: [...unread] },
    feedProblem: problem?.slice(0, 500) ?? null,
  };
}

/**
 * Lines of changed files that look like secrets now; files that plan nothing are not read, and
 * key-sets are public tokens.
 */
async function secretPlaces(fleet: Fleet, { attested, planning }: RuleQuestion) {
  const before = await fleet.forge.controlTree(attested);
  return changedFiles(before, planning.after).flatMap(({ path, role, after }) =>
    typeof after !== "string" || unread.has(role.kind) ? [] : placesIn(path, after),
  );
}

const unread: ReadonlySet<string> = new Set(["other", "keys"]);

type SecretPlaces = NonNullable<RuleFacts["secrets"]>;

function placesIn(file: string, text: string): SecretPlaces {
  return secretLines(text).map((line) => ({ file, line }));
}

/** What people wrote around the files: it is as public as they are. */
function secretWords({ title, body, headRef }: RuleQuestion["pull"]): SecretPlaces {
  return [
    ...placesIn("title", title),
    ...placesIn("description", body),
    ...placesIn("branch name", headRef),
  ];
}

/** The same with the messages of the proposal's commits; `null` where those could not be read. */
export function withCommitMessages(
  facts: RuleFacts,
  commits: readonly Pick<Commit, "sha" | "message">[] | null,
): RuleFacts {
  const { secrets } = facts;
  if (commits === null || !secrets) return { ...facts, secrets: null };
  const found = commits.flatMap(({ sha, message }) =>
    placesIn(`message of ${sha.slice(0, 7)}`, message),
  );
  return { ...facts, secrets: [...secrets, ...found] };
}
