/**
 * What people do while the App dies again and again: they propose a version for every site, approve
 * what is green, merge, and take up the proposal that undoes what hurt a site. They act on what
 * GitHub shows, never on what the App holds in memory.
 */
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { CommitSha } from "../../src/contract/ids.ts";
import { lock, tree } from "../support/control-tree.ts";
import type { World } from "../support/fleet-world.ts";
import type { Hint } from "./app.ts";

interface Change {
  readonly number: number;
  readonly head: CommitSha;
  phase: "opened" | "asked" | "read" | "approved" | "merged";
}

const workingDaySeconds = 8 * 3600;

export class People {
  /** Merged proposals, and the sites of each that have to end. */
  readonly merged = new Map<number, readonly string[]>();
  readonly #world: World;
  readonly #readingSeconds: number;
  #now: Change | null = null;
  #readSince = 0;
  #count = 0;

  /**
   * @param readingSeconds how long a reviewer reads what is green. What was visible, and is on record
   * only after a fault, does not count as seen before: an approval in between authorises no site.
   */
  constructor(world: World, readingSeconds = 0) {
    this.#world = world;
    this.#readingSeconds = readingSeconds;
  }

  /** What is on the audit branch. */
  entries(): AuditEntry[] {
    const tiles = [...this.#world.forge.files].filter(([path]) => path.startsWith("tiles/"));
    const lines = tiles
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, text]) => text.trim().split("\n"));
    return lines.map((line) => JSON.parse(line) as AuditEntry);
  }

  get isAtRest(): boolean {
    return this.#now === null;
  }

  /** Nothing is asked of the App meanwhile. */
  get isReading(): boolean {
    return this.#now?.phase === "read";
  }

  /** One step, where there is one to take. @returns the hint that GitHub sends, if any */
  async step(goOn: boolean): Promise<Hint | null> {
    if (this.#now === null) return goOn ? this.#propose() : null;
    const { number, head, phase } = this.#now;
    const checks = this.#world.forge.checksOn(head);
    const green = checks["policy"] === "passed" && checks["rollback"] === "passed";
    const { seconds } = this.#world.clock;
    if (phase === "opened") {
      this.#now.phase = "asked";
      const comment = this.#world.forge.comment(number, "ada", "/countersign recheck");
      return { kind: "commented", pull: number, comment };
    }
    if (phase === "asked" && green) {
      this.#now.phase = "read";
      this.#readSince = seconds;
      return null;
    }
    if (phase === "read" && seconds < this.#readSince + this.#readingSeconds) return null;
    if (phase === "read" && green && checks["approvals"] === "waiting") {
      this.#world.forge.review(number, "olivia");
      this.#now.phase = "approved";
      return { kind: "proposed", pull: number };
    }
    if (phase === "approved" && green && checks["approvals"] === "passed")
      return this.#merge(this.#now);
    if (phase === "approved" && green && this.#isAskedAgain(this.#now)) {
      this.#world.forge.review(number, "olivia");
      return { kind: "proposed", pull: number };
    }
    if (phase === "merged" && this.#hasEnded(number)) this.#now = this.#undo(number);
    return null;
  }

  /** A fault let the approval in before its plan was on record, and the check says so. */
  #isAskedAgain({ number, head }: Change): boolean {
    const { forge, clock } = this.#world;
    const { summary } = forge.checks.get(`${head} countersign/approvals`) ?? { summary: "" };
    const last = Date.parse(forge.reviews.get(number)?.at(-1)?.submittedAt ?? "") / 1000;
    return summary.includes("approved before this plan was shown") && clock.seconds > last + 30;
  }

  async #propose(): Promise<Hint> {
    const { forge, sites, clock } = this.#world;
    this.#count += 1;
    // What rolls back twice in a day at one site contains it, and takes two people to release.
    clock.seconds += workingDaySeconds;
    const [number, version] = [10_000 + this.#count, `2.${this.#count}`];
    // Every third change is of one site that has a bad day: beside others it would stop them all.
    const all = [...sites.keys()];
    const ill = this.#count % 3 === 0 ? all[(this.#count / 3) % all.length] : undefined;
    if (ill !== undefined) sites.get(ill)?.ends.push("rolls_back");
    const versions = Object.fromEntries(
      (ill === undefined ? all : [ill]).map((id) => [id, version]),
    );
    const locks = [this.#count, this.#count - 1].map((minor) => lock(`plugins/hello@2.${minor}`));
    const tip = (await forge.branchTip("main"))!;
    const files = await this.#world.files(versions, tree(...locks));
    const head = forge.commit(`head ${number}`, new Map([...forge.trees.get(tip)!, ...files]), tip);
    forge.propose(number, head, "ada");
    this.#now = { number, head, phase: "opened" };
    return { kind: "proposed", pull: number };
  }

  #merge(change: Change): Hint {
    const { forge, sites } = this.#world;
    const { number, head } = change;
    const base = [...forge.parents.get(head)!].flatMap((parent) => [
      ...(forge.trees.get(parent) ?? []),
    ]);
    const before = new Map(base);
    const touched = [...sites.keys()].filter((id) => {
      const path = `sites/${id}.yml`;
      return forge.trees.get(head)!.get(path) !== before.get(path);
    });
    this.merged.set(number, touched);
    forge.merge(number, "ada");
    change.phase = "merged";
    return { kind: "merged", pull: number };
  }

  /** Every site of it has its end, and GitHub shows each. */
  #hasEnded(number: number): boolean {
    const entries = this.entries();
    const subs = entries.flatMap((one) =>
      one.kind === "authorised" && one.pr === number ? one.sub : [],
    );
    const receipts = entries.filter((one) => one.kind === "receipt" && subs.includes(one.sub));
    const { deployments } = this.#world.forge;
    const told = subs.filter((sub) =>
      /success|failure/u.test(deployments.get(sub)?.states.at(-1) ?? ""),
    );
    const all = this.merged.get(number)?.length;
    if (receipts.length !== all || told.length !== all) return false;
    const hurt = receipts.flatMap((one) =>
      one.kind === "receipt" && one.out === "rolled_back" ? one.sub : [],
    );
    const known = new Set(
      entries.flatMap((one) => (one.kind === "incident" ? (one.sub ?? []) : [])),
    );
    return hurt.every((sub) => known.has(sub));
  }

  /** The App's own proposal that is open for what this one hurt. */
  #undo(number: number): Change | null {
    const open = [...this.#world.forge.pulls.values()].find(
      ({ state, headRef }) =>
        state === "open" && headRef.startsWith(`countersign/revert-${number}-`),
    );
    return open === undefined ? null : { number: open.number, head: open.head, phase: "asked" };
  }
}
