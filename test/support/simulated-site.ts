/**
 * A site's connector in TypeScript: it verifies tokens and proofs with the product's own code,
 * keeps a ledger by `sub`, changes a pretended live state, and signs what it says.
 */
import { createHash } from "node:crypto";
import { type LogHead } from "../../src/audit/checkpoint.ts";
import { verifyProof } from "../../src/audit/proof.ts";
import type { ClaimsOf, ClaimValue } from "../../src/contract/claims.ts";
import { PROTO } from "../../src/contract/claims.ts";
import type { ActionId, Bytes32, Digest, SiteId } from "../../src/contract/ids.ts";
import { type LiveState, SitePlan, type Step } from "../../src/contract/plan.ts";
import { Version } from "../../src/contract/ids.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { isSuccessor } from "../../src/signing/keyset.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { pinnedKeys } from "../../src/signing/public-key.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { verifyToken } from "../../src/signing/verify.ts";
import type { Clock, Message, SiteAnswer } from "../../src/workflow/ports.ts";
import { digest } from "./ids.ts";

/** What goes wrong with the next message of that kind. */
export type Fault =
  | "answer_lost"
  | "rubbish"
  | "unreachable"
  | "never_arrives"
  | "rolls_back"
  | "rollback_fails"
  | "refuses"
  | "still_running"
  | "other_receipt"
  | "forked_head"
  | { readonly notRun: Exclude<ClaimValue<"why">, "none"> };

/** What the site has pinned of its control plane. */
interface Keys {
  readonly repo: number;
  readonly action: Bytes32;
  readonly log: Bytes32;
  readonly recovery?: Bytes32;
}

export class SimulatedSite {
  readonly id: SiteId;
  readonly key: Signer;
  readonly live = new Map<string, LiveState>();
  /** Final answers by `sub`, and the place in the log that each was claimed with. */
  readonly ledger = new Map<ActionId, { readonly message: Message; readonly seq: number }>();
  readonly faults: Fault[] = [];
  /** What was there before an applied plan, by its digest and merge. */
  readonly #points = new Map<string, readonly LiveState[]>();
  /** What becomes of the next actions that are claimed. */
  readonly ends: Fault[] = [];
  /** Actions whose steps were carried out, each as often as they were. */
  readonly ran: ActionId[] = [];
  /** Digests of the action tokens that verified. */
  readonly tokens: Digest[] = [];
  /** Every step that was carried out, in order. */
  readonly done: string[] = [];
  readonly received: Message[] = [];
  /** Messages that no honest verifier would accept. */
  refused = 0;
  /** What its receipts say of the database's tables and columns. */
  schemaChanged: boolean | null = false;
  /** The text beside its answer to `inventory`. */
  inventory = '{"plugins":[],"version":1}';
  items = ["files", "loopback", "lock"];
  head: LogHead = { size: 0, root: EMPTY_DIGEST };
  #cp: Keys;
  #gen = 1;
  #kver = 1;
  readonly #clock: Clock;
  #level: { lvl: ClaimValue<"lvl">; lvx: number } = { lvl: "normal", lvx: 0 };
  #rseq = 0;
  #prev = EMPTY_DIGEST;

  constructor(id: SiteId, cp: Keys, clock: Clock) {
    this.id = id;
    this.key = signerOf(createHash("sha256").update(id).digest());
    this.#cp = cp;
    this.#clock = clock;
  }

  install(target: string, version: string, state = "active"): void {
    const tree = digest(`${target}@${version}`);
    this.live.set(target, { target, version: Version.parse(version), state, tree } as LiveState);
  }

  async post(message: Message): Promise<SiteAnswer> {
    this.received.push(message);
    const fault = this.faults.shift();
    if (fault === "unreachable" || fault === "never_arrives") {
      return { kind: "unreachable", why: "ECONNREFUSED" };
    }
    const answer = await this.#answer(message, fault);
    if (fault === "answer_lost") return { kind: "unreachable", why: "no answer in time" };
    if (fault === "rubbish") return { kind: "answered", status: 200, body: { token: "a.b.c" } };
    if (answer === null) this.refused += 1;
    return { kind: "answered", status: answer === null ? 401 : 200, body: answer };
  }

