/**
 * Reviews one proposal: plans it, asks the sites it touches, judges it, shows people the result,
 * and puts on record what was shown. Run again at any time it gives the same, or what is new.
 */
import type { FleetConfig } from "../contract/fleet-config.ts";
import { Facts } from "../contract/facts.ts";
import type { Tree } from "../contract/control-repository.ts";
import type { CommitSha, Digest } from "../contract/ids.ts";
import type { AuditEntry } from "../contract/audit-entry.ts";
import { type ConfigurationReading, readConfiguration } from "../domain/configuration.ts";
import type { JudgedProtection } from "../domain/protection.ts";
import { judgeVerdict, type Verdict } from "../domain/verdict.ts";
import {
  absentCheck,
  bootstrapWords,
  configurationWords,
  conflictText,
} from "../render/policy-check.ts";
import { reach } from "../failpoint.ts";
import { digestOfText } from "../signing/digest.ts";
import { withPairings } from "./check-pairings.ts";
import { bootstrap } from "./bootstrap.ts";
import { withAdoptions } from "./check-adoptions.ts";
import { checkPackages, type PackageReview, withPackageFindings } from "./check-packages.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { gatherFacts } from "./gather.ts";
import { readProtections } from "./protections.ts";
import { type Planned, planFacts, planProposal } from "./planning.ts";
import type { PullRequest } from "./forge-port.ts";
import type { Job } from "./store-port.ts";
import { readReadiness, type SiteReadiness } from "./ready.ts";
import { readRuleFacts } from "./rule-facts.ts";
import { showAbsent, showVerdict } from "./show.ts";

export async function review(fleet: Fleet, number: number): Promise<readonly Job[]> {
  const pull = await fleet.forge.pull(number);
  if (pull === null || pull.state !== "open") {
    fleet.touched.delete(number);
    return [];
  }
  const state = await bootstrap(fleet);
  const { attested } = fleet.log.history;
  if (state !== "bootstrapped" || attested === null) {
    const why = state === "bootstrapped" ? "no_branch" : state;
    await showAbsent(
      fleet,
      pull,
      absentCheck("waiting", "This fleet is not set up yet", bootstrapWords[why]),
    );
    return [];
  }
  const policy = await readPolicy(fleet, attested);
  if (policy.reading.kind === "absent") {
    const { result, reason } = policy.reading;
    const words = configurationWords[reason];
    await showAbsent(fleet, pull, absentCheck(result, words, `${words}.`));
    return [];
  }
  const planning = await planProposal(fleet, attested, pull);
  if (planning.kind !== "planned") {
    const text =
      planning.kind === "conflict"
        ? conflictText(planning.paths)
        : "This branch has no history in common with the default branch.";
    await showAbsent(fleet, pull, absentCheck("waiting", "Please update the branch", text));
    return [];
  }
  return judge(fleet, { pull, attested, planning, ...policy, config: policy.reading.config });
}

interface Policy {
  readonly reading: ConfigurationReading;
  readonly text: string;
  readonly digest: Digest;
}

/** The policy in force: that of the attested commit, never the proposal's own. */
export async function readPolicy(fleet: Fleet, attested: CommitSha): Promise<Policy> {
  const tree = await fleet.forge.controlTree(attested);
  const known = policies.get(tree) ?? policyIn(tree);
  policies.set(tree, known);
  return known;
}

/** A commit's tree never changes, and every action asks for its policy. */
const policies = new WeakMap<Tree, Policy>();

function policyIn(tree: Tree): Policy {
  const content = tree.get("countersign.yml");
  const text = typeof content === "string" ? content : "";
  const state = content === undefined ? "missing" : text.trim() === "" ? "empty" : "ok";
  const reading = readConfiguration({
    config: { state, text },
    branch: { bootstrapped: true, log: "ok", connectors: null, unattested: null },
  });
  return { reading, text, digest: digestOfText(text) };
}

export interface Case extends Policy {
  readonly pull: PullRequest;
  readonly attested: CommitSha;
  readonly planning: Planned;
  readonly config: FleetConfig;
}

/** A proposal with everything that it is judged by. */
export interface Assessment {
  readonly given: Case;
  readonly readiness: readonly SiteReadiness[];
  readonly facts: Facts;
  readonly protections: readonly JudgedProtection[];
}

