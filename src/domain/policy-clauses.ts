/**
 * One clause of a rule against one planned change: what was found, what is wanted, and whether it
 * holds. A fact that could not be read is `unknown`, never a pass; a clause that says nothing about
 * this kind of change does not apply.
 */
import { Assertion, type NumberTest } from "../contract/policy-rule.ts";
import type { PolicyFacts } from "./policy-facts.ts";
import { promotionOf } from "./policy-promotion.ts";
import { type ClauseName, type Reading, readClause, type Subject } from "./policy-readings.ts";

export type ClauseResult = "passed" | "failed" | "unknown" | "not_applicable";

export interface ClauseTrace {
  readonly clause: ClauseName;
  readonly result: ClauseResult;
  readonly got: string;
  readonly wanted: string;
}

export type Clause = (subject: Subject) => ClauseTrace;

const CLAUSES = Assertion.keyof().options;

/** Prepares a rule's clauses; equal findings are one and the same trace. */
export function clausesOf(assertion: Assertion, facts: PolicyFacts): Clause[] {
  return CLAUSES.filter((name) => assertion[name] !== undefined).map((name) => {
    const { holds, words } = testOf(assertion, name);
    const read = readerOf(assertion, name, facts);
    const known = new Map<string, ClauseTrace>();
    return (subject) => {
      const reading = read(subject);
      const trace = known.get(reading.got);
      if (trace !== undefined) return trace;
      const fresh = {
        clause: name,
        result: resultOf(reading, holds),
        got: reading.got,
        wanted: words,
      };
      known.set(reading.got, fresh);
      return fresh;
    };
  });
}

function readerOf(
  assertion: Assertion,
  name: ClauseName,
  facts: PolicyFacts,
): (subject: Subject) => Reading {
  if (name !== "site.promotesFrom") return (subject) => readClause(name, subject, facts);
  const { tier = "", soak = 0 } = assertion[name] ?? {};
  return ({ change }) => promotionOf({ tier, soak }, change, facts);
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

function testOf(assertion: Assertion, name: ClauseName): Test {
  const wanted = assertion[name];
  if (typeof wanted === "boolean")
    return { holds: (value) => value === wanted, words: `${wanted}` };
  if (Array.isArray(wanted)) {
    const allowed: readonly unknown[] = wanted;
    return { holds: (value) => allowed.includes(value), words: wanted.join(" or ") };
  }
  if (wanted !== undefined && "operator" in wanted) return numberTest(wanted);
  const tier = wanted?.tier ?? "";
  const soak = wanted?.soak === undefined ? "" : ` and well for ${hours(wanted.soak)}`;
  return { holds: (value) => value === true, words: `applied in ${tier}${soak}` };
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

function hours(seconds: number): string {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.ceil(seconds / 60)} min`;
}
