/**
 * May these commands take effect?
 *
 * Each command needs its right. Whoever loosens or runs something must also count as a reviewer
 * of the proposal or range concerned would; tightening and asking need only the right, which a
 * machine may hold too. Edited commands are void. Numeric ids decide. Source: docs/policy.md.
 */
import type { Actor, CommandFacts } from "../contract/facts-review.ts";
import type { Facts } from "../contract/facts.ts";
import { ANY_ROLE, type FleetConfig, type RightName } from "../contract/fleet-config.ts";
import { type CommandName, isCommandName } from "./commands.ts";
import { peopleToRelease } from "./containment.ts";
import { levelOfSite } from "./policy-waits.ts";
import { changesOf, isStep } from "./planned.ts";
import { type Bench, type Standing, standingOf } from "./standing.ts";

export type CommandRefusal =
  | "unknown_command"
  | "edited"
  | "facts_unread"
  | "clock_ahead"
  | "no_reason"
  | "no_target"
  | "unknown_person"
  | "not_human"
  | "contributor"
  | "caused_it"
  | "right_missing"
  | "role_unread"
  | "not_in_role"
  | "too_few_people"
  | "cause_there"
  | "cause_unread";

export type CommandJudgement =
  | {
      readonly allowed: true;
      readonly by: readonly number[];
      /** One person alone holds the right and said it twice, 24 hours apart: recorded. */
      readonly onePerson: boolean;
      /** The owners stood in for an empty role: recorded as break-glass. */
      readonly ownersStoodIn: boolean;
    }
  | { readonly allowed: false; readonly reason: CommandRefusal };

/** `anyone` needs nothing; `ask` any role or authorship; the others a right. */
type Need =
  | { readonly kind: "anyone" }
  | { readonly kind: "ask" }
  | { readonly kind: "tighten" | "open" | "loosen"; readonly right: RightName };

const needs: Readonly<Record<CommandName, Need>> = {
  help: { kind: "anyone" },
  plan: { kind: "anyone" },
  pin: { kind: "ask" },
  recheck: { kind: "ask" },
  hold: { kind: "tighten", right: "hold" },
  panic: { kind: "tighten", right: "panic" },
  compromised: { kind: "tighten", right: "panic" },
  pair: { kind: "open", right: "pair" },
  override: { kind: "loosen", right: "override" },
  release: { kind: "loosen", right: "release" },
  retry: { kind: "loosen", right: "retry" },
  resume: { kind: "loosen", right: "retry" },
  abandon: { kind: "loosen", right: "retry" },
  rollback: { kind: "loosen", right: "rollback" },
  "break-glass": { kind: "loosen", right: "break-glass" },
  reviewed: { kind: "loosen", right: "release" },
  rotate: { kind: "loosen", right: "pair" },
};
const needsReason: ReadonlySet<string> = new Set([
  "override",
  "hold",
  "release",
  "break-glass",
  "reviewed",
  "compromised",
]);
const needsTarget: ReadonlySet<string> = new Set([
  "hold",
  "release",
  "compromised",
  "rollback",
  "rotate",
]);
const CLOCK_TOLERANCE_SECONDS = 30;
const ONE_PERSON_APART_SECONDS = 24 * 60 * 60;

/** All commands of the facts that speak of the same thing, judged together; in their order. */
export function judgeCommands(config: FleetConfig, facts: Facts): CommandJudgement[] {
  if (facts.commands === null) return [refuse("facts_unread")];
  const standing = standingOf(config, facts);
  const alike = Map.groupBy(facts.commands ?? [], ({ name, target }) =>
    JSON.stringify([name, target]),
  );
  return [...alike.values()].map((commands) => judgeAlike({ config, facts, standing, commands }));
}

/** Whether one command may take effect for itself. */
export function mayCommand(
  command: CommandFacts,
  config: FleetConfig,
  facts: Facts,
): CommandJudgement {
  return judgeAlike({ config, facts, standing: standingOf(config, facts), commands: [command] });
}

interface Case {
  readonly config: FleetConfig;
  readonly facts: Facts;
  readonly standing: Standing;
  /** Of one name and one target. */
  readonly commands: readonly CommandFacts[];
}

interface Voice {
  readonly id: number;
  readonly by: Actor;
  readonly at: number;
}

function judgeAlike(given: Case): CommandJudgement {
  const [first] = given.commands;
  if (first === undefined || !isCommandName(first.name)) return refuse("unknown_command");
  const need = needs[first.name];
  if (need.kind === "anyone") return judgeAnyone(given);
  const voices = given.commands.map((command) => voiceOf(command, given.facts));
  const spoken = voices.filter((voice) => typeof voice !== "string");
  const refusals = voices.filter((voice) => typeof voice === "string");
  if (need.kind === "ask") return judgeAsking(given, spoken, refusals);
  const ownersStandIn = need.kind !== "tighten" && hasNoSteps(given.facts);
  const right = rightOf(given.config, need.right, ownersStandIn);
  if (right === undefined) return refuse("right_missing");
  const bench = given.standing.bench(right.role, { ownersStandIn });
  const able = spoken.map((voice) => ({ ...voice, fault: faultOf(voice, need, given, bench) }));
  const counted = able.filter(({ fault }) => fault === null);
  const faults = [...refusals, ...able.flatMap(({ fault }) => fault ?? [])];
  if (first.name !== "release") return enough({ counted, faults, bench, needed: right.count });
  return judgeRelease({ counted, faults, bench, needed: right.count }, given, first);
}

