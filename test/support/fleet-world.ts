/** A fleet in memory: GitHub, the SQLite store, simulated sites, and a clock that tests move. */
import { PackageLock } from "../../src/contract/package-lock.ts";
import type { Tree } from "../../src/contract/control-repository.ts";
import { pathOfLock } from "../../src/contract/control-repository.ts";
import { checkSchema } from "../../src/contract/schema-finding.ts";
import { readYaml } from "../../src/contract/yaml-document.ts";
import type { AuditEntry, EntryOf } from "../../src/contract/audit-entry.ts";
import type { CommitSha } from "../../src/contract/ids.ts";
import { type KeySource, keySourceOf } from "../../src/signing/key-source.ts";
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { signerOf as signer } from "../../src/signing/signer.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import { bootstrap } from "../../src/workflow/bootstrap.ts";
import { command } from "../../src/workflow/command.ts";
import { deliver } from "../../src/workflow/deliver.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import { anchorsOn } from "../../src/workflow/generation.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import type { FeedReading } from "../../src/contract/feed-reading.ts";
import type { Message, Packages, SiteAnswer, Sites } from "../../src/workflow/ports.ts";
import type { Queue } from "../../src/workflow/queue-port.ts";
import { report } from "../../src/workflow/report.ts";
import { review } from "../../src/workflow/review.ts";
import { settle } from "../../src/workflow/settle.ts";
import { lock, tree } from "./control-tree.ts";
import { site as siteId } from "./ids.ts";
import { MemoryForge, type Who } from "./memory-forge.ts";
import { SimulatedSite } from "./simulated-site.ts";

export const START = Math.floor(Date.UTC(2026, 10, 24, 12) / 1000);
export const recovery = signer(Buffer.alloc(32, 8), "recovery");
export const keys = keySourceOf(encodeBase64url(Buffer.alloc(32, 9)));

export class World {
  readonly clock = {
    seconds: START,
    now(): number {
      return this.seconds;
    },
  };
  readonly forge: MemoryForge;
  readonly sites = new Map<string, SimulatedSite>();
  fleet!: Fleet;
  queue!: Queue;
  /** From the seed that the next process is started with. */
  keys: KeySource = keys;
  extraPolicy = "";
  /** What every feed of known vulnerabilities answers. */
  feed: FeedReading = { kind: "unread", why: "ENOTFOUND" };
  extraRights = "  retry: { role: operators }\n  rollback: { role: operators }\n";
  tierOf: (site: string) => string = () => "production";
  readonly repo: number;

  private constructor(repo: number) {
    this.repo = repo;
    this.forge = MemoryForge.open(this.clock, repo);
  }

  /** A fleet whose sites run plugins/hello 1.0, bootstrapped and paired. */
  static async open(
    given: {
      sites?: readonly string[];
      policy?: string;
      rights?: string;
      repo?: number;
      tierOf?: World["tierOf"];
      /** A file instead of memory. */
      database?: string;
    } = {},
  ): Promise<World> {
    const world = new World(given.repo ?? 4711);
    world.extraPolicy = given.policy ?? "";
    world.tierOf = given.tierOf ?? world.tierOf;
    world.extraRights = given.rights ?? world.extraRights;
    world.forge.teams.set("acme/ops", {
      state: "ok",
      members: [11, 12].map((id) => ({ id, state: "active" as const })),
    });
    const { store, queue } = await openSqlite(given.database ?? ":memory:", world.clock);
    world.queue = queue;
    await world.restart(store);
    await world.#begin(given.sites ?? ["shop"]);
    return world;
  }

  /** The process ends, and another one opens what it left. */
  async restart(store = this.fleet.store): Promise<void> {
    const { forge, clock, repo } = this;
    const signerOf = (gen: number) => this.keys.logSigner({ cp: `cp:${repo}`, gen });
    const log = await FleetLog.open({
      repo,
      store,
      branch: forge,
      signerOf,
      anchors: async () => anchorsOn(forge, await forge.repository()),
      clock,
    });
    const repository = await forge.repository();
    const sites = this.#doors();
    const around = surroundings(() => this.feed);
    this.fleet = { repository, forge, log, store, sites, keys: this.keys, clock, ...around };
  }

