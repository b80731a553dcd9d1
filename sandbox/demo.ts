/** `npm run demo`: the story of one change, told live. Options: --json, --keep, --sites N. */
import { parseArgs } from "node:util";
import { Listr, type ListrTask } from "listr2";
import { describeKept, keptLine, toldToStop } from "./kept.ts";
import { type Step, story } from "./story.ts";
import { startWorld, type World } from "./world.ts";

interface Told {
  readonly step: string;
  readonly title: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly detail: string;
}

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    sites: { type: "string", default: "1" },
  },
});

const told: Told[] = [];
let world: World | undefined;
const stop = new AbortController();
const stopped = toldToStop().finally(() => stop.abort());

const start: Step = {
  name: "start",
  title: "start a GitHub, a package server, a real WordPress and the App on this machine",
  run: () => Promise.resolve("all of it on loopback"),
};

async function tell(step: Step, say: (text: string) => void): Promise<void> {
  const began = performance.now();
  const done = (ok: boolean, detail: string) => {
    const ms = Math.round(performance.now() - began);
    told.push({ step: step.name, title: step.title, ok, ms, detail });
    if (options.json) console.log(JSON.stringify({ step: step.name, ok, ms, detail }));
  };
  try {
    stop.signal.throwIfAborted();
    if (step === start) {
      world = await startWorld({ sites: Number(options.sites), onProgress: say });
    }
    if (world === undefined) throw new Error("There is no world to tell it in.");
    const detail = await step.run(world);
    done(true, detail);
    say(detail);
  } catch (error) {
    done(false, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function tellAll(): Promise<void> {
  const steps = [start, ...story()];
  if (options.json) {
    for (const step of steps) await tell(step, () => undefined);
    return;
  }
  const tasks = steps.map((step): ListrTask => ({
    title: step.title,
    rendererOptions: { persistentOutput: true },
    task: (_context, task) =>
      tell(step, (text) => {
        task.output = text;
      }),
  }));
  await new Listr(tasks, { exitOnError: true, concurrent: false }).run();
}

function timeline(): string {
  const lines = told.map(
    ({ ok, ms, title, detail }) =>
      `  ${ok ? "✓" : "✗"} ${(ms / 1000).toFixed(1).padStart(6)} s  ${title}\n              ${detail}`,
  );
  return ["", "Timeline", ...lines].join("\n");
}

/** Everything the story left on GitHub, and the sites: they answer while the world is kept. */
async function links({ github, people, sites }: World): Promise<string> {
  const left = await people.ask<{ number: number; title: string; html_url: string }[]>(
    "ada",
    "GET",
    "/issues?state=all&per_page=100",
  );
  const pulls = await people.ask<{ number: number; title: string; html_url: string }[]>(
    "ada",
    "GET",
    "/pulls?state=all&per_page=100",
  );
  const all = new Map([...left, ...pulls].map((one) => [one.number, one]));
  const shown = [...all.values()].toSorted((a, b) => a.number - b.number);
  return [
    "",
    "Links",
    ...shown.map(({ number, title, html_url: url }) => `  #${number} ${title}: ${url}`),
    ...sites.map(({ id, url }) => `  ${id}: ${url}`),
    `  audit log: git clone ${github.gitUrl}, branch countersign/audit`,
  ].join("\n");
}

try {
  await tellAll();
  if (!options.json) {
    console.log(timeline());
    if (world !== undefined) console.log(await links(world));
  }
  if (options.keep && world !== undefined) {
    console.log(options.json ? JSON.stringify(keptLine(world)) : `\n${describeKept(world)}`);
    await stopped;
  }
} catch (error) {
  process.exitCode = 1;
  if (!options.json) {
    console.error(timeline());
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  }
} finally {
  await world?.close();
}
process.exit();
