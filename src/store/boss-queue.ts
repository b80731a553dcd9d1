/**
 * The queue on PostgreSQL: pg-boss. A job and the state change it belongs to commit in one
 * transaction, each subject is worked on in strict order, and several replicas share the work.
 * docs/decisions: "The queue is pg-boss on PostgreSQL, a table on SQLite".
 */
import { type Kysely, sql, type Transaction } from "kysely";
import { type Clock as BossClock, fromKysely, type JobWithMetadata, PgBoss } from "pg-boss";
import {
  type ClaimedJob,
  type DeadLetter,
  type Failed,
  type Queue,
  type QueueDepth,
  queueRules,
} from "../workflow/queue-port.ts";
import type { Job } from "../workflow/store-port.ts";
import type { Tables } from "./database.ts";

export interface BossOptions {
  /** Faults of connections and of pg-boss's own upkeep: it goes on by itself. */
  readonly onError: (error: Error) => void;
  /** Only tests bring a clock of their own. */
  readonly clock?: BossClock;
}
type Data = Pick<ClaimedJob, "repo" | "kind" | "key">;
type Db = NonNullable<Parameters<PgBoss["fetch"]>[1]>["db"];

const schema = "countersign_queue";
const jobs = "jobs";
const deadLetters = "dead-letters";
const keptSeconds = 30 * 24 * 3600;

export async function openBossQueue(
  url: string,
  db: Kysely<Tables>,
  { onError, clock }: BossOptions,
): Promise<{ readonly boss: PgBoss; readonly queue: Queue }> {
  const boss = new PgBoss({
    connectionString: url,
    schema,
    max: 4,
    schedule: false,
    // Every replica looks for claims without a heartbeat this often.
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
    maintenanceIntervalSeconds: 300,
    ...(clock === undefined ? {} : { clock }),
  });
  boss.on("error", onError);
  await boss.start();
  await boss.createQueue(deadLetters, {
    retentionSeconds: keptSeconds,
    deleteAfterSeconds: keptSeconds,
  });
  await boss.createQueue(jobs, {
    policy: "key_strict_fifo",
    deadLetter: deadLetters,
    heartbeatSeconds: queueRules.leaseSeconds,
    expireInSeconds: 23 * 3600,
    retryLimit: queueRules.attempts - 1,
    // The delay is half this and up to all of it, times two for each attempt.
    retryDelay: 1,
    retryBackoff: true,
    retryDelayMax: queueRules.backoffAtMostSeconds,
    retentionSeconds: keptSeconds,
    deleteAfterSeconds: keptSeconds,
  });
  const now = () => clock?.now() ?? Date.now();
  return { boss, queue: queueOf(boss, { db, now }) };
}

/**
 * Puts a job in as part of a transaction. One that waits is the same job, run at the earlier of the
 * two times; beside one that runs, another waits for its end; a dead letter gets one more attempt.
 */
export const enqueueInBoss =
  (boss: PgBoss) =>
  async (trx: Transaction<Tables>, repo: number, job: Job): Promise<void> => {
    const data: Data = { repo, kind: job.kind, key: job.key };
    const singletonKey = subject(data);
    const db = fromKysely(trx);
    const startAfter = new Date(job.runAt * 1000);
    await takeTurn(trx, repo);
    const kept = await boss.findJobs<Data>(jobs, { key: singletonKey, db });
    const failed = kept.find(({ state }) => state === "failed");
    if (failed !== undefined) {
      await revive(boss, failed, db);
      await boss.update(jobs, undefined, { id: failed.id, startAfter, db });
      return;
    }
    const waiting = kept.find(({ state }) => state === "created" || state === "retry");
    if (waiting === undefined) {
      const group = { id: lane(data) };
      await boss.send(jobs, data, { singletonKey, group, startAfter, db });
    } else if (waiting.startAfter > startAfter) {
      await boss.update(jobs, undefined, { id: waiting.id, startAfter, db });
    }
  };

/** No two subjects have one text. */
const subject = ({ repo, kind, key }: Data): string => JSON.stringify([repo, kind, key]);
const lane = ({ repo, kind }: Pick<Data, "repo" | "kind">): string => `${repo}/${kind}`;

/**
 * Two askers would both find nothing there: they take turns. One lock for a fleet, and not one for
 * a subject: two transactions with many jobs could wait for each other, and locks are not endless.
 */