  async close(): Promise<void> {
    await this.fleet.store.close();
  }

  // ------------------------------------------------------------ the fleet's own files

  async policy(): Promise<string> {
    const { x } = await keys.logSigner({ cp: `cp:${this.repo}`, gen: 1 });
    return `version: 1
log: { key: ${x}, recovery: ${recovery.x} }
roles:
  operators: { teams: [acme/ops] }
  security: { users: [{ login: sam, id: 13 }, { login: sven, id: 14 }] }
rights:
  change-policy: { role: security, count: 1 }
  pair: { role: security, count: 1 }
  release: { role: security }
  hold: any-role
${this.extraRights}gates:
  - name: operators
    require: [{ role: operators, count: 1 }]
${this.extraPolicy}`;
  }

  /** The control repository with each site's version of plugins/hello. */
  async files(versions: Readonly<Record<string, string>>, extra: Tree = new Map()): Promise<Tree> {
    const files = new Map<string, string>([["countersign.yml", await this.policy()]]);
    for (const [id, version] of Object.entries(versions)) {
      const { x } = this.sites.get(id)?.key ?? { x: "" };
      files.set(
        `sites/${id}.yml`,
        `url: https://${id}.example
tier: ${this.tierOf(id)}
connector: { epoch: 1, since: 0, key: { kty: OKP, crv: Ed25519, x: ${x} } }
desired: { plugins: { hello: { version: "${version}", state: active } } }
`,
      );
    }
    const locks = ["1.0", "1.1", "1.2"].map((version) => lock(`plugins/hello@${version}`));
    return new Map([...tree(...locks), ...files, ...extra]);
  }

  async #begin(names: readonly string[]): Promise<void> {
    const { forge, repo, clock } = this;
    const first = forge.commit("first", new Map([["countersign.yml", await this.policy()]]));
    forge.move("main", first, "ada");
    await bootstrap(this.fleet);
    const { x: log } = await keys.logSigner({ cp: `cp:${repo}`, gen: 1 });
    for (const name of names) {
      const at = { cp: `cp:${repo}`, site: `site:${name}`, epoch: 1, gen: 1, kver: 1 };
      const { x: action } = await keys.actionSigner(at);
      const site = new SimulatedSite(
        siteId(name),
        { repo, action, log, recovery: recovery.x },
        clock,
      );
      site.install("plugins/hello", "1.0");
      this.sites.set(name, site);
    }
    const files = await this.files(Object.fromEntries(names.map((name) => [name, "1.0"])));
    const paired = forge.commit("paired", files, first);
    forge.move("main", paired, "ada");
    await this.fleet.log.append(() => ({ entries: this.#pairing(first, paired) }));
    await this.fleet.log.flush();
  }
  #pairing(from: CommitSha, commit: CommitSha): AuditEntry[] {
    const at = new Date(this.clock.now() * 1000).toISOString().replace(".000", "");
    const common = { at, pr: 1 };
    const { id: activity } = this.forge.steps[0]!;
    const range = { activity, by: [10], from, plan: null, reasons: ["approved"], to: commit };
    return [
      { ...common, ...range, kind: "range", result: "authorised" },
      ...[...this.sites].map(([name, { key }]): AuditEntry => ({
        ...common,
        commit,
        epoch: 1,
        key: key.x,
        kid: kidOf(key.x),
        kind: "pairing",
        site: siteId(name),
      })),
    ];
  }

  // ------------------------------------------------------------ doors

  /** Sites that are not paired yet answer here, by their name. */
  readonly strangers = new Map<string, (message: Message) => Promise<SiteAnswer>>();

  #doors(): Sites {
    const post: Sites["post"] = async (url, message) => {
      const name = /^https:\/\/([a-z0-9-]+)\.example$/u.exec(url)?.[1] ?? "";
      const stranger = this.strangers.get(name);
      if (stranger !== undefined) return stranger(message);
      const site = this.sites.get(name);
      return site?.post(message) ?? { kind: "unreachable", why: "ENOTFOUND" };
    };
    return { post, postTo: (url, message) => post(url, message, 30, false) };
  }

  // ------------------------------------------------------------ what a test says

