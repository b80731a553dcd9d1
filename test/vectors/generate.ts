/**
 * Writes the golden vectors beside it. Seeds are fixed, so every run writes the same bytes; a test
 * compares them with the committed files. What is expected is written by hand in the cases.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ACTION_IDS, CANONICAL } from "./text-cases.ts";
import { COMPLETENESS, INNER } from "./inner-cases.ts";
import { CHECKPOINTS, PROOFS } from "./log-cases.ts";
import { OUTER } from "./outer-cases.ts";
import { PAIRINGS } from "./pairing-cases.ts";
import { finish } from "./token-case.ts";

const FILES = {
  "action-ids": ["The id of an action and of a local restore.", () => ACTION_IDS],
  canonical: ["Texts that are RFC 8785 JSON, and texts that are not.", () => CANONICAL],
  checkpoints: ["C2SP checkpoints, and whether this log key signed them.", () => CHECKPOINTS],
  proofs: ["The proof beside an action: why the action may or may not run.", () => PROOFS],
  "tokens-claims": [
    "Every claim of every kind left out once, and one too many.",
    () => COMPLETENESS.map(finish),
  ],
  "tokens-inner": ["From the payload on, and good tokens.", () => INNER.map(finish)],
  "tokens-outer": ["Up to the signature.", () => OUTER.map(finish)],
  "tokens-pairing": ["Pairings, with the window's facts.", () => PAIRINGS],
} as const;

export const VECTOR_FILES = Object.keys(FILES) as (keyof typeof FILES)[];

export function vectorPath(name: string): string {
  return fileURLToPath(new URL(`${name}.json`, import.meta.url));
}

/** One case a line, so that a change of one is a change of one line. */
export async function vectorText(name: keyof typeof FILES): Promise<string> {
  const [description, cases] = FILES[name];
  const made: unknown[] = [];
  for (const one of cases()) made.push(await one);
  const lines = made.map((one) => `  ${JSON.stringify(one)}`);
  return `{"description": ${JSON.stringify(description)}, "cases": [\n${lines.join(",\n")}\n]}\n`;
}

if (import.meta.main) {
  for (const name of VECTOR_FILES) writeFileSync(vectorPath(name), await vectorText(name));
}
