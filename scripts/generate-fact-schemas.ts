/**
 * Writes the JSON Schemas of the facts and the answer into docs/schemas/, for people who write
 * facts by hand or by program. A test holds the files and the contract equal.
 */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { Answer, ErrorAnswer } from "../src/contract/answer.ts";
import { Facts } from "../src/contract/facts.ts";

/** By file name: what is read is described as it is written, before defaults and conversions. */
export const factSchemas: Readonly<Record<string, () => object>> = {
  "facts.json": () => describe("Facts: one line of countersign simulate", Facts),
  "answer.json": () =>
    describe("Answer: one line that countersign simulate writes", z.union([Answer, ErrorAnswer])),
};

function describe(title: string, schema: z.ZodType): object {
  return {
    title,
    ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "ref" }),
  };
}

/** The file's exact text. */
export function schemaText(name: string): string {
  return `${JSON.stringify(factSchemas[name]?.() ?? null, null, 2)}\n`;
}

if (import.meta.main) {
  for (const name of Object.keys(factSchemas)) {
    writeFileSync(new URL(`../docs/schemas/${name}`, import.meta.url), schemaText(name));
  }
}
