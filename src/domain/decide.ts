/**
 * Facts in, answer out: every decision of the product, composed from the small modules beside it.
 *
 * The App builds the same facts and calls the same functions. Nothing here reads a clock or the
 * world; what the facts do not ask is absent from the answer.
 */
import type { Answer, GateAnswer } from "../contract/answer.ts";
import type { GateState, MergeFacts } from "../contract/facts-range.ts";
import type { Facts } from "../contract/facts.ts";
import type { readFleetConfig } from "../contract/fleet-config.ts";
import { type ConfigurationReading, readConfiguration } from "./configuration.ts";
import { findingsOf } from "./notices.ts";
import { type RangeResult, judgeRange } from "./ranges.ts";
import { type CommandJudgement, judgeCommands } from "./rights.ts";
import { gate, gatesOf, judgeVerdict, type Judged } from "./verdict.ts";

/** @param read `readFleetConfig`, or one that remembers what it read. */
export function decide(facts: Facts, read?: typeof readFleetConfig): Answer {
  const reading = readConfiguration(facts, read);
  const { merge } = facts;
  const judged =
    merge === null ? answerProposal(reading, facts) : answerMerge(reading, facts, merge);
  const commands = answerCommands(reading, facts);
  return {
    id: facts.id,
    planDigest: facts.plan?.digest ?? null,
    ...judged.answer,
    discounted: judged.judged?.approvals.discounted ?? [],
    ...(commands === null ? {} : { allowed: commands.every(({ allowed }) => allowed) }),
    findings: findingsOf({ facts, reading, judged: judged.judged, commands: commands ?? [] }),
  };
}

interface Judgement {
  readonly answer: Partial<Answer> & { readonly gates: readonly GateAnswer[] };
  readonly judged: Judged | null;
}

/** Facts of commands alone ask for no verdict. */
function answerProposal(reading: ConfigurationReading, facts: Facts): Judgement {
  const asksOnlyCommands = facts.proposal === null && (facts.commands ?? []).length > 0;
  if (asksOnlyCommands) return { answer: { gates: [] }, judged: null };
  const { result, gates, judged } = judgeVerdict(reading, facts);
  return { answer: { verdict: result, gates }, judged };
}

function answerMerge(reading: ConfigurationReading, facts: Facts, merge: MergeFacts): Judgement {
  const range = judgeRange(reading, facts, merge);
  const verdict = verdictOfRange(range);
  const [reason = null] = range.reasons;
  const own = range.judged === null ? [] : gatesOf(range.judged);
  const isSettled = range.kind === "authorised" || range.kind === "attested";
  const authorised = range.kind === "authorised" && isAuthorised(range, merge);
  const answer: Judgement["answer"] = {
    verdict,
    gates: [...own, gate("range", { result: stateOfRange(range), reason })],
    attested: isSettled,
    authorised,
    issued: range.issued.length > 0,
    held: range.held,
    ...(range.level === null ? {} : { level: range.level }),
  };
  return { answer, judged: range.judged };
}

/** On record, whatever can be read of the plan by now. */
function isAuthorised({ sites }: RangeResult, { decided }: MergeFacts): boolean {
  return decided === "authorised" || sites.authorised.length > 0;
}

function stateOfRange({ kind }: RangeResult): GateState {
  if (kind === "authorised" || kind === "attested") return "passed";
  return kind === "waiting" ? "waiting" : "blocked";
}

/** An authorised range whose actions wait for a freeze or a level waits. */
function verdictOfRange(range: RangeResult): GateState {
  const state = stateOfRange(range);
  return state === "passed" ? (range.judged?.policy.result ?? "passed") : state;
}

/** `null` where no command was asked about. */
function answerCommands(
  reading: ConfigurationReading,
  facts: Facts,
): readonly CommandJudgement[] | null {
  if (facts.commands === undefined || facts.commands?.length === 0) return null;
  if (reading.kind === "read") return judgeCommands(reading.config, facts);
  return [{ allowed: false, reason: "facts_unread" }];
}
