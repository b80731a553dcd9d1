/**
 * GitHub and the sites fail in every way they can, on simulated time, while people go on. Once they
 * behave again everything comes to rest, with nothing lost, doubled or unrecorded. `SEED` repeats.
 */
import { afterEach, describe, expect, it } from "vitest";
import { runJob } from "../../src/server/run-job.ts";
import type { Forge } from "../../src/workflow/forge-port.ts";
import type { Job } from "../../src/workflow/store-port.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import type { Sites } from "../../src/workflow/ports.ts";
import type { Hint } from "../crash/app.ts";
import { People } from "../crash/people.ts";
import { randomFrom } from "../crash/random.ts";
import { reckon } from "../crash/reckoning.ts";
import { keys, World } from "../support/fleet-world.ts";
import { unreachable } from "../support/memory-forge.ts";
import type { Fault } from "../support/simulated-site.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const sweepSeconds = 60;
/** Longer than a few failed tries of a job. */
const readingSeconds = 90;

interface Troubles {
  /** Of calls to GitHub: refused before, or answered to nobody after they happened. */
  readonly github: number;
  /** Of webhooks: lost, twice, or late. */
  readonly webhooks: number;
  readonly sites: readonly Fault[];
  readonly ofSites: number;
}

class Weather {
  readonly people: People;
  readonly world: World;
  readonly #random: () => number;
  #troubles: Troubles | null = null;
  #fleet!: Fleet;
  #hints: { readonly hint: Hint; readonly at: number }[] = [];
  /** How often something went wrong. */
  readonly struck = { github: 0, webhooks: 0, sites: 0 };

  private constructor(world: World, random: () => number) {
    this.world = world;
    this.people = new People(world, readingSeconds);
    this.#random = random;
  }

  static async open(troubles: Troubles): Promise<Weather> {
    const world = await World.open({ sites: ["shop", "blog", "news"] });
    const weather = new Weather(world, randomFrom(seed));
    const { store } = world.fleet;
    const [forge, sites] = [weather.#forge(world.forge), weather.#sites(world.fleet.sites)];
    const signer = await keys.logSigner({ cp: `cp:${world.repo}`, gen: 1 });
    const facts = {
      repo: world.repo,
      store,
      branch: world.forge,
      signerOf: async () => signer,
      clock: world.clock,
    };
    const log = await FleetLog.open({ ...facts, branch: forge });
    weather.#troubles = troubles;
    weather.#fleet = { ...world.fleet, forge, sites, log };
    return weather;
  }

  #strikes(what: keyof Weather["struck"], share: number): boolean {
    if (this.#random() >= share) return false;
    this.struck[what] += 1;
    return true;
  }

  /** Half of what fails had happened by then: the answer alone is lost. */
  #forge(forge: Forge): Forge {
    return new Proxy(forge, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function" || name === "forgetPeople") return value;
        return async (...given: unknown[]) => {
          if (this.#strikes("github", (this.#troubles?.github ?? 0) / 2))
            throw unreachable("answer: 502");
          const result: unknown = await Reflect.apply(value, target, given);
          if (this.#strikes("github", (this.#troubles?.github ?? 0) / 2))
            throw unreachable("answer in time");
          return result;
        };
      },
    });
  }