  wait(seconds: number): void {
    this.clock.seconds += seconds;
  }
  entries<K extends AuditEntry["kind"]>(kind: K): EntryOf<K>[] {
    return this.fleet.log.entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);
  }
  kinds(): string[] {
    return this.fleet.log.entries.map(({ kind }) => kind);
  }

  /** A proposal that brings these versions, seen by the reviewers. */
  async propose(
    number: number,
    versions: Readonly<Record<string, string>>,
    by: Who = "ada",
  ): Promise<CommitSha> {
    const tip = (await this.forge.branchTip("main"))!;
    const head = this.forge.commit(`head ${number}`, await this.files(versions), tip);
    this.forge.propose(number, head, by);
    await review(this.fleet, number);
    this.wait(5);
    return head;
  }
  async approve(number: number, by: Who = "olivia"): Promise<void> {
    this.forge.review(number, by);
    this.wait(5);
    await review(this.fleet, number);
  }
  /** Proposed, approved, merged and settled. */
  async bring(number: number, versions: Readonly<Record<string, string>>): Promise<void> {
    await this.propose(number, versions);
    await this.approve(number);
    this.forge.merge(number, "ada");
    this.wait(1);
    await settle(this.fleet);
  }
  /** Delivers until the site has nothing to do or `seconds` have passed. */
  async run(name: string, seconds = 3600): Promise<void> {
    const end = this.clock.seconds + seconds;
    for (let turns = 0; this.clock.seconds <= end; turns += 1) {
      if (turns > 5000) throw new Error("it turns round and round");
      const next = await deliver(this.fleet, siteId(name));
      if (next === null) return;
      this.clock.seconds = Math.max(this.clock.seconds, next.runAt);
    }
  }
  /** A person says it, and the App carries it out. @returns its answer */
  async say(issue: number, by: Who, body: string): Promise<string> {
    const id = this.forge.comment(issue, by, body);
    this.wait(1);
    await command(this.fleet, issue, id);
    return this.forge.said.at(-1)?.text ?? "";
  }
  /** The branch adopts what the site told in the inventory of that digest; attested as it stands. */
  async adopt(name: string, adopted: string): Promise<void> {
    const tip = (await this.forge.branchTip("main"))!;
    const path = `sites/${name}.yml`;
    const before = await this.forge.controlTree(tip);
    const files = new Map(before).set(path, `${String(before.get(path))}adopted: ${adopted}\n`);
    const to = this.forge.commit("adopted", files, tip);
    this.forge.move("main", to, "ada");
    const { id: activity } = this.forge.steps[0]!;
    const at = new Date(this.clock.now() * 1000).toISOString().replace(".000", "");
    const range = {
      activity,
      at,
      by: [10],
      from: tip,
      plan: null,
      pr: 2,
      reasons: ["approved"],
      to,
    };
    await this.fleet.log.append(() => ({
      entries: [{ ...range, kind: "range", result: "authorised" }],
    }));
  }
  report = (number: number) => report(this.fleet, String(number));
}

/** Every source confirms what the lock on the default branch, or of `lock()`, says. */
export function lockedPackages(): Packages {
  return {
    read: async (id) => {
      const path = pathOfLock(id);
      const name = `plugins/hello@${path.replace(/^.*\/|\.yml$/gu, "")}`;
      const reading = readYaml(path, String(Object.values(lock(name))[0]));
      if (reading.kind === "unreadable") throw new Error("no lock");
      const file = checkSchema(reading.document, PackageLock);
      if (file.kind !== "valid") throw new Error(JSON.stringify(file));
      const headerVersion = path.replace(/^.*\/|\.yml$/gu, "");
      return { kind: "found", found: { lock: file.value, headerVersion } };
    },
  };
}

/** What a fleet has beside GitHub, the sites, its log and store: nothing of it outlives a process. */
export function surroundings(feed: () => World["feed"]) {
  const asked = { evidence: new Map(), touched: new Map(), noticed: new Map() };
  const memories = { ...asked, forged: new Map() };
  const feeds = { read: async () => feed() };
  return { packages: lockedPackages(), feeds, doorUrl: "https://countersign.example", ...memories };
}
