/**
 * How fast is a plan? 1,000 sites with 50 packages each, all touched by one baseline, has to stay
 * under 1 s of CPU and 256 MiB once files are read, wherever the packages are named. Cost has to
 * follow the touched sites. Prints one JSON object; exit code 1 where a limit is passed.
 *
 * Each shape runs in a process of its own, with a reference beside it: parsing the finished plan
 * as JSON, which no plan can be computed faster than.
 */
import { spawnSync } from "node:child_process";
import { planTrees } from "../src/domain/plan.ts";
import { planTexts } from "../src/signing/plan-text.ts";
import { type FleetShape, fleetOf } from "./fleet-of.ts";

const LIMITS = { cpuSeconds: 1, memoryMiB: 256, tenfoldRatio: 20 };

const SHAPES: Readonly<Record<string, FleetShape>> = {
  inBaseline: { sites: 1000, packages: 50, namedIn: "baseline" },
  inSites: { sites: 1000, packages: 50, namedIn: "sites" },
  tenthInBaseline: { sites: 100, packages: 50, namedIn: "baseline" },
};

interface Measured extends FleetShape {
  readonly changes: number;
  readonly sitePlans: number;
  readonly digest: string | null;
  readonly cpuSeconds: number;
  readonly memoryMiB: number;
  readonly referenceSeconds: number;
  readonly ratio: number;
}

function cpuSecondsOf<T>(work: () => T): { result: T; cpuSeconds: number } {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, cpuSeconds: (user + system) / 1e6 };
}

function measure(shape: FleetShape): Measured {
  const trees = fleetOf(shape);
  const { result, cpuSeconds } = cpuSecondsOf(() => {
    const plan = planTrees(trees);
    return { plan, texts: planTexts(plan) };
  });
  const memoryMiB = process.resourceUsage().maxRSS / 1024;
  const { changes, sitePlans } = result.plan;
  const json = JSON.stringify(changes);
  const reference = cpuSecondsOf(() => JSON.parse(json) as unknown);
  return {
    ...shape,
    changes: changes.length,
    sitePlans: sitePlans.size,
    digest: result.texts?.fleet.digest ?? null,
    cpuSeconds,
    memoryMiB: Math.round(memoryMiB),
    referenceSeconds: reference.cpuSeconds,
    ratio: Number((cpuSeconds / reference.cpuSeconds).toFixed(1)),
  };
}

function measureApart(name: string): Measured {
  const { stdout, stderr } = spawnSync(process.execPath, [import.meta.filename, name], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  const measured: Measured = JSON.parse(stdout);
  return measured;
}

function main(): void {
  const results = Object.fromEntries(Object.keys(SHAPES).map((name) => [name, measureApart(name)]));
  const { inBaseline, inSites, tenthInBaseline } = results;
  const tenfold = (inBaseline?.cpuSeconds ?? NaN) / (tenthInBaseline?.cpuSeconds ?? NaN);
  const ok =
    [inBaseline, inSites].every(
      (one) =>
        one !== undefined &&
        one.cpuSeconds < LIMITS.cpuSeconds &&
        one.memoryMiB < LIMITS.memoryMiB &&
        one.sitePlans === 1000,
    ) && tenfold < LIMITS.tenfoldRatio;
  console.log(JSON.stringify({ bench: "plan", ok, limits: LIMITS, tenfold, ...results }));
  process.exitCode = ok ? 0 : 1;
}

const asked = SHAPES[process.argv[2] ?? ""];
if (asked === undefined) main();
else console.log(JSON.stringify(measure(asked)));
