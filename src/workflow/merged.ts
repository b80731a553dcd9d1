/** A merged plan as commands about it see it: its range, what it says now, and who may command. */
import type { EntryOf } from "../contract/audit-entry.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { CommitSha, Digest } from "../contract/ids.ts";
import type { FactsInput } from "../contract/facts.ts";
import { type CommandName, parseCommands } from "../domain/commands.ts";
import type { History } from "../domain/history.ts";
import { type CommandJudgement, type CommandRefusal, judgeCommands } from "../domain/rights.ts";
import type { Fleet } from "./fleet.ts";
import type { IssueComment, PullRequest } from "./forge-port.ts";
import { type RangeRead, rangeFacts } from "./range-reading.ts";
import { readPolicy } from "./review.ts";

/** A command about a merged plan, with everything that was said where it was said. */
export interface Spoken {
  readonly name: CommandName;
  readonly target: string | null;
  readonly issue: number;
  readonly comment: IssueComment;
  readonly comments: readonly IssueComment[];
}

export interface MergedCase extends RangeRead {
  readonly pull: PullRequest;
  readonly range: EntryOf<"range">;
  readonly config: FleetConfig;
  /** Digest of the policy in force. */
  readonly pol: Digest;
  readonly judged: CommandJudgement & { readonly allowed: true };
}

export type MergedFault =
  | { readonly kind: "not_merged"; readonly pr: number }
  | { readonly kind: "no_policy" }
  | { readonly kind: "refused"; readonly reason: CommandRefusal };

export interface MergedQuestion {
  readonly pr: number;
  readonly spoken: Spoken;
  /** What was said before is about something else: RFC 3339. */
  readonly since: string;
  /** The sites that are asked how they are. */
  readonly sites: ReadonlySet<string>;
}

/** The newest range on record that authorised this pull request. */
export function authorisedRange(history: History, pr: number): EntryOf<"range"> | undefined {
  return history.ranges.findLast((one) => one.pr === pr && one.result === "authorised");
}

/** Reads a merged plan anew, and judges whoever commands about it as a reviewer of it would be. */
export async function readMerged(
  fleet: Fleet,
  { pr, spoken, since, sites }: MergedQuestion,
): Promise<MergedCase | MergedFault> {
  const { history } = fleet.log;
  const range = authorisedRange(history, pr);
  const pull = range === undefined ? null : await fleet.forge.pull(pr);
  const begin = range === undefined ? null : beginOf(history, range);
  if (range === undefined || pull?.state !== "merged" || begin === null) {
    return { kind: "not_merged", pr };
  }
  const { attested } = history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (policy?.reading.kind !== "read") return { kind: "no_policy" };
  const { config } = policy.reading;
  const next = {
    from: range.from,
    to: range.to,
    kind: "merge" as const,
    at: pull.mergedAt,
    by: pull.mergedBy?.id ?? null,
    pull,
    branchHead: range.to,
    activity: range.activity ?? null,
  };
  const commands = wordsAlike(spoken, since);
  const found = await rangeFacts(fleet, next, { attested: begin, policy, sites, commands });
  const [judged] = judgeCommands(config, found.facts);
  if (judged?.allowed !== true) {
    return { kind: "refused", reason: judged?.reason ?? "facts_unread" };
  }
  return { ...found, pull, range, config, pol: policy.digest, judged };
}

/** Up to where the branch was authorised before this range. */
function beginOf(history: History, range: EntryOf<"range">): CommitSha | null {
  const earlier = history.ranges.slice(0, history.ranges.indexOf(range));
  const last = earlier.findLast(({ result }) => result !== "unattested");
  return last?.to ?? history.bootstrapped?.commit ?? null;
}

/** Everybody who said the same since then: a right may ask for several people. */
function wordsAlike(
  { name, target, comments }: Spoken,
  since: string,
): NonNullable<FactsInput["commands"]> {
  return comments.flatMap(({ user, body, createdAt, editedAt }) => {
    if (Date.parse(createdAt) < Date.parse(since)) return [];
    for (const said of parseCommands(body)) {
      if (said.kind !== "command" || said.name !== name || said.target !== target) continue;
      const reason = said.text;
      return [{ name, target, by: user, reason, at: createdAt, edited: editedAt !== null }];
    }
    return [];
  });
}