  async #answer(message: Message, fault: Fault | undefined): Promise<Message | null> {
    const { token, ...texts } = message;
    const facts = {
      keys: this.pinned(),
      iss: `cp:${this.#cp.repo}`,
      aud: `site:${this.id}`,
      epoch: 1,
      now: this.#clock.now(),
      texts,
    };
    const action = verifyToken("action", token, facts);
    if (action.ok) {
      this.tokens.push(action.digest);
      this.#heed(action.claims);
      return this.#act(action.claims, { re: action.digest, ...action.texts }, fault);
    }
    const keyset = verifyToken("keyset", token, facts);
    if (keyset.ok) return this.#take(keyset.claims, keyset.digest);
    const query = verifyToken("query", token, facts);
    if (!query.ok) return null;
    this.#heed(query.claims);
    return this.#tell(query.claims, { re: query.digest, arg: query.texts.arg }, fault);
  }

  /** A key-set that came beside an ack: taken where it follows what is pinned. */
  async takeBeside(token: string): Promise<void> {
    const [iss, aud] = [`cp:${this.#cp.repo}`, `site:${this.id}`];
    const facts = { keys: this.pinned(), iss, aud, epoch: 1, now: this.#clock.now(), texts: {} };
    const keyset = verifyToken("keyset", token, facts);
    if (keyset.ok) await this.#take(keyset.claims, keyset.digest);
  }

  pinned() {
    const { action, log, recovery } = this.#cp;
    return pinnedKeys([
      { x: action },
      { x: log, use: "log" },
      ...(recovery === undefined ? [] : [{ x: recovery, use: "recovery" } as const]),
    ]);
  }

  /** Exactly the next version, or generation; the old keys are dead from here on. */
  async #take({ gen, kver, keys }: ClaimsOf<"keyset">, re: Digest): Promise<Message | null> {
    const [action, log, recovery] = (["action", "log", "recovery"] as const).map(
      (use) => keys.find((key) => key.use === use)?.x,
    );
    const pinned = { gen: this.#gen, kver: this.#kver };
    if (!isSuccessor({ gen, kver }, pinned)) return null;
    if (action === undefined || log === undefined || recovery === undefined) return null;
    if (kver === 1) this.head = { size: 0, root: EMPTY_DIGEST };
    [this.#gen, this.#kver] = [gen, kver];
    this.#cp = { ...this.#cp, action, log, recovery };
    return this.#evidence(re, { ans: "hello" });
  }

  #heed({ lvl, lvx }: { lvl: ClaimValue<"lvl">; lvx: number }): void {
    if (lvx > this.#level.lvx) this.#level = { lvl, lvx };
  }

  async #act(
    claims: ClaimsOf<"action">,
    { re, plan, proof }: { re: Digest; plan: string; proof: string },
    fault: Fault | undefined,
  ): Promise<Message> {
    const known = this.ledger.get(claims.sub);
    if (known !== undefined) return known.message;
    const notRun = (why: ClaimValue<"why">) => this.#evidence(re, { ans: "not_run", why });
    if (typeof fault === "object") return notRun(fault.notRun);
    if (this.#level.lvl !== "normal" && claims.mode === "apply") return notRun("contained");
    const { repo, log: logKey } = this.#cp;
    const judged = verifyProof(proof, { repo, logKey, seen: this.head, claims });
    if (!judged.ok) return notRun(judged.why);
    this.head = judged.head;
    const newest = Math.max(-1, ...[...this.ledger.values()].map(({ seq }) => seq));
    if (claims.seq <= newest) return notRun("overtaken");
    const { steps } = SitePlan.parse(JSON.parse(plan));
    const out = this.#run(steps, claims, this.ends.shift() ?? fault);
    if (out === "applied") this.ran.push(claims.sub);
    const message = await this.#receipt(claims, re, out, fault);
    this.ledger.set(claims.sub, { message, seq: claims.seq });
    if (fault === "still_running") return this.#evidence(re, { ans: "running" });
    return message;
  }

  #run(
    steps: readonly Step[],
    { plan, merge, pre, mode }: ClaimsOf<"action">,
    fault: Fault | undefined,
  ): ClaimValue<"out"> {
    if (mode === "rollback") return this.#restore(this.#points.get(plan + merge));
    const before = steps.flatMap(({ target }) => this.live.get(target) ?? []);
    if (steps.every((step) => this.live.get(step.target)?.version === step.to)) {
      return "already_applied";
    }
    if (this.#pre(steps) !== pre) return "refused:drifted";
    if (fault === "refuses") return "refused:disk_full";
    if (fault === "rolls_back") return "rolled_back";
    if (fault === "rollback_fails") return "failed_needs_review";
    for (const step of steps) {
      this.done.push(`${step.target} ${String(step.from)}→${String(step.to)}`);
      this.install(step.target, String(step.to));
    }
    this.#points.set(plan + merge, before);
    return "applied";
  }

  #restore(point: readonly LiveState[] | undefined): ClaimValue<"out"> {
    if (point === undefined) return "refused:no_restore_point";
    const changed = point.filter((old) => this.live.get(old.target)?.version !== old.version);
    for (const old of changed) {
      this.done.push(`${old.target} back to ${old.version}`);
      this.live.set(old.target, old);
    }
    return changed.length === 0 ? "already_applied" : "applied";
  }

  async #tell(
    claims: ClaimsOf<"query">,
    { re, arg }: { re: Digest; arg: string },
    fault: Fault | undefined,
  ): Promise<Message> {
    if (typeof fault === "object") {
      return this.#evidence(re, { ans: "not_run", why: fault.notRun });
    }
    if (fault === "still_running") return this.#evidence(re, { ans: "running" });
    if (claims.ask === "outcome") {
      const known = this.ledger.get(arg as ActionId);
      return known === undefined ? this.#evidence(re, { ans: "not_seen" }) : known.message;
    }
    if (claims.ask === "inventory") {
      return this.#evidence(re, { ans: "inventory" }, this.inventory);
    }
    if (claims.ask === "hello") return this.#evidence(re, { ans: "hello" });
    if (fault === "forked_head") this.head = { size: 1, root: digest("another log") };
    const { steps } = SitePlan.parse(JSON.parse(arg));
    const now = this.#clock.now();
    const items = this.items.map((id) => ({ id, level: "proved", at: now, value: "" }));
    const live = this.#live(steps);
    const detail = canonicalText({ version: 1, items, live, pre: this.#pre(steps) });
    return this.#evidence(re, { ans: "readiness" }, detail);
  }

  #live(steps: readonly Step[]) {
    const targets = [...new Set(steps.map(({ target }) => target))];
    const absent = { version: null, state: "absent", tree: null };
    return targets.map((target) => ({ ...(this.live.get(target) ?? absent), target }));
  }
  #pre = (steps: readonly Step[]): Digest => digestOfText(canonicalText(this.#live(steps)));

  #common() {
    const parties = { iss: `site:${this.id}`, aud: `cp:${this.#cp.repo}`, epoch: 1 };
    const software = { build: digest("connector"), ver: Version.parse("0.1.0"), proto: PROTO };
    return { ...parties, ...software, ...this.head, iat: this.#clock.now(), lvl: this.#level.lvl };
  }

  async #evidence(
    re: Digest,
    said: { ans: ClaimValue<"ans">; why?: ClaimValue<"why"> },
    detail = "{}",
  ): Promise<Message> {
    const common = this.#common();
    const claims = { why: "none", ...said, re, det: digestOfText(detail) } as const;
    const fresh = { exp: common.iat + 60, jti: newId128() };
    const { token } = await mintToken("evidence", { ...common, ...fresh, ...claims }, this.key);
    return { token, detail };
  }

  async #receipt(
    { sub, plan, pre, mode }: ClaimsOf<"action">,
    re: Digest,
    out: ClaimValue<"out">,
    fault: Fault | undefined,
  ): Promise<Message> {
    const detail = canonicalText({ schemaChanged: this.schemaChanged, steps: [] });
    this.#rseq += 1;
    const common = this.#common();
    const about = fault === "other_receipt" ? digestOfText("another plan") : plan;
    const when = { t0: common.iat, t1: common.iat };
    const chain = { rseq: this.#rseq, prev: this.#prev, det: digestOfText(detail) };
    const what = { sub, plan: about, pre, post: pre, mode, out, re };
    const { token } = await mintToken(
      "receipt",
      { ...common, ...when, ...chain, ...what },
      this.key,
    );
    this.#prev = digestOfText(token);
    return { token, detail };
  }
}
