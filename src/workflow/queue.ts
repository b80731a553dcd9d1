/**
 * Judges what a merge queue built: each proposal on top of the ones before it. The group passes
 * only if every one of them brings the plan that was approved for it. Which proposals it holds is
 * read from GitHub; the plan itself comes from the commits, so that no name has to be believed.
 */
import type { CommitSha } from "../contract/ids.ts";
import type { MergeGroupFacts } from "../contract/facts-range.ts";
import { judgeVerdict, type Verdict } from "../domain/verdict.ts";
import type { QueueEntry } from "../render/queue-check.ts";
import { absentCheck, configurationWords } from "../render/policy-check.ts";
import { bootstrap } from "./bootstrap.ts";
import type { Fleet } from "./fleet.ts";
import type { Commit } from "./forge-port.ts";
import { planProposal, planRange } from "./planning.ts";
import { firstParents, nextRange } from "./ranges.ts";
import { assess, type Assessment, readPolicy } from "./review.ts";
import { showAbsent, showGroup } from "./show.ts";
import type { Job } from "./store-port.ts";

/** How soon to look again at a group that cannot be judged yet, in seconds. */
const lookAgain = 10;

/** @param head the commit that GitHub wants checked; a group that is gone is left alone */
export async function judgeQueue(fleet: Fleet, head: CommitSha): Promise<readonly Job[]> {
  const again: Job = { kind: "queue", key: head, runAt: fleet.clock.now() + lookAgain };
  const group = await readGroup(fleet, head);
  if (group === null) return [];
  if ((await bootstrap(fleet)) !== "bootstrapped") return [again];
  // What was merged before is decided first: these plans come on top of it.
  if ((await nextRange(fleet)) !== null) return [{ ...again, kind: "settle", key: "" }, again];
  const judged: Judged[] = [];
  for (const entry of group) {
    const one = await judgeEntry(fleet, entry, judged);
    if (one === "again") return [again];
    if (one === "absent") return [];
    judged.push(one);
  }
  const last = judged.at(-1);
  if (last === undefined) return [];
  const { given, verdict, ...assessed } = last.assessed;
  if (mayPassLater(verdict)) return [again];
  const entries = judged.map(({ number, state }): QueueEntry => ({ number, state }));
  await showGroup(fleet, head, given, { judgement: { verdict, ...assessed }, entries });
  return [];
}

interface Entry {
  readonly number: number;
  /** What it comes on top of; `null` for the first: the attested commit. */
  readonly from: CommitSha | null;
  readonly to: CommitSha;
  /** The group's own head. */
  readonly head: CommitSha;
}

/** The group's proposals in their order; `null` where its head is no longer what the queue built. */
async function readGroup(fleet: Fleet, head: CommitSha): Promise<readonly Entry[] | null> {
  const { forge, repository } = fleet;
  const { defaultBranch } = repository;
  const tip = await forge.branchTip(defaultBranch);
  if (tip === null || tip === head) return null;
  const built = new Map(
    (await forge.queueOf(defaultBranch)).map(({ number, commit }) => [commit, number]),
  );
  if (!built.has(head)) return null;
  const way = firstParents(await forge.commitsBetween(tip, head), tip, head);
  return way === null ? null : entriesOf(way, built, head);
}

function entriesOf(
  way: readonly Commit[],
  built: ReadonlyMap<CommitSha, number>,
  head: CommitSha,
): Entry[] {
  const entries: Entry[] = [];
  for (const { sha: to } of way) {
    const number = built.get(to);
    if (number !== undefined) entries.push({ number, from: entries.at(-1)?.to ?? null, to, head });
  }
  return entries;
}

interface Judged {
  readonly number: number;
  readonly state: QueueEntry["state"];
  /** What this entry builds, and what was approved for it. */
  readonly fact: NonNullable<MergeGroupFacts["before"]>[number];
  readonly assessed: Assessment & { readonly verdict: Verdict };
}

async function judgeEntry(
  fleet: Fleet,
  { number, from, to, head }: Entry,
  before: readonly Judged[],
): Promise<Judged | "again" | "absent"> {
  const { attested } = fleet.log.history;
  const pull = await fleet.forge.pull(number);
  if (attested === null || pull === null) return "again";
  // Whoever comes first may change the policy by which the next one is judged.
  const policy = await readPolicy(fleet, from ?? attested);
  if (policy.reading.kind === "absent") {
    const { result, reason } = policy.reading;
    const words = configurationWords[reason];
    await showAbsent(fleet, { head }, absentCheck(result, words, `${words}.`));
    return "absent";
  }
  const planning = await planProposal(fleet, attested, pull);
  if (planning.kind !== "planned") return "again";
  const { config } = policy.reading;
  const assessed = await assess(fleet, { pull, attested, planning, ...policy, config });
  const own = judgeVerdict(policy.reading, assessed.facts);
  const plan = (await planRange(fleet, from ?? attested, to)).texts?.fleet.digest ?? null;
  const mergeGroup = { commit: to, plan, before: before.map(({ fact }) => fact) };
  const facts = { ...assessed.facts, mergeGroup };
  const verdict = judgeVerdict(policy.reading, facts);
  const approved = assessed.facts.plan?.digest ?? null;
  const state = stateOf(own, { plan, approved });
  return {
    number,
    state,
    // What may still pass has no known plan, and makes the group wait.
    fact: {
      number,
      plan: state === "unknown" ? null : plan,
      approved: state === "not_approved" ? null : approved,
    },
    assessed: { ...assessed, facts, verdict },
  };
}

function stateOf(
  own: Verdict,
  { plan, approved }: { plan: string | null; approved: string | null },
): QueueEntry["state"] {
  if (mayPassLater(own) || plan === null || approved === null) return "unknown";
  if (own.result !== "passed") return "not_approved";
  return plan === approved ? "approved" : "other_plan";
}

/** What waits for people, for a date or for another proposal does not hold up a whole queue. */
const lasting: ReadonlySet<string> = new Set([
  "missing_approvals",
  "draft",
  "freeze",
  "hold",
  "contained",
  "site_unfinished",
]);

function mayPassLater({ result, gates }: Verdict): boolean {
  if (result !== "waiting") return false;
  return gates.some((one) => one.result === "waiting" && !lasting.has(one.reason ?? ""));
}
