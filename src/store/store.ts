/** The Store on any database that Kysely speaks to. */
import type { Kysely, Transaction } from "kysely";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { reach } from "../failpoint.ts";
import type {
  FleetAddress,
  Job,
  Lease,
  SeenWebhook,
  SiteHead,
  Store,
} from "../workflow/store-port.ts";
import * as beats from "./beats.ts";
import type { Tables } from "./database.ts";

/** Puts a job into the queue as part of a transaction. */
export type Enqueue = (trx: Transaction<Tables>, repo: number, job: Job) => Promise<void>;

export class KyselyStore implements Store {
  readonly #db: Kysely<Tables>;
  readonly #enqueue: Enqueue;
  readonly close: () => Promise<void>;

  constructor(db: Kysely<Tables>, enqueue: Enqueue, close: () => Promise<void>) {
    this.#db = db;
    this.#enqueue = enqueue;
    this.close = close;
  }

  async lines(repo: number, from: number): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom("journal")
      .select("line")
      .where("repo", "=", repo)
      .where("idx", ">=", from)
      .orderBy("idx")
      .execute();
    return rows.map((row) => row.line);
  }

  async append(repo: number, size: number, change: Parameters<Store["append"]>[2]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await expectSize(trx, repo, size);
      const journal = change.lines.map((line, index) => ({ repo, idx: size + index, line }));
      await insertLines(trx, journal);
      for (const [digest, text] of change.texts ?? []) {
        await trx
          .insertInto("texts")
          .values({ repo, digest, text })
          .onConflict((conflict) => conflict.columns(["repo", "digest"]).doNothing())
          .execute();
      }
      for (const job of change.jobs ?? []) await this.#enqueue(trx, repo, job);
      reach("journal.uncommitted");
    });
  }

  async text(repo: number, digest: Digest): Promise<string | null> {
    const row = await this.#db
      .selectFrom("texts")
      .select("text")
      .where("repo", "=", repo)
      .where("digest", "=", digest)
      .executeTakeFirst();
    return row?.text ?? null;
  }

  async flushed(repo: number): Promise<{ size: number; commit: CommitSha } | null> {
    const row = await this.#db
      .selectFrom("flushed")
      .select(["size", "sha"])
      .where("repo", "=", repo)
      .executeTakeFirst();
    return row === undefined ? null : { size: row.size, commit: row.sha };
  }

  async setFlushed(repo: number, size: number, commit: CommitSha): Promise<void> {
    await this.#db
      .insertInto("flushed")
      .values({ repo, size, sha: commit })
      .onConflict((conflict) => conflict.column("repo").doUpdateSet({ size, sha: commit }))
      .execute();
  }

  async takeLease(
    repo: number,
    { name, holder }: Lease,
    { now, until }: { readonly now: number; readonly until: number },
  ): Promise<boolean> {
    const taken = await this.#db
      .insertInto("leases")
      .values({ repo, name, holder, until })
      .onConflict((conflict) =>
        conflict
          .columns(["repo", "name"])
          .doUpdateSet({ holder, until })
          .where("leases.until", "<=", now),
      )
      .executeTakeFirst();
    return (taken.numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  async endLease(repo: number, { name, holder }: Lease): Promise<void> {
    await this.#db
      .deleteFrom("leases")
      .where((row) => row.and({ repo, name, holder }))
      .execute();
  }

  async keepFleet(fleet: FleetAddress): Promise<void> {
    const { installation, owner, name } = fleet;
    await this.#db
      .insertInto("fleets")
      .values(fleet)
      .onConflict((conflict) => conflict.column("repo").doUpdateSet({ installation, owner, name }))
      .execute();
  }

  async fleets(): Promise<readonly FleetAddress[]> {
    return this.#db.selectFrom("fleets").selectAll().orderBy("repo").execute();
  }

  async enqueue(repo: number, job: Job): Promise<void> {
    await this.#db.transaction().execute((trx) => this.#enqueue(trx, repo, job));
  }

  async hasWebhook(id: string): Promise<boolean> {
    const known = this.#db.selectFrom("webhooks").select("id").where("id", "=", id);
    return (await known.executeTakeFirst()) !== undefined;
  }

  async keepWebhook({ id, event, receivedAt }: SeenWebhook): Promise<void> {
    await this.#db
      .insertInto("webhooks")
      .values({ id, event, received_at: receivedAt })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  }

  async forgetWebhooks(before: number): Promise<void> {
    await this.#db.deleteFrom("webhooks").where("received_at", "<", before).execute();
  }

  async remember(repo: number, site: SiteId, head: SiteHead): Promise<void> {
    const values = { size: head.size, root: head.root, at: head.at };
    await this.#db
      .insertInto("heads")
      .values({ repo, site, ...values })
      .onConflict((conflict) => conflict.columns(["repo", "site"]).doUpdateSet(values))
      .execute();
  }

  async seen(repo: number, site: SiteId): Promise<SiteHead | null> {
    const row = await this.#db
      .selectFrom("heads")
      .select(["size", "root", "at"])
      .where("repo", "=", repo)
      .where("site", "=", site)
      .executeTakeFirst();
    return row === undefined ? null : row;
  }

  takeBeat: Store["takeBeat"] = (...given) => beats.takeBeat(this.#db, ...given);
  beat: Store["beat"] = (...given) => beats.readBeat(this.#db, ...given);
  beats: Store["beats"] = (...given) => beats.readBeats(this.#db, ...given);
  noteContact: Store["noteContact"] = (...given) => beats.noteContact(this.#db, ...given);
  keepInventory: Store["keepInventory"] = (...given) => beats.keepInventory(this.#db, ...given);
  keepTrees: Store["keepTrees"] = (...given) => beats.keepTrees(this.#db, ...given);
  trees: Store["trees"] = (...given) => beats.readTrees(this.#db, ...given);
  inventory: Store["inventory"] = (...given) => beats.readInventory(this.#db, ...given);
  putQuestion: Store["putQuestion"] = (...given) => beats.putQuestion(this.#db, ...given);
  questions: Store["questions"] = (...given) => beats.readQuestions(this.#db, ...given);
  noteAsked: Store["noteAsked"] = (...given) => beats.noteAsked(this.#db, ...given);
  takeQuestion: Store["takeQuestion"] = (...given) => beats.takeQuestion(this.#db, ...given);
  dropQuestions: Store["dropQuestions"] = (...given) => beats.dropQuestions(this.#db, ...given);
}

async function expectSize(db: Transaction<Tables>, repo: number, size: number): Promise<void> {
  const last = await db
    .selectFrom("journal")
    .select("idx")
    .where("repo", "=", repo)
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  const count = last === undefined ? 0 : last.idx + 1;
  if (count !== size) throw otherWriter(repo, size);
}

/** A statement takes no more values than a database knows places for: 32,766 on SQLite. */
const linesInStatement = 1000;

/** Two processes may have found the same size: the table's key gives the place to one of them. */
async function insertLines(
  trx: Transaction<Tables>,
  lines: readonly Tables["journal"][],
): Promise<void> {
  for (let from = 0; from < lines.length; from += linesInStatement) {
    const some = lines.slice(from, from + linesInStatement);
    const done = await trx
      .insertInto("journal")
      .values(some)
      .onConflict((conflict) => conflict.columns(["repo", "idx"]).doNothing())
      .executeTakeFirst();
    const [first] = some;
    if (first !== undefined && done.numInsertedOrUpdatedRows !== BigInt(some.length)) {
      throw otherWriter(first.repo, first.idx);
    }
  }
}

function otherWriter(repo: number, size: number): CountersignError {
  return new CountersignError(
    "log_mismatch",
    `The log of repository ${repo} does not have ${size} entries any more.`,
    { hint: "Another process wrote it meanwhile: what is decided has to be decided anew." },
  );
}
