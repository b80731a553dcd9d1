/**
 * `npm run -s conformance -- --impl ts|php [--stateful]`: JSON lines in, one verdict a line out, so
 * that anyone can run one suite against both verifiers and a third party's. docs/protocol.md
 * describes the lines.
 */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { CountersignError } from "../errors.ts";
import { type Implementation, judgeLine, newMemory, typescript } from "./conformance-judge.ts";
import { linesOf } from "./conformance-lines.ts";
import { startPhp } from "./conformance-php.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { impl: { type: "string" }, stateful: { type: "boolean", default: false } },
  });
  const implementation = await start(values.impl);
  const memory = values.stateful ? newMemory() : null;
  for await (const line of linesOf(process.stdin)) {
    const verdict = await judgeLine(line ?? "", implementation, memory);
    if (!process.stdout.write(`${JSON.stringify(verdict)}\n`)) await once(process.stdout, "drain");
  }
  await implementation.close();
}

async function start(impl: string | undefined): Promise<Implementation> {
  if (impl === "ts") return typescript;
  if (impl === "php") return startPhp();
  throw new CountersignError("usage", "Which verifier?", { hint: "Say --impl ts or --impl php." });
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const hint = error instanceof CountersignError ? `\n${error.hint}` : "";
  console.error(`${error.message}${hint}`);
  process.exitCode = 2;
}
