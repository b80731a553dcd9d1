/**
 * How fast does `countersign simulate` answer? 1,000 lines of facts in one process have to stay
 * under 5 s of CPU. Prints one JSON object; exit code 1 where the limit
 * is passed. The reference in the same run: parsing the same lines as JSON and nothing else.
 *
 * Every line has 10 planned changes that the built-in rules judge in full; every tenth brings
 * another policy text, which has to be read anew.
 */
import { simulate } from "../src/cli/simulate.ts";
import { at, baseFacts, POLICY } from "../test/support/facts-builder.ts";
import { ruleFacts, update } from "../test/support/policy-builder.ts";

const LIMIT_SECONDS = 5;
const SHAPE = { lines: 1000, changes: 10 };

function factsLine(index: number): string {
  const changes = Array.from({ length: SHAPE.changes }, (_, one) =>
    update({ site: `site-${one}`, target: `plugins/plugin-${index}-${one}` }),
  );
  const text = index % 10 === 0 ? `${POLICY}# ${index}\n` : POLICY;
  return JSON.stringify({
    ...baseFacts(),
    id: index,
    config: { state: "ok", text },
    plan: { state: "ok", digest: `d${index}`, changes },
    shown: [{ head: "h1", digest: "current", config: "current", at: at(100) }],
    ruleFacts: ruleFacts(),
    checks: { rollback: "passed" },
  });
}

function cpuSeconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function main(): void {
  const lines = Array.from({ length: SHAPE.lines }, (_, index) => factsLine(index));
  const text = lines.join("\n");
  const answers: string[] = [];
  const seconds = cpuSeconds(() => answers.push(...simulate(text).lines));
  const referenceSeconds = cpuSeconds(() => lines.forEach((line) => void JSON.parse(line)));
  const judged = answers.filter((line) => line.includes('"rule":"known-bad"')).length;
  const ok = seconds < LIMIT_SECONDS && judged === SHAPE.lines;
  const ratio = Number((seconds / referenceSeconds).toFixed(1));
  const limits = { seconds: LIMIT_SECONDS };
  const measured = { judged, seconds, referenceSeconds, ratio };
  console.log(JSON.stringify({ bench: "simulate", ok, limits, ...SHAPE, ...measured }));
  process.exitCode = ok ? 0 : 1;
}

main();
