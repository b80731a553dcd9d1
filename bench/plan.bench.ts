/**
 * How fast is a plan? 1,000 sites with 50 packages each, all touched by one baseline, has to stay
 * under 1 s of CPU and 256 MB once files are read. Prints one JSON object; exit code 1 where a
 * limit is passed. The reference is `JSON.parse` of the same desired state in the same process.
 */
import { planTrees } from "../src/domain/plan.ts";
import { planTexts } from "../src/signing/plan-text.ts";
import { type FleetShape, fleetOf } from "./fleet-of.ts";

const LIMITS = { cpuSeconds: 1, memoryMiB: 256 };

function measure(shape: FleetShape) {
  const trees = fleetOf(shape);
  const start = process.cpuUsage();
  const plan = planTrees(trees);
  const texts = planTexts(plan);
  const { user, system } = process.cpuUsage(start);
  const cpuSeconds = (user + system) / 1e6;
  const referenceSeconds = reference(trees.after);
  return {
    ...shape,
    changes: plan.changes.length,
    sitePlans: plan.sitePlans.size,
    digest: texts?.fleet.digest,
    cpuSeconds,
    referenceSeconds,
    ratio: Number((cpuSeconds / referenceSeconds).toFixed(1)),
  };
}

/** What the same amount of text costs when it is JSON. */
function reference(tree: ReadonlyMap<string, unknown>): number {
  const texts = [...tree.values()].map((content) =>
    JSON.stringify({ lines: String(content).split("\n") }),
  );
  const start = process.cpuUsage();
  for (const text of texts) JSON.parse(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

const inBaseline = measure({ sites: 1000, packages: 50, namedIn: "baseline" });
const inSites = measure({ sites: 1000, packages: 50, namedIn: "sites" });
const small = measure({ sites: 100, packages: 50, namedIn: "sites" });
const memoryMiB = process.resourceUsage().maxRSS / 1024;
const ok =
  Math.max(inBaseline.cpuSeconds, inSites.cpuSeconds) < LIMITS.cpuSeconds &&
  memoryMiB < LIMITS.memoryMiB;
console.log(
  JSON.stringify({ bench: "plan", ok, limits: LIMITS, memoryMiB, inBaseline, inSites, small }),
);
process.exitCode = ok ? 0 : 1;
