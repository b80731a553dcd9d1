/**
 * One fleet's audit log as a process keeps it: the journal in the store, the Merkle tree and the
 * history over it, and the branch that follows. docs/protocol.md, "Audit log".
 *
 * What was appended is durable before `append` resolves; it is on the branch after `flush`. Several
 * processes may keep the same log on one database: each reads on before it decides, one of two that
 * decide at once has the place and the other decides anew, and one at a time moves the branch.
 */
import { type LogHead, signCheckpoint } from "../audit/checkpoint.ts";
import { appendLeaf, leafHash, type MerkleTree, rootAt, sizeOf, treeOf } from "../audit/merkle.ts";
import { proofText } from "../audit/proof.ts";
import { TILE_LINES, tileFiles, tileOf } from "../audit/tiles.ts";
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { CommitSha, Digest } from "../contract/ids.ts";
import { type History, startHistory } from "../domain/history.ts";
import { reach } from "../failpoint.ts";
import { asDigest, digestOfText } from "../signing/digest.ts";
import { type Asked, byChance, type Decide, type Draft, Drafts } from "./drafts.ts";
import { asOnlyWriter } from "./only-writer.ts";
import { levelEntry } from "./levels.ts";
import type { Clock } from "./ports.ts";
import {
  type AuditHead,
  type BranchFacts,
  claimedSize,
  logKeyAt,
  mismatch,
  openHead,
  planPath,
  isOvertaken,
  readEntry,
  signerInForce,
  takeOver,
} from "./log-branch.ts";
import { textsNamedBy } from "./log-texts.ts";
import type { Store } from "./store-port.ts";

export interface LogFacts extends BranchFacts {
  readonly store: Store;
  readonly clock: Clock;
}

type Flushed = { readonly size: number; readonly commit: CommitSha };

/** Lost places in a row, after which a decision is given up. */
const mostTries = 20;

export class FleetLog {
  readonly #facts: LogFacts;
  readonly #entries: AuditEntry[];
  readonly #lines: string[];
  readonly #tree: MerkleTree;
  readonly #reader = startHistory();
  readonly #drafts = new Drafts();
  readonly #asked: Asked[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #flushed: (Flushed & { readonly checkpoint: string }) | null = null;
  #fromOthers = 0;

  private constructor(facts: LogFacts, lines: readonly string[]) {
    this.#facts = facts;
    this.#lines = [...lines];
    this.#entries = lines.map(readEntry);
    this.#tree = treeOf(lines);
    for (const entry of this.#entries) this.#reader.read(entry);
  }

  /**
   * Opens the journal and holds it against the branch. A store that knows nothing takes over what
   * the branch has. A branch that is not the beginning of the journal, or that somebody took back,
   * puts the fleet on HOLD, on record here, and is a fault: both heads are kept.
   * @throws CountersignError `log_mismatch` or `log_unreadable`
   */
  static async open(facts: LogFacts): Promise<FleetLog> {
    // In this order: meanwhile others may append and flush, and neither may look like a loss.
    const known = await facts.store.flushed(facts.repo);
    const head = await facts.branch.auditHead();
    const kept = await facts.store.lines(facts.repo, 0);
    const lines = kept.length === 0 && head !== null ? await takeOver(facts, head) : kept;
    const log = new FleetLog(facts, lines);
    try {
      await log.#meet(head, known);
    } catch (fault) {
      await log.#hold();
      throw fault;
    }
    return log;
  }

  /** Goes on from the branch's head, where that is the beginning of this journal. */
  async #meet(head: AuditHead | null, known: Flushed | null): Promise<void> {
    const { repo, store } = this.#facts;
    if (head === null) {
      if (known !== null) throw mismatch("The audit branch is gone.");
      return;
    }
    const { size, root } = openHead(head, repo, await this.#keyAt(claimedSize(head)));
    if (size > this.size || this.headAt(size).root !== root) {
      throw mismatch("The audit branch and the journal are not the same log.");
    }
    if (size < (known?.size ?? 0)) throw mismatch("The audit branch was taken back.");
    this.#flushed = { size, commit: head.commit, checkpoint: head.checkpoint };
    await store.setFlushed(repo, size, head.commit);
  }

  #keyAt = (size: number) => logKeyAt(this.#entries, size, this.#facts);

  async #hold(): Promise<void> {
    if (this.size === 0) return;
    const at = new Date(this.#facts.clock.now() * 1000).toISOString().replace(".000", "");
    await this.append((history) => {
      const entries = levelEntry(history, null, { at, cause: "log_mismatch" });
      return entries.length === 0 ? null : { entries };
    });
  }

  /** Always the newest: it goes on while somebody holds it. */
  get history(): History {
    return this.#reader.history;
  }
  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }
  get size(): number {
    return sizeOf(this.#tree);
  }
  /** How many are on the branch, as far as this process knows. */
  get flushedSize(): number {
    return this.#flushed?.size ?? 0;
  }
  headAt(size: number): LogHead {
    return { size, root: asDigest(rootAt(this.#tree, size)) };
  }

  /**
   * Appends what `decide` makes of the newest history, after everything asked for before: a decision
   * never rests on a history that has moved on. What is asked for meanwhile is written together, and
   * decided again where another process was first.
   * @returns the index of the first appended entry
   */
  append(decide: Decide): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ decide, resolve, reject });
      if (this.#asked.length === 1) void this.#inTurn(() => this.#writeAsked());
    });
  }