export async function assess(fleet: Fleet, bare: Case): Promise<Assessment> {
  const { pull, config } = bare;
  const keys = withPairings(
    await checkPackages(fleet, config, bare.planning),
    bare.planning,
    fleet.log.history,
  );
  const packages = await withAdoptions(fleet, keys, bare);
  const planning = withPackageFindings(bare.planning, packages);
  const given: Case = { ...bare, planning };
  const readiness = await readReadiness(fleet, config, planning);
  const facts = Facts.parse(
    await gatherFacts(fleet, {
      pull,
      base: planning.base,
      config,
      configText: given.text,
      configDigest: given.digest,
      plan: planFacts(planning),
      checks: checksOf(given, { readiness, packages }),
      ruleFacts: await readRuleFacts(fleet, { ...given, readiness, ...packages }),
    }),
  );
  return { given, readiness, facts, protections: await readProtections(fleet) };
}

async function judge(fleet: Fleet, bare: Case): Promise<readonly Job[]> {
  const { pull, config } = bare;
  const { given, ...assessed } = await assess(fleet, bare);
  const { readiness, facts } = assessed;
  const verdict = judgeVerdict(given.reading, facts);
  const { plan, texts } = given.planning;
  fleet.noteVerdict?.({ pull: pull.number, verdict, plan, digest: texts?.fleet.digest ?? null });
  const shownAt = await showVerdict(fleet, given, { verdict, ...assessed });
  reach("review.shown");
  await putOnRecord(fleet, given, { verdict, readiness, shownAt });
  reach("review.recorded");
  const wasNew = !facts.shown?.some(
    ({ head, digest }) => head === pull.head && digest === facts.plan?.digest,
  );
  // An approval kept over a push counts from the moment the plan is shown for the new head.
  const keeps = wasNew && config.gates.some(({ keep }) => keep !== undefined);
  return keeps ? [{ kind: "review", key: String(pull.number), runAt: fleet.clock.now() }] : [];
}

interface Reviewed {
  readonly readiness: readonly SiteReadiness[];
  readonly packages: PackageReview;
}

/** What is known before any rule is judged. A plan that failed leaves no rule to be judged. */
export function checksOf({ planning }: Pick<Case, "planning">, { readiness, packages }: Reviewed) {
  if (planning.plan.state === "failed") {
    return { policy: "blocked" as const, rollback: "waiting" as const };
  }
  return { packages: packages.result, rollback: worst(readiness) };
}

function worst(readiness: readonly SiteReadiness[]) {
  if (readiness.some(({ result }) => result === "blocked")) return "blocked" as const;
  return readiness.some(({ result }) => result !== "passed")
    ? ("waiting" as const)
    : ("passed" as const);
}

interface Shown {
  readonly verdict: Verdict;
  readonly readiness: readonly SiteReadiness[];
  /** GitHub's time at which the comment with this plan was visible. */
  readonly shownAt: number;
}

/**
 * What people saw from now on: the plan, and the live state of each site. Only what is new, and not
 * before it is on record: an approval that a fault let in between is told to come again, since it
 * would count and yet authorise no site.
 */
async function putOnRecord(fleet: Fleet, given: Case, shown: Shown): Promise<void> {
  const { pull, planning, digest: config } = given;
  const plan = planning.texts?.fleet.digest;
  if (plan === undefined) return;
  const { number: pr, head } = pull;
  const at = instantOf(Math.max(shown.shownAt, fleet.clock.now()));
  await fleet.log.append((history) => {
    const entries: AuditEntry[] = [];
    const last = history.shown.findLast((one) => one.pr === pr && one.head === head);
    if (last?.plan !== plan || last.config !== config) {
      entries.push({ at, config, head, kind: "plan.shown", plan, pr });
    }
    for (const { site, shown: state } of shown.readiness) {
      if (state === null) continue;
      const { pre, evd } = state;
      const known = history.readiness.findLast((one) => one.pr === pr && one.site === site);
      if (known?.pre === pre && known.plan === plan) continue;
      entries.push({ at, evd, kind: "readiness.shown", plan, pr, pre, site });
    }
    return { entries };
  });
}
