/** The Store on any database that Kysely speaks to. */
import { type Kysely, sql, type Transaction } from "kysely";
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { reach } from "../failpoint.ts";
import type {
  ClaimedJob,
  FleetAddress,
  Job,
  Lane,
  SiteHead,
  Store,
} from "../workflow/store-port.ts";
import type { Tables } from "./database.ts";

type Database = Kysely<Tables> | Transaction<Tables>;

export class KyselyStore implements Store {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
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
      if (journal.length > 0) await trx.insertInto("journal").values(journal).execute();
      for (const [digest, text] of change.texts ?? []) {
        await trx
          .insertInto("texts")
          .values({ repo, digest, text })
          .onConflict((conflict) => conflict.columns(["repo", "digest"]).doNothing())
          .execute();
      }
      for (const job of change.jobs ?? []) await enqueue(trx, repo, job);
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
    await enqueue(this.#db, repo, job);
  }

  async claim(
    now: number,
    leaseUntil: number,
    full: readonly Lane[] = [],
  ): Promise<ClaimedJob | null> {
    const row = await this.#db
      .updateTable("jobs")
      .set({ leased_until: leaseUntil, attempts: sql`attempts + 1`, again: 0 })
      .where("id", "=", (select) =>
        select
          .selectFrom("jobs")
          .select("id")
          .where("run_at", "<=", now)
          .where("leased_until", "<=", now)
          .where((one) => one.and(full.map(({ repo, kind }) => one.not(one.and({ repo, kind })))))
          .orderBy("run_at")
          .orderBy("id")
          .limit(1),
      )
      .returning(["repo", "kind", "key", "run_at", "attempts"])
      .executeTakeFirst();
    if (row === undefined) return null;
    const { repo, key, attempts } = row;
    return { repo, key, attempts, kind: row.kind, runAt: row.run_at };
  }

  async renew(job: ClaimedJob, leaseUntil: number): Promise<void> {
    await this.#db
      .updateTable("jobs")
      .set({ leased_until: leaseUntil })
      .where((row) => row.and({ repo: job.repo, kind: job.kind, key: job.key }))
      .execute();
  }

  async finish(job: ClaimedJob): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      await named(trx, job).where("again", "=", 0).execute();
      await trx
        .updateTable("jobs")
        .set({ leased_until: 0, attempts: 0, again: 0, error: null })
        .where((row) => row.and({ repo: job.repo, kind: job.kind, key: job.key }))
        .execute();
    });
  }

  async release(job: ClaimedJob, runAt: number, error: string): Promise<void> {
    await this.#db
      .updateTable("jobs")
      .set({ leased_until: 0, run_at: runAt, error })
      .where((row) => row.and({ repo: job.repo, kind: job.kind, key: job.key }))
      .execute();
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

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}

async function expectSize(db: Database, repo: number, size: number): Promise<void> {
  const last = await db
    .selectFrom("journal")
    .select("idx")
    .where("repo", "=", repo)
    .orderBy("idx", "desc")
    .limit(1)
    .executeTakeFirst();
  const count = last === undefined ? 0 : last.idx + 1;
  if (count === size) return;
  throw new CountersignError(
    "log_mismatch",
    `The log of repository ${repo} has ${count} entries where ${size} were expected.`,
    { hint: "Only one process may write a log: stop the other one, then start again." },
  );
}

/**
 * A job that waits already is the same job, run at the earlier of the two times. One that runs
 * now comes again at the time asked for.
 */
async function enqueue(db: Database, repo: number, job: Job): Promise<void> {
  const waiting = {
    run_at: sql<number>`case when jobs.leased_until > 0 and jobs.again = 0 then excluded.run_at
      else min(jobs.run_at, excluded.run_at) end`,
    again: sql<number>`case when jobs.leased_until > 0 then 1 else 0 end`,
  };
  await db
    .insertInto("jobs")
    .values({
      repo,
      kind: job.kind,
      key: job.key,
      run_at: job.runAt,
      attempts: 0,
      leased_until: 0,
      again: 0,
      error: null,
    })
    .onConflict((conflict) => conflict.columns(["repo", "kind", "key"]).doUpdateSet(waiting))
    .execute();
}

function named(db: Database, job: ClaimedJob) {
  return db
    .deleteFrom("jobs")
    .where("repo", "=", job.repo)
    .where("kind", "=", job.kind)
    .where("key", "=", job.key);
}