  async #writeAsked(): Promise<void> {
    let asked: readonly Asked[] = this.#asked.splice(0);
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#readOn();
        const draft = this.#drafts.decide(asked, this);
        asked = draft.asked.map(([one]) => one);
        await this.#write(draft);
        for (const [{ resolve }, first] of draft.asked) resolve(first);
        return;
      } catch (fault) {
        this.#drafts.drop();
        if (!isOvertaken(fault) || tries === mostTries) {
          for (const { reject } of asked) reject(fault);
          return;
        }
        await byChance(tries);
      }
    }
  }

  async #write({ lines, entries, texts, jobs }: Draft): Promise<void> {
    if (lines.length + texts.size + jobs.length === 0) return;
    reach("journal.before");
    await this.#facts.store.append(this.#facts.repo, this.size, { lines, texts, jobs });
    reach("journal.after");
    for (const [index, entry] of entries.entries()) this.#take(lines[index] ?? "", entry);
  }

  #take(line: string, entry: AuditEntry): void {
    this.#lines.push(line);
    this.#entries.push(entry);
    appendLeaf(this.#tree, leafHash(line));
    this.#reader.read(entry);
  }

  /** Takes in what other processes have appended. */
  readonly readOn = (): Promise<void> => this.#inTurn(() => this.#readOn());

  async #readOn(): Promise<void> {
    const first = this.size;
    const lines = await this.#facts.store.lines(this.#facts.repo, first);
    for (const [index, line] of lines.entries()) this.#take(line, readEntry(line, first + index));
    this.#fromOthers += lines.length;
  }

  /** How many entries others have written since it was opened: what is kept beside it may be old. */
  get fromOthers(): number {
    return this.#fromOthers;
  }

  /**
   * Brings the branch up to the journal: one commit, one compare-and-swap. A lost race starts
   * again from the fetched head, which may be an own write whose answer was lost.
   * @throws CountersignError `log_mismatch` when somebody else moved the branch
   */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#readOn();
      if (this.size === (this.#flushed?.size ?? 0)) return;
      await asOnlyWriter(this.#facts, () => this.#flushAlone());
    });
  }

  async #flushAlone(): Promise<void> {
    const { repo, store, branch } = this.#facts;
    // Whoever flushed before may know more entries than this process did.
    await this.#readOn();
    const known = await store.flushed(repo);
    if (known !== null && known.size > (this.#flushed?.size ?? 0)) {
      await this.#followFlush(known);
    }
    if (await this.#flushOnce()) return;
    await this.#meet(await branch.auditHead(), known ?? this.#flushed);
    if (!(await this.#flushOnce())) throw mismatch("Somebody else moves the audit branch.");
  }

  /** What another process has flushed. The same key signs the same text: Ed25519 gives one value. */
  async #followFlush(known: Flushed): Promise<void> {
    const { repo, branch } = this.#facts;
    const signer = await signerInForce(this.#facts, this.history.anchors);
    if ((await this.#keyAt(known.size)) !== signer.x) {
      return this.#meet(await branch.auditHead(), known);
    }
    const checkpoint = await signCheckpoint(repo, this.headAt(known.size), signer);
    this.#flushed = { ...known, checkpoint };
  }

  async #flushOnce(): Promise<boolean> {
    const { repo, store, branch } = this.#facts;
    const size = this.size;
    const from = this.#flushed?.size ?? 0;
    if (size === from) return true;
    const firstTile = tileOf(from);
    const files = tileFiles(firstTile, this.#lines.slice(firstTile * TILE_LINES));
    const signer = await signerInForce(this.#facts, this.history.anchors);
    const checkpoint = await signCheckpoint(repo, this.headAt(size), signer);
    files.set("checkpoint", checkpoint);
    for (const digest of this.#textsSince(from)) {
      const text = await store.text(repo, digest);
      if (text !== null) files.set(planPath(digest), text);
    }
    const parent = this.#flushed?.commit ?? null;
    reach("flush.before");
    const commit = await branch.appendAudit({ parent, files, message: `audit: ${size} entries` });
    if (commit === null) return false;
    reach("flush.landed");
    await store.setFlushed(repo, size, commit);
    reach("flush.after");
    this.#flushed = { size, commit, checkpoint };
    return true;
  }

  /** A plan's text by its digest: from the store, or from the branch where the store was lost. */
  async text(digest: Digest): Promise<string | null> {
    const { repo, store, branch } = this.#facts;
    const kept = await store.text(repo, digest);
    if (kept !== null || this.#flushed === null) return kept;
    const found = await branch.auditFile(this.#flushed.commit, planPath(digest));
    return found !== null && digestOfText(found) === digest ? found : null;
  }

  /**
   * The proof beside an action: its authorisation is on the branch, and the log only grew since
   * the head that the site reported. Flushes first where the line is not on the branch yet.
   */
  async proof(seq: number, seen: LogHead): Promise<string> {
    if ((this.#flushed?.size ?? 0) <= Math.max(seq, seen.size - 1)) await this.flush();
    const line = this.#lines[seq];
    if (this.#flushed === null || line === undefined || seen.size > this.#flushed.size) {
      throw mismatch(`Entry ${seq} or a head of size ${seen.size} is not in this log.`);
    }
    const { checkpoint, size } = this.#flushed;
    return proofText({ tree: this.#tree, line, index: seq, from: seen.size, checkpoint, size });
  }

  /** The root that this log had at a size, to hold a site's countersigned head against. */
  async agreesWith(seen: LogHead): Promise<boolean> {
    // Another process may have shown the site a newer head.
    if (seen.size > this.size) await this.readOn();
    return seen.size <= this.size && this.headAt(seen.size).root === seen.root;
  }

  #textsSince(from: number): Set<Digest> {
    return new Set(this.#entries.slice(from).flatMap(textsNamedBy));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work, work);
    this.#turn = next.catch(() => undefined);
    return next;
  }
}
