/**
 * The facts of one range of the default branch: its plan, what the sites say to it now, and all
 * that the gates ask about its pull request. Read anew each time.
 */
import { Facts, type FactsInput } from "../contract/facts.ts";
import type { CommitSha, Digest } from "../contract/ids.ts";
import type { ConfigurationReading } from "../domain/configuration.ts";
import { withAdoptions } from "./check-adoptions.ts";
import { checkPackages } from "./check-packages.ts";
import { withPairings } from "./check-pairings.ts";
import type { Fleet } from "./fleet.ts";
import { gatherFacts } from "./gather.ts";
import { type Planned, planFacts, planRange, rangeContent } from "./planning.ts";
import type { NextRange } from "./ranges.ts";
import { readReadiness } from "./ready.ts";
import { checksOf } from "./review.ts";
import { readRuleFacts } from "./rule-facts.ts";
import { unread } from "./unread.ts";

export interface RangeQuestion {
  /** The commit that the range's plan begins at. */
  readonly attested: CommitSha;
  readonly policy: {
    readonly reading: ConfigurationReading;
    readonly text: string;
    readonly digest: Digest;
  };
  /** The sites that are asked; all that the plan touches unless given. */
  readonly sites?: ReadonlySet<string>;
  /** What was commanded about the range. */
  readonly commands?: NonNullable<FactsInput["commands"]>;
}

export interface RangeRead {
  /** `null` where the range could not be read in full: its plan is not known. */
  readonly read: Awaited<ReturnType<typeof readRange>> | null;
  readonly facts: Facts;
}

export async function rangeFacts(
  fleet: Fleet,
  range: NextRange,
  question: RangeQuestion,
): Promise<RangeRead> {
  const { policy } = question;
  const read = await unread(readRange(fleet, range, question));
  const facts = Facts.parse(
    await gatherFacts(fleet, {
      pull: range.pull,
      base: range.from,
      config: policy.reading.kind === "read" ? policy.reading.config : emptyConfig,
      configText: policy.text,
      configDigest: policy.digest,
      plan: planFacts(read?.planning ?? { kind: "unrelated" }),
      checks: read?.checks ?? {},
      ruleFacts: read?.ruleFacts ?? null,
      states: read?.states ?? [],
      commands: question.commands ?? [],
      merge: {
        kind: range.kind,
        commit: range.to,
        head: range.pull?.head ?? null,
        at: range.at,
        by: range.by,
        plans: { [range.to]: read?.planning.texts?.fleet.digest ?? null },
        branchHead: range.branchHead,
        range: read?.content ?? null,
      },
    }),
  );
  return { read, facts };
}

/** Roles of nobody: where the policy cannot be read no role is resolved. */
const emptyConfig = { roles: {} };

/** The plan of a range, what the sites say to it, and what the range changed by itself. */
async function readRange(
  fleet: Fleet,
  range: NextRange,
  { attested, policy, sites }: RangeQuestion,
) {
  const planning = await planRange(fleet, attested, range.to);
  const content = await unread(rangeContent(fleet, range.from, range.to));
  const config = policy.reading.kind === "read" ? policy.reading.config : null;
  // Nobody approved what came without a pull request: no site is asked about it.
  if (config === null || range.pull === null) {
    return { planning, content, checks: {}, ruleFacts: null, states: [] };
  }
  const readiness = await readReadiness(fleet, config, only(planning, sites));
  const keys = withPairings(
    await checkPackages(fleet, config, planning),
    planning,
    fleet.log.history,
  );
  const packages = await withAdoptions(fleet, keys, { planning, attested });
  const about = { pull: range.pull, attested, config, planning, readiness, ...packages };
  const at = new Date(fleet.clock.now() * 1000).toISOString();
  return {
    planning,
    content,
    checks: checksOf({ planning }, { readiness, packages }),
    ruleFacts: await readRuleFacts(fleet, about),
    states: readiness.flatMap(({ site, shown }) =>
      shown === null ? [] : [{ site, pre: shown.pre, at }],
    ),
  };
}

function only(planning: Planned, sites: ReadonlySet<string> | undefined): Planned {
  if (sites === undefined) return planning;
  const asked = [...planning.plan.sitePlans].filter(([site]) => sites.has(site));
  return { ...planning, plan: { ...planning.plan, sitePlans: new Map(asked) } };
}