  #sites(sites: Sites): Sites {
    return {
      ...sites,
      post: (url, message, timeoutSeconds) => {
        const site = this.world.sites.get(/\/\/([a-z]+)\./u.exec(url)?.[1] ?? "");
        const kinds = this.#troubles?.sites ?? [];
        const fault = kinds[Math.floor(this.#random() * kinds.length)];
        if (fault !== undefined && this.#strikes("sites", this.#troubles?.ofSites ?? 0))
          site?.faults.push(fault);
        return sites.post(url, message, timeoutSeconds, false);
      },
    };
  }

  /** GitHub tells of it: perhaps never, perhaps twice, perhaps after what came later. */
  #tell(hint: Hint): void {
    const now = this.world.clock.seconds;
    const share = this.#troubles?.webhooks ?? 0;
    if (this.#strikes("webhooks", share)) return;
    const late = this.#strikes("webhooks", share) ? Math.floor(this.#random() * 30) : 0;
    this.#hints.push({ hint, at: now + late });
    if (this.#strikes("webhooks", share)) this.#hints.push({ hint, at: now + 3 });
  }

  /** One second: what is due is told and done. */
  async second(goOn: boolean): Promise<void> {
    const { clock, queue, repo } = this.world;
    const { store } = this.#fleet;
    const runAt = clock.seconds;
    for (const { hint } of this.#hints.filter(({ at }) => at <= runAt)) {
      await store.enqueue(repo, { ...jobOf(hint), runAt });
    }
    this.#hints = this.#hints.filter(({ at }) => at > runAt);
    if (runAt % sweepSeconds === 0) await store.enqueue(repo, { kind: "sweep", key: "", runAt });
    for (let job; (job = await queue.claim()) !== null;) {
      try {
        for (const next of await runJob(this.#fleet, job)) await store.enqueue(repo, next);
        await queue.finish(job);
      } catch (error) {
        await queue.fail(job, String(error));
      }
    }
    const hint = await this.people.step(goOn);
    if (hint !== null) this.#tell(hint);
    clock.seconds += 1;
  }

  clear(): void {
    this.#troubles = null;
    for (const { faults } of this.world.sites.values()) faults.length = 0;
  }
  /** @returns seconds until nothing was left to do, without those in which a person read */
  async rest(): Promise<number> {
    let seconds = 0;
    while (!this.people.isAtRest && seconds < 3600) {
      if (!this.people.isReading) seconds += 1;
      await this.second(false);
    }
    return seconds;
  }
}

let weather: Weather | undefined;
afterEach(() => weather?.world.close());

const answered: readonly Fault[] = ["answer_lost", "rubbish", "still_running"];
const CASES: readonly [string, Troubles, number][] = [
  [
    "GitHub fails at a twentieth of all calls",
    { github: 0.05, webhooks: 0, sites: [], ofSites: 0 },
    120,
  ],
  [
    "webhooks are lost, doubled and reordered",
    { github: 0, webhooks: 0.1, sites: [], ofSites: 0 },
    120,
  ],
  [
    "sites lose answers, answer rubbish, or are slow",
    { github: 0, webhooks: 0, sites: answered, ofSites: 0.4 },
    120,
  ],
  [
    "all of it happens at once",
    { github: 0.03, webhooks: 0.1, sites: answered, ofSites: 0.2 },
    120,
  ],
  // A message that may still arrive is waited for until its token is dead on every clock: 180 s.
  [
    "messages to sites never arrive",
    { github: 0, webhooks: 0, sites: ["never_arrives"], ofSites: 0.3 },
    300,
  ],
];

function jobOf(hint: Hint): Pick<Job, "kind" | "key"> {
  switch (hint.kind) {
    case "merged":
      return { kind: "settle", key: "" };
    case "proposed":
      return { kind: "review", key: String(hint.pull) };
    case "commented":
      return { kind: "command", key: `${hint.pull} ${hint.comment}` };
  }
}

describe(`while faults last (seed ${seed})`, () => {
  it.each(CASES)(
    "%s: nothing is lost or doubled, and all comes to rest in time",
    async (_name, troubles, within) => {
      weather = await Weather.open(troubles);
      const { people, struck } = weather;
      // Long enough for two changes at least, whatever the seed.
      const isEnough = (second: number) => second >= 900 && people.merged.size > 1;
      for (let second = 0; !isEnough(second) && second < 7200; second += 1) {
        await weather.second(true);
      }
      weather.clear();
      const seconds = await weather.rest();
      expect(people.isAtRest).toBe(true);
      expect(seconds).toBeLessThanOrEqual(within);
      expect(struck.github + struck.webhooks + struck.sites).toBeGreaterThan(3);
      expect(people.merged.size).toBeGreaterThan(1);
      const { lost, doubled, unrecorded, log } = reckon(weather);
      expect({ lost, doubled, unrecorded }).toEqual({ lost: [], doubled: [], unrecorded: [] });
      expect(log).toMatchObject({ ok: true, bad: [] });
    },
    180_000,
  );
});