async function takeTurn(trx: Transaction<Tables>, repo: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${String(repo)}, 9))`.execute(trx);
}

/** The same job again, for one attempt more; its dead letter goes. */
async function revive(boss: PgBoss, failed: JobWithMetadata<Data>, db?: Db): Promise<void> {
  const connection = db === undefined ? {} : { db };
  await boss.retry(jobs, failed.id, connection);
  const letters = await boss.findJobs<Data>(deadLetters, {
    key: subject(failed.data),
    ...connection,
  });
  if (letters.length === 0) return;
  await boss.deleteJob(
    deadLetters,
    letters.map(({ id }) => id),
    connection,
  );
}

function queueOf(
  boss: PgBoss,
  { db, now }: { readonly db: Kysely<Tables>; readonly now: () => number },
): Queue {
  return {
    async claim(full = []) {
      const [job] = await boss.fetch<Data>(jobs, {
        includeMetadata: true,
        ignoreGroups: full.map(lane),
      });
      return job === undefined ? null : claimOf(job);
    },
    async renew(job) {
      await boss.touch(jobs, attempt(job));
    },
    async finish(job) {
      // Its row goes: what was done is on record where it was done.
      await boss.deleteJob(jobs, attempt(job));
    },
    fail: (job, error) => fail(boss, db, { job, error }),
    async dead() {
      const letters = await boss.findJobs<Data>(deadLetters, { limit: queueRules.listed });
      return letters.map(deadLetterOf);
    },
    depth: () => depth(db, new Date(now())),
  };
}

function claimOf(job: JobWithMetadata<Data>): ClaimedJob {
  const runAt = Math.floor(job.startAfter.getTime() / 1000);
  return { ...job.data, attempts: job.retryCount + 1, runAt, claim: job.id };
}

/** Settles this claim alone: once it lapsed, the call changes nothing. */
function attempt({ claim, attempts }: ClaimedJob): { id: string; retryCount: number } {
  if (claim === undefined) throw new TypeError("This job was not claimed from this queue.");
  return { id: claim, retryCount: attempts - 1 };
}

function fail(
  boss: PgBoss,
  database: Kysely<Tables>,
  { job, error }: { readonly job: ClaimedJob; readonly error: string },
): Promise<Failed> {
  return database.transaction().execute(async (trx): Promise<Failed> => {
    const singletonKey = subject(job);
    await takeTurn(trx, job.repo);
    await boss.fail(jobs, attempt(job), { error });
    const kept = await boss.findJobs<Data>(jobs, { key: singletonKey });
    const own = kept.find(({ id }) => id === job.claim);
    if (own?.state === "failed") {
      // It was asked for again while it ran: that one may not wait behind it for ever.
      if (kept.length > 1) await revive(boss, own);
      else return { kind: "dead" };
    }
    return { kind: "again", at: Math.floor((own?.startAfter.getTime() ?? 0) / 1000) };
  });
}

function deadLetterOf(letter: JobWithMetadata<Data>): DeadLetter {
  const { repo, kind, key } = letter.data;
  const said: unknown = letter.sourceOutput;
  const error =
    typeof said === "object" && said !== null && "error" in said && typeof said.error === "string"
      ? said.error
      : "Its worker ended.";
  const attempts = (letter.sourceRetryCount ?? 0) + 1;
  const failedAt = Math.floor(letter.createdOn.getTime() / 1000);
  return { repo, kind, key, attempts, error, failedAt };
}

/** Counted anew: pg-boss's own counts are up to a minute old. */
async function depth(db: Kysely<Tables>, now: Date): Promise<QueueDepth> {
  const { rows } = await sql<QueueDepth>`
    select
      count(*) filter (where name = ${jobs} and state in ('created', 'retry')) as "waiting",
      count(*) filter (where name = ${jobs} and state = 'active') as "running",
      count(*) filter (where name = ${deadLetters} and state = 'created') as "dead",
      floor(extract(epoch from min(start_after) filter (
        where name = ${jobs} and state in ('created', 'retry') and start_after <= ${now}
      )))::bigint as "oldestDueAt"
    from ${sql.id(schema, "job")}`.execute(db);
  return rows[0] ?? { waiting: 0, running: 0, dead: 0, oldestDueAt: null };
}
