/**
 * The queue in one table, for one process on SQLite. On PostgreSQL it is `boss-queue.ts`; both keep
 * the promises of `workflow/queue-port.ts`, and one suite of tests holds them to it.
 */
import { type Kysely, sql } from "kysely";
import type { Clock } from "../workflow/ports.ts";
import {
  backoffSeconds,
  type ClaimedJob,
  type DeadLetter,
  type Failed,
  type Lane,
  type Queue,
  type QueueDepth,
  queueRules,
} from "../workflow/queue-port.ts";
import type { Job } from "../workflow/store-port.ts";
import type { Tables } from "./database.ts";

export type QueueTables = {
  jobs: {
    repo: number;
    kind: Job["kind"];
    key: string;
    run_at: number;
    attempts: number;
    /** It is a dead letter once its attempts are used up. */
    attempts_most: number;
    leased_until: number;
    /** 1 when it was enqueued again while it ran. */
    again: number;
    error: string | null;
    failed_at: number | null;
  };
};
type Db = Kysely<Tables & QueueTables>;

export const queueMigrations: readonly ((db: Db) => Promise<void>)[] = [
  async function jobs(db) {
    await db.schema
      .createTable("jobs")
      .addColumn("repo", "bigint", (c) => c.notNull())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("key", "text", (c) => c.notNull())
      .addColumn("run_at", "bigint", (c) => c.notNull())
      .addColumn("attempts", "integer", (c) => c.notNull())
      .addColumn("attempts_most", "integer", (c) => c.notNull())
      .addColumn("leased_until", "bigint", (c) => c.notNull())
      .addColumn("again", "integer", (c) => c.notNull())
      .addColumn("error", "text")
      .addColumn("failed_at", "bigint")
      .addPrimaryKeyConstraint("jobs_pk", ["repo", "kind", "key"])
      .execute();
    await db.schema.createIndex("jobs_due").on("jobs").columns(["run_at"]).execute();
  },
];

/**
 * A job that waits already is the same job, run at the earlier of the two times. One that runs
 * now comes again at the time asked for. A dead letter is asked for anew: it gets one more attempt.
 */
export async function enqueueInTable(db: Db, repo: number, job: Job): Promise<void> {
  const waiting = {
    run_at: sql<number>`case when jobs.leased_until > 0 and jobs.again = 0 then excluded.run_at
      when jobs.attempts >= jobs.attempts_most then excluded.run_at
      when jobs.run_at < excluded.run_at then jobs.run_at else excluded.run_at end`,
    again: sql<number>`case when jobs.leased_until > 0 then 1 else 0 end`,
    attempts_most: sql<number>`case when jobs.leased_until = 0 and jobs.attempts >= jobs.attempts_most
      then jobs.attempts + 1 else jobs.attempts_most end`,
  };
  await db
    .insertInto("jobs")
    .values({
      repo,
      kind: job.kind,
      key: job.key,
      run_at: job.runAt,
      attempts: 0,
      attempts_most: queueRules.attempts,
      leased_until: 0,
      again: 0,
      error: null,
      failed_at: null,
    })
    .onConflict((conflict) => conflict.columns(["repo", "kind", "key"]).doUpdateSet(waiting))
    .execute();
}

/**
 * Claims and their ends wait for no disk. A power cut may take the last ones back, never out of
 * order; then a job runs once more, as after any other end of its worker.
 */
export function openTableQueue(db: Db, clock: Clock): Queue {
  const leaseUntil = () => clock.now() + queueRules.leaseSeconds;
  return {
    async claim(full = []) {
      await buryAbandoned(db, clock.now());
      return claimNext(db, { now: clock.now(), leaseUntil: leaseUntil(), full });
    },
    async renew(job) {
      await claimed(db, job).set({ leased_until: leaseUntil() }).execute();
    },
    finish: (job) => finish(db, job),
    fail: (job, error) => fail(db, { job, error, now: clock.now() }),
    dead: () => dead(db),
    depth: () => depth(db, clock.now()),
  };
}

/** The row of a claim, unless somebody else claimed it since. */
function claimed(db: Db, { repo, kind, key, attempts }: ClaimedJob) {
  return db
    .updateTable("jobs")
    .where((row) => row.and({ repo, kind, key, attempts }))
    .where("leased_until", ">", 0);
}

