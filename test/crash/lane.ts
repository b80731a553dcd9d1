/**
 * One fleet whose App is killed again and again: at a named failpoint, or at any moment. A new
 * process opens what the killed one left. Time is simulated and stands still while the App works.
 */
import { fork, type ChildProcess } from "node:child_process";
import { openSync, writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { FAILPOINTS } from "../../src/failpoint.ts";
import { World } from "../support/fleet-world.ts";
import type { Given, Hint } from "./app.ts";
import { serve, type Served } from "./loopback.ts";
import { People } from "./people.ts";

/** A killed worker's lease runs out while nobody works. */
const leaseSeconds = 31;
/**
 * A life in which a failpoint is not reached ends all the same. The last one goes on until no token
 * of an earlier life can still be under way, and what failed was tried again.
 */
const most = { idle: 8, idleAtLast: 100, milliseconds: 20_000 };
/** There what a killed worker held is missed after a while only, and then waits before it runs. */
const idleOnPostgres = 30;

/** When this life ends: at a failpoint, before or after the nth call outwards, or by itself. */
type End =
  | { readonly at: "failpoint"; readonly name: string }
  | { readonly at: "call"; readonly nth: number }
  | { readonly at: "rest" };

export interface LaneFacts {
  /** The program to kill. */
  readonly app: string;
  readonly repo: number;
  readonly folder: string;
  readonly database: string;
  readonly answersInLog: boolean;
  /** Failpoints at which any lane of the run was killed. */
  readonly reached: Set<string>;
  /** 0 to 1, from the run's seed. */
  readonly random: () => number;
}

export class Lane {
  /** How often it was killed where; `any moment` is a kill from outside. */
  readonly kills = new Map<string, number>();
  readonly world: World;
  readonly people: People;
  readonly #facts: LaneFacts;
  #served!: Served;
  #onCall: () => void = () => {};
  readonly #clock: { readonly file: string; readonly handle: number };
  #next: string[] = [];

  private constructor(facts: LaneFacts, world: World) {
    this.#facts = facts;
    this.world = world;
    this.people = new People(world);
    const file = path.join(facts.folder, `clock-${facts.repo}`);
    writeFileSync(file, String(world.clock.seconds));
    this.#clock = { file, handle: openSync(file, "r+") };
  }

  static async open(facts: LaneFacts): Promise<Lane> {
    const { repo } = facts;
    const world = await World.open({ repo, sites: ["shop", "blog", "news", "club"] });
    const lane = new Lane(facts, world);
    const everyActivity = (branch: string) => world.forge.activity(branch, () => false);
    const forge = new Proxy(world.forge, {
      get: (target, name) => (name === "everyActivity" ? everyActivity : Reflect.get(target, name)),
    });
    const rooms = { forge, sites: world.fleet.sites };
    lane.#served = await serve(rooms, () => lane.#onCall());
    return lane;
  }

  async close(): Promise<void> {
    await this.#served.close();
    await this.world.close();
  }

  get killed(): number {
    return [...this.kills.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Lives until it was killed so often and each of these failpoints was reached. */
  async killUntil(times: number, at: readonly string[]): Promise<void> {
    while (this.killed < times || this.missing(at).length > 0) {
      if (this.killed > times + 200) throw new Error(`not reached: ${this.missing(at).join(", ")}`);
      const by = await this.#live(this.#chooseEnd());
      this.kills.set(by, (this.kills.get(by) ?? 0) + 1);
      this.#facts.reached.add(by);
    }
  }
  missing(at: readonly string[]): string[] {
    return at.filter((name) => !this.#facts.reached.has(name));
  }

  /** One more life, without a kill, until nothing is left to do. */
  async finish(): Promise<void> {
    await this.#live({ at: "rest" });
  }

  /** Every failpoint in turn, in an order of chance; every fourth time any moment. */
  #chooseEnd(): End {
    const { random } = this.#facts;
    if (random() < 0.25) return { at: "call", nth: Math.ceil(random() * 80) };
    if (this.#next.length === 0) {
      this.#next = Object.keys(FAILPOINTS).toSorted(() => random() - 0.5);
    }
    return { at: "failpoint", name: this.#next.pop() ?? "" };
  }

  #patience({ at }: End): number {
    if (at === "rest") return most.idleAtLast;
    return this.#facts.database.startsWith("postgres:") ? idleOnPostgres : most.idle;
  }

  #pass(seconds: number): void {
    this.world.clock.seconds += seconds;
    writeSync(this.#clock.handle, String(this.world.clock.seconds), 0);
  }

  /** @returns where it ended: the failpoint's name, `a call`, `any moment` or `rest` */
  #live(end: End): Promise<string> {
    this.#pass(leaseSeconds);
    const child = this.#start(end);
    const life = { idle: 0, busy: false, calls: 0, by: end.at === "failpoint" ? end.name : end.at };
    const kill = (by: string) => {
      if (!child.kill("SIGKILL")) return;
      life.by = by;
    };
    this.#onCall = () => {
      life.calls += 1;
      if (end.at === "call" && life.calls === end.nth) kill("a call");
    };
    const rest = () => (end.at === "rest" ? child.disconnect() : kill("any moment"));
    const timer = setTimeout(rest, end.at === "rest" ? 120_000 : most.milliseconds);
    const onIdle = async () => {
      const hint = await this.people.step(end.at !== "rest");
      life.idle = hint === null ? life.idle + 1 : 0;
      if (hint !== null && child.connected) child.send(hint satisfies Hint);
      const patience = this.#patience(end);
      if (life.idle > patience && child.connected) rest();
      this.#pass(hint === null ? 5 : 1);
    };
    child.on("message", () => {
      if (life.busy || !child.connected) return;
      life.busy = true;
      void onIdle().finally(() => (life.busy = false));
    });
    return ended(child).then(({ code, signal, said }) => {
      clearTimeout(timer);
      if (signal === "SIGKILL" || (end.at === "rest" && code === 0)) return life.by;
      throw new Error(`it ended with ${code}: ${said}`);
    });
  }

  #start(end: End): ChildProcess {
    const { repo, database, app, answersInLog } = this.#facts;
    const around = { port: this.#served.port, clockFile: this.#clock.file };
    const given: Given = { repo, database, answersInLog, ...around };
    const { COUNTERSIGN_FAILPOINT: _none, ...own } = process.env;
    const env = { ...own, NODE_COMPILE_CACHE: path.join(this.#facts.folder, "compiled") };
    return fork(app, [JSON.stringify(given)], {
      env: end.at === "failpoint" ? { ...env, COUNTERSIGN_FAILPOINT: end.name } : env,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly said: string;
}

function ended(child: ChildProcess): Promise<Ended> {
  const said: Buffer[] = [];
  child.stderr?.on("data", (text: Buffer) => said.push(text));
  return new Promise((resolve) => {
    child.on("exit", (code, signal) => {
      resolve({ code, signal, said: Buffer.concat(said).toString() });
    });
  });
}
