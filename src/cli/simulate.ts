/**
 * `countersign simulate --facts FILE|- --json`: JSON lines of facts in, one answer line each out.
 *
 * It decides nothing itself: the plan comes from the plan engine where facts give trees, everything
 * else from the functions that the App calls. A line that is no set of facts gets an error in its
 * place, and the others are still answered.
 */
import type { z } from "zod";
import type { Answer, ErrorAnswer } from "../contract/answer.ts";
import { Facts } from "../contract/facts.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import { decide } from "../domain/decide.ts";
import { findingAnswer } from "../domain/notices.ts";
import { factsOfPlan } from "../domain/plan-facts.ts";
import { planTrees } from "../domain/plan.ts";
import { CountersignError } from "../errors.ts";
import { digestOfText } from "../signing/digest.ts";
import { planTexts } from "../signing/plan-text.ts";

export type SimulatedLine = Answer | ErrorAnswer;

/** What `simulate` writes, and 1 where a line was no set of facts. */
export interface Simulation {
  readonly lines: readonly string[];
  readonly exitCode: 0 | 1;
}

/** Answers a whole text of JSON lines; empty lines are skipped. */
export function simulate(text: string): Simulation {
  const answerLine = lineAnswerer();
  const answers = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map(answerLine);
  return {
    lines: answers.map((answer) => JSON.stringify(answer)),
    exitCode: answers.some((answer) => "error" in answer) ? 1 : 0,
  };
}

/** Answers one line after the other, and reads each policy text once. */
export function lineAnswerer(): (line: string) => SimulatedLine {
  const read = rememberingReader();
  return (line) => {
    const given = parseJson(line);
    if (given === undefined) return failure(null, "not_json", "", "the line is not JSON");
    const parsed = Facts.safeParse(given);
    if (!parsed.success) return schemaFailure(given, parsed.error);
    try {
      return answerFacts(parsed.data, read);
    } catch (error) {
      if (!(error instanceof CountersignError)) throw error;
      return failure(parsed.data.id, "not_facts", "", error.message);
    }
  };
}

function answerFacts(facts: Facts, read: typeof readFleetConfig): Answer {
  const given = withDigest(facts);
  const { trees } = facts;
  if (trees === null || trees === undefined) return decide(given, read);
  const plan = planTrees({ before: treeOf(trees.before), after: treeOf(trees.after) });
  const digest = planTexts(plan)?.fleet.digest ?? null;
  // Which sites the plan recovers is no question of trees: it is taken as given.
  const recovers = facts.plan?.recovers ?? [];
  const answer = decide({ ...given, plan: factsOfPlan(plan, { digest, recovers }) }, read);
  return { ...answer, findings: [...answer.findings, ...plan.findings.map(findingAnswer)] };
}

/** The policy's digest is that of its text, where the facts do not name it. */
function withDigest(facts: Facts): Facts {
  const { config } = facts;
  if (config === null || typeof config.digest === "string") return facts;
  const digest = typeof config.text === "string" ? digestOfText(config.text) : null;
  return { ...facts, config: { ...config, digest } };
}

function treeOf(files: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(files));
}

function parseJson(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return value;
  } catch {
    return undefined;
  }
}

function schemaFailure(given: unknown, error: z.ZodError): ErrorAnswer {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((part) =>
    typeof part === "number" ? `[${part}]` : `.${String(part)}`,
  );
  return failure(idOf(given), "not_facts", path.join("").replace(/^\./u, ""), issue?.message ?? "");
}

function idOf(given: unknown): string | number | null {
  if (typeof given !== "object" || given === null || !("id" in given)) return null;
  const { id } = given;
  return typeof id === "string" || typeof id === "number" ? id : null;
}

function failure(
  id: string | number | null,
  code: ErrorAnswer["error"]["code"],
  path: string,
  message: string,
): ErrorAnswer {
  return { id, error: { code, path, message } };
}

function rememberingReader(): typeof readFleetConfig {
  const known = new Map<string, ReturnType<typeof readFleetConfig>>();
  return (content, file) => {
    if (typeof content !== "string") return readFleetConfig(content, file);
    const reading = known.get(content) ?? readFleetConfig(content, file);
    known.set(content, reading);
    return reading;
  };
}