async function claimNext(
  db: Db,
  facts: { readonly now: number; readonly leaseUntil: number; readonly full: readonly Lane[] },
): Promise<ClaimedJob | null> {
  return db.transaction().execute(async (trx) => {
    const due = await trx
      .selectFrom("jobs")
      .select(["repo", "kind", "key", "attempts", "run_at"])
      .where("run_at", "<=", facts.now)
      .where("leased_until", "<=", facts.now)
      .whereRef("attempts", "<", "attempts_most")
      .where((row) => row.and(facts.full.map(({ repo, kind }) => row.not(row.and({ repo, kind })))))
      .orderBy("run_at")
      .orderBy(sql`rowid`)
      .limit(1)
      .executeTakeFirst();
    if (due === undefined) return null;
    const { run_at: runAt, ...subject } = due;
    const attempts = due.attempts + 1;
    await trx
      .updateTable("jobs")
      .set({ leased_until: facts.leaseUntil, attempts, again: 0 })
      .where((row) => row.and(subject))
      .execute();
    return { ...subject, attempts, runAt };
  });
}

/** What was claimed for the last time by a worker that ended without a word. */
async function buryAbandoned(db: Db, now: number): Promise<void> {
  await db
    .updateTable("jobs")
    .set({ leased_until: 0, failed_at: now, error: "Its worker ended." })
    .where("leased_until", ">", 0)
    .where("leased_until", "<=", now)
    .whereRef("attempts", ">=", "attempts_most")
    .execute();
}

async function finish(db: Db, job: ClaimedJob): Promise<void> {
  const fresh = { attempts: 0, attempts_most: queueRules.attempts, error: null, failed_at: null };
  await db.transaction().execute(async (trx) => {
    const again = await claimed(trx, job)
      .set({ ...fresh, leased_until: 0, again: 0 })
      .where("again", "=", 1)
      .executeTakeFirst();
    if (again.numUpdatedRows > 0n) return;
    const { repo, kind, key, attempts } = job;
    await trx
      .deleteFrom("jobs")
      .where((row) => row.and({ repo, kind, key, attempts }))
      .where("leased_until", ">", 0)
      .execute();
  });
}

async function fail(
  db: Db,
  { job, error, now }: { readonly job: ClaimedJob; readonly error: string; readonly now: number },
): Promise<Failed> {
  const again = now + backoffSeconds(job.attempts);
  const most = sql<number>`case when again = 1 and attempts >= attempts_most
    then attempts + 1 else attempts_most end`;
  const row = await claimed(db, job)
    .set({ leased_until: 0, run_at: again, attempts_most: most, error, failed_at: now, again: 0 })
    .returning(["attempts", "attempts_most"])
    .executeTakeFirst();
  if (row === undefined || row.attempts < row.attempts_most) return { kind: "again", at: again };
  return { kind: "dead" };
}

async function dead(db: Db): Promise<readonly DeadLetter[]> {
  const rows = await db
    .selectFrom("jobs")
    .select(["repo", "kind", "key", "attempts", "error", "failed_at"])
    .whereRef("attempts", ">=", "attempts_most")
    .where("leased_until", "=", 0)
    .orderBy("failed_at")
    .limit(queueRules.listed)
    .execute();
  return rows.map(({ error, failed_at, ...job }) => ({
    ...job,
    error: error ?? "",
    failedAt: failed_at ?? 0,
  }));
}

async function depth(db: Db, now: number): Promise<QueueDepth> {
  const rows = await db
    .selectFrom("jobs")
    .select(["run_at", "leased_until", "attempts", "attempts_most"])
    .execute();
  const running = rows.filter((row) => row.leased_until > now);
  const buried = rows.filter((row) => row.leased_until <= now && row.attempts >= row.attempts_most);
  const waiting = rows.filter((row) => row.leased_until <= now && row.attempts < row.attempts_most);
  const due = waiting.filter((row) => row.run_at <= now);
  return {
    waiting: waiting.length,
    running: running.length,
    dead: buried.length,
    oldestDueAt: due.length === 0 ? null : Math.min(...due.map((row) => row.run_at)),
  };
}
