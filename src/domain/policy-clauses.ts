/**
 * One clause of a rule against one planned change: what was found, what is wanted, and whether it
 * holds. A fact that could not be read is `unknown`, never a pass; a clause that says nothing about
 * this kind of change does not apply.
 */
import { Assertion, type NumberTest } from "../contract/policy-rule.ts";
import { durationWords } from "./duration-words.ts";
import type { PolicyFacts } from "./policy-facts.ts";
import { type Promotion, promotionOf } from "./policy-promotion.ts";
import type { ClauseName, ClauseReader, Reading, Subject } from "./policy-readings.ts";

export type ClauseResult = "passed" | "failed" | "unknown" | "not_applicable";

export interface ClauseTrace {
  readonly clause: ClauseName;
  readonly result: ClauseResult;
  readonly got: string;
  readonly wanted: string;
}

export type Clause = (subject: Subject) => ClauseTrace;

const SIMPLE = Assertion.omit({ "site.promotesFrom": true }).keyof().options;

/** Prepares a rule's clauses; equal findings are one and the same trace. */
export function clausesOf(
  assertion: Assertion,
  { facts, read }: { readonly facts: PolicyFacts; readonly read: ClauseReader },
): Clause[] {
  const { "site.promotesFrom": promotion, ...simple } = assertion;
  const clauses = SIMPLE.flatMap((name) => {
    const wanted = simple[name];
    if (wanted === undefined) return [];
    return [clauseOf(name, testOf(wanted), (subject) => read(name, subject))];
  });
  if (promotion === undefined) return clauses;
  const find = ({ change }: Subject) => promotionOf(promotion, change, facts);
  return [...clauses, clauseOf("site.promotesFrom", promotionTest(promotion), find)];
}

/** Each clause and what it wants, in words. */
export function clauseWords(assertion: Assertion): string[] {
  const { "site.promotesFrom": promotion, ...simple } = assertion;
  const words = SIMPLE.flatMap((name) => {
    const wanted = simple[name];
    return wanted === undefined ? [] : [`${name} ${testOf(wanted).words}`];
  });
  if (promotion === undefined) return words;
  return [...words, `site.promotesFrom ${promotionTest(promotion).words}`];
}

function clauseOf(
  clause: ClauseName,
  { holds, words }: Test,
  read: (subject: Subject) => Reading,
): Clause {
  const known = new Map<string, ClauseTrace>();
  return (subject) => {
    const reading = read(subject);
    const trace = known.get(reading.got);
    if (trace !== undefined) return trace;
    const result = resultOf(reading, holds);
    const fresh: ClauseTrace = { clause, result, got: reading.got, wanted: words };
    known.set(reading.got, fresh);
    return fresh;
  };
}

function resultOf({ value }: Reading, holds: Test["holds"]): ClauseResult {
  if (value === undefined) return "not_applicable";
  if (value === null) return "unknown";
  return holds(value) ? "passed" : "failed";
}

interface Test {
  readonly holds: (value: string | number | boolean) => boolean;
  readonly words: string;
}

function testOf(wanted: boolean | readonly string[] | NumberTest): Test {
  if (typeof wanted === "boolean")
    return { holds: (value) => value === wanted, words: `${wanted}` };
  if ("operator" in wanted) return numberTest(wanted);
  const allowed: readonly unknown[] = wanted;
  return { holds: (value) => allowed.includes(value), words: wanted.join(" or ") };
}

function promotionTest({ tier, soak }: Promotion): Test {
  const well = soak === undefined ? "" : ` and well for ${durationWords(soak)}`;
  return { holds: (value) => value === true, words: `applied in ${tier}${well}` };
}

function numberTest({ operator, number }: NumberTest): Test {
  return {
    holds: (value) => typeof value === "number" && COMPARE[operator](value, number),
    words: `${operator} ${number}`,
  };
}

/** Written so that NaN never passes. */
const COMPARE: Readonly<Record<NumberTest["operator"], (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => !Number.isNaN(a) && a !== b,
};
