/**
 * Every action against the approvals and the policy of its time, from a clone alone: the range that
 * settled its merge, the recorded verdict, the policy at the commit attested then, and the plan
 * computed anew from the two trees. What a clone cannot hold is not judged: who was in a team, and
 * whether GitHub's reviews are what the log says of them.
 */
import { type LogFault, logFault } from "../audit/faults.ts";
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import { PlanFacts } from "../contract/facts-range.ts";
import { ANY_ROLE, type FleetConfig, readFleetConfig } from "../contract/fleet-config.ts";
import type { CommitSha } from "../contract/ids.ts";
import { type HistoryReader, startHistory } from "../domain/history.ts";
import { assignSeats } from "../domain/matching.ts";
import { planTrees } from "../domain/plan.ts";
import { type Requirement, requirementsOf } from "../domain/requirements.ts";
import { digestOfText } from "../signing/digest.ts";
import { planTexts } from "../signing/plan-text.ts";
import { planFacts } from "../workflow/planning.ts";
import type { Clone } from "./clone.ts";

export interface ApprovalsReport {
  /** Ranges that were judged anew from their trees. */
  readonly judged: number;
  /** Those whose commits this clone does not have: a shallow clone, or history that was forced away. */
  readonly unproved: number;
  readonly bad: readonly LogFault[];
}

type Reading = Pick<Clone, "resolve" | "file" | "files">;

/** Of a log whose lines are entries; what `verifyLog` finds is not found again. */
export async function judgeApprovals(
  entries: readonly AuditEntry[],
  clone: Reading,
): Promise<ApprovalsReport> {
  const reader = startHistory();
  const bad: LogFault[] = [];
  const counts = { judged: 0, unproved: 0 };
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === "range" && entry.result === "authorised" && entry.plan !== null) {
      const broken = brokenIn(entries, entry.to);
      const result = await judgeRange(entry, { reader, clone, broken });
      counts[result.read ? "judged" : "unproved"] += 1;
      bad.push(...result.codes.map((code) => logFault(code, index)));
    }
    if (entry.kind === "authorised" && !isSettled(entry, reader)) {
      bad.push(logFault("approval_range", index));
    }
    reader.read(entry);
  }
  return { ...counts, bad };
}

/** A merge that was settled for this plan, by a verdict that passed. */
function isSettled({ merge, fleet, pr }: AuthorisedEntry, { history }: HistoryReader): boolean {
  return history.ranges.some(
    (one) => one.to === merge && one.plan === fleet && one.pr === pr && one.result === "authorised",
  );
}

type Code = LogFault["code"];
interface Judged {
  /** Whether the clone has the commits. */
  readonly read: boolean;
  readonly codes: readonly Code[];
}

interface Known {
  /** As it stood before the range. */
  readonly reader: HistoryReader;
  readonly clone: Reading;
  readonly broken: ReadonlySet<string>;
}

async function judgeRange(
  range: EntryOf<"range">,
  { reader, clone, broken }: Known,
): Promise<Judged> {
  const { history } = reader;
  const verdict = history.verdicts.findLast(
    ({ pr, plan }) => pr === range.pr && plan === range.plan,
  );
  if (verdict?.result !== "passed") return { read: true, codes: ["approval_missing"] };
  const { attested } = history;
  if (attested === null) return { read: true, codes: ["approval_missing"] };
  const before = await clone.resolve(attested);
  const after = await clone.resolve(range.to);
  if (before === null || after === null) return { read: false, codes: [] };
  const text = (await clone.file(before, "countersign.yml")) ?? "";
  if (digestOfText(text) !== verdict.config) return { read: true, codes: ["approval_policy"] };
  const reading = readFleetConfig(text);
  if (reading.kind !== "valid") return { read: true, codes: ["approval_policy"] };
  const [base, tree] = [await clone.files(before), await clone.files(after)];
  const plan = planTrees({ before: base, after: tree });
  const texts = planTexts(plan);
  if (texts?.fleet.digest !== range.plan) return { read: true, codes: ["approval_plan"] };
  const facts = planFacts({
    kind: "planned",
    plan,
    base: attested,
    after: tree,
    texts,
    recovers: [],
  });
  const changes = PlanFacts.parse(facts).changes ?? [];
  const { all } = requirementsOf(reading.config, changes);
  return { read: true, codes: shortOf(all, { config: reading.config, verdict, broken }) };
}

/** Gates whose glass was broken for this merge need no approvals. */
function brokenIn(entries: readonly AuditEntry[], merge: CommitSha): ReadonlySet<string> {
  return new Set(
    entries.flatMap((one) => (one.kind === "glass" && one.merge === merge ? [one.gate] : [])),
  );
}

/** Each gate that the plan asks has to have passed, and those who counted have to fill its seats. */
function shortOf(
  all: readonly Requirement[],
  given: {
    readonly config: FleetConfig;
    readonly verdict: EntryOf<"verdict">;
    readonly broken: ReadonlySet<string>;
  },
): Code[] {
  const { config, verdict, broken } = given;
  const open = all.filter(({ gate }) => !broken.has(digestOfText(gate)));
  const passed = new Set<string>(
    verdict.gates.flatMap(({ name, result }) => (result === "passed" ? [name] : [])),
  );
  if (all.some(({ gate }) => !passed.has(digestOfText(gate)))) return ["approval_gate"];
  const people = verdict.counted.map(({ id }) => id);
  const able = (role: string) => new Set(people.filter((id) => mayHold(config, role, id)));
  const alone = open.filter(({ distinct }) => !distinct);
  if (alone.some(({ role, count }) => able(role).size < count)) return ["approval_seats"];
  const seats = open.flatMap(({ distinct, role, count }) =>
    Array.from({ length: distinct ? count : 0 }, () => able(role)),
  );
  return assignSeats(seats).includes(null) ? ["approval_seats"] : [];
}

/** A team's members stand in no clone: whoever counted may have been one. */
function mayHold({ roles }: FleetConfig, role: string, id: number): boolean {
  const named = role === ANY_ROLE ? Object.values(roles) : [roles[role]];
  return named.some(
    (one) =>
      one !== undefined && (one.teams.length > 0 || one.users.some((user) => user.id === id)),
  );
}