/** A missing right is nobody's; the owners stand in as for an empty role, but break no glass. */
function rightOf(
  { rights }: FleetConfig,
  name: RightName,
  ownersStandIn: boolean,
): { readonly role: string; readonly count: number } | undefined {
  const nobodys = { role: `rights.${name}`, count: 1 };
  return rights[name] ?? (ownersStandIn && name !== "break-glass" ? nobodys : undefined);
}

interface Count {
  readonly counted: readonly Voice[];
  readonly faults: readonly CommandRefusal[];
  readonly bench: Bench;
  readonly needed: number;
}

function enough({ counted, faults, bench, needed }: Count): CommandJudgement {
  const by = new Set(counted.map(({ id }) => id));
  if (by.size < needed) return refuse(faults[0] ?? "too_few_people");
  return allow([...by], { onePerson: false, ownersStoodIn: bench.ownersStandIn });
}

/** A release needs the cause to be gone, and more people the higher the level. */
function judgeRelease(count: Count, given: Case, { target }: CommandFacts): CommandJudgement {
  const { facts, standing } = given;
  if (facts.cause !== "gone") return refuse(facts.cause === null ? "cause_unread" : "cause_there");
  const level = levelOfSite(facts.levels, typeof target === "string" ? ownSite(target) : null);
  if (level === null) return refuse("facts_unread");
  const needed = Math.max(count.needed, peopleToRelease(level));
  const judged = enough({ ...count, needed });
  if (judged.allowed || needed !== 2) return judged;
  const holders = [...count.bench.holders].filter(
    (id) => standing.people.faultsOfId(id).length === 0,
  );
  const times = count.counted.map(({ at }) => at);
  const apart = Math.max(...times) - Math.min(...times);
  if (holders.length !== 1 || !(apart >= ONE_PERSON_APART_SECONDS)) return judged;
  return allow(holders, { onePerson: true, ownersStoodIn: count.bench.ownersStandIn });
}

function ownSite(target: string): string | null {
  return target === "fleet" ? null : target;
}

function judgeAnyone({ commands }: Case): CommandJudgement {
  const said = commands.filter(({ edited }) => edited === false);
  if (said.length === 0) return refuse("edited");
  const by = said.flatMap((command) => command.by?.id ?? []);
  return allow([...new Set(by)], { onePerson: false, ownersStoodIn: false });
}

/** Any role, also a machine's, and the author of the proposal. */
function judgeAsking(
  { facts, standing }: Case,
  spoken: readonly Voice[],
  refusals: readonly CommandRefusal[],
): CommandJudgement {
  const bench = standing.bench(ANY_ROLE, { ownersStandIn: false });
  const may = ({ id }: Voice) => bench.holders.has(id) || facts.proposal?.openedBy === id;
  const by = spoken.filter(may).map(({ id }) => id);
  if (by.length > 0) return allow([...new Set(by)], { onePerson: false, ownersStoodIn: false });
  return refuse(refusals[0] ?? (bench.reading === "ok" ? "not_in_role" : "role_unread"));
}

/** Who said it and when, or what is wrong with the comment itself. */
function voiceOf(command: CommandFacts, { now }: Facts): Voice | CommandRefusal {
  const { by, at, edited, name, reason, target } = command;
  if (edited === true) return "edited";
  if (edited === null || at === null) return "facts_unread";
  if (by === null) return "unknown_person";
  if (!(at <= now + CLOCK_TOLERANCE_SECONDS)) return "clock_ahead";
  if (needsTarget.has(name) && typeof target !== "string") return "no_target";
  if (needsReason.has(name) && (reason ?? "").trim() === "") return "no_reason";
  return { id: by.id, by, at };
}

function faultOf(
  { id, by: speaker }: Voice,
  need: Extract<Need, { right: RightName }>,
  { facts, standing }: Case,
  bench: Bench,
): CommandRefusal | null {
  const { people, contributors } = standing;
  const faults = people.faultsOf(speaker);
  if (faults.includes("unknown_person") || faults.includes("suspended")) return "unknown_person";
  if (need.kind === "tighten") return roleFault(id, bench);
  if (faults.length > 0) return "not_human";
  if (bench.reading !== "ok") return "role_unread";
  if (need.kind === "loosen") {
    const settling = (facts.branch?.unattested ?? []).some(({ by }) => by?.includes(id) === true);
    if (settling) return "caused_it";
    if (contributors.by.has(id)) return "contributor";
    if (contributors.unread.length > 0) return "facts_unread";
    const orphans = [...contributors.unattributable, ...contributors.unknownPusher];
    if (orphans.length > 0) return "contributor";
  }
  return roleFault(id, bench);
}

/** To tighten, the readable part of a role is enough. */
function roleFault(id: number, bench: Bench): CommandRefusal | null {
  if (bench.holders.has(id)) return null;
  return bench.reading === "ok" ? "not_in_role" : "role_unread";
}

/** The owners stand in for an empty role only where no plan with steps is concerned. */
function hasNoSteps(facts: Facts): boolean {
  if (facts.plan === undefined) return true;
  const changes = changesOf(facts);
  return changes !== null && !changes.some(isStep);
}

function allow(
  by: readonly number[],
  recorded: { readonly onePerson: boolean; readonly ownersStoodIn: boolean },
): CommandJudgement {
  return { allowed: true, by: by.toSorted((a, b) => a - b), ...recorded };
}

function refuse(reason: CommandRefusal): CommandJudgement {
  return { allowed: false, reason };
}
