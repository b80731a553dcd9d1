/**
 * Works off the durable queue: several jobs at a time, one per subject. A job that fails waits
 * longer each time, and after the last attempt it is a dead letter until something asks for it anew;
 * a killed worker's lease runs out and the job runs again.
 */
import { reach } from "../failpoint.ts";
import { type ClaimedJob, type Lane, type Queue, queueRules } from "../workflow/queue-port.ts";
import type { JobResult } from "./metrics.ts";

/** Jobs at a time: in all, and of one kind of one fleet, so that none keeps the others waiting. */
const most = { inAll: 32, inLane: 4 };
const renewEveryMilliseconds = (queueRules.leaseSeconds * 1000) / 4;
const lookEveryMilliseconds = 1000;

/** As much of a logger as it needs. */
export interface WorkerLog {
  debug(what: object, text: string): void;
  warn(what: object, text: string): void;
  error(what: object, text: string): void;
}

export interface Worker {
  /** There may be something to do now. */
  wake(): void;
  /** Takes no new job and resolves when the running ones have ended. */
  stop(): Promise<void>;
}

export function startWorker(facts: {
  readonly queue: Queue;
  readonly log: WorkerLog;
  readonly run: (job: ClaimedJob) => Promise<void>;
  readonly count?: (kind: ClaimedJob["kind"], result: JobResult) => void;
}): Worker {
  const running = new Map<Promise<void>, ClaimedJob>();
  const state: { stopped: boolean; looking: Promise<void> | null; again: boolean } = {
    stopped: false,
    looking: null,
    again: false,
  };

  async function look(): Promise<void> {
    do {
      state.again = false;
      while (!state.stopped && running.size < most.inAll) {
        const job = await facts.queue.claim(fullLanes(running.values()));
        if (job === null) break;
        const work = workOff(job, facts).finally(() => {
          running.delete(work);
          wake();
        });
        running.set(work, job);
      }
    } while (state.again && !state.stopped);
  }
  function wake(): void {
    if (state.stopped) return;
    if (state.looking !== null) {
      state.again = true;
      return;
    }
    state.looking = look()
      .catch((error: unknown) => facts.log.error({ err: error }, "cannot read the queue"))
      .finally(() => {
        state.looking = null;
      });
  }
  const timer = setInterval(wake, lookEveryMilliseconds);
  wake();
  return {
    wake,
    async stop() {
      state.stopped = true;
      clearInterval(timer);
      await state.looking;
      await Promise.all(running.keys());
    },
  };
}

/** Lanes that have as many running jobs as they may. */
function fullLanes(running: Iterable<Lane>): Lane[] {
  const lanes = Map.groupBy(running, ({ repo, kind }) => `${repo} ${kind}`);
  return [...lanes.values()].flatMap((jobs) => (jobs.length < most.inLane ? [] : jobs.slice(0, 1)));
}

/** Keeps the lease of a job as long as it is worked on, however long that takes. */
function keepLease(job: ClaimedJob, { queue, log }: Parameters<typeof startWorker>[0]): () => void {
  const timer = setInterval(() => {
    void queue
      .renew(job)
      .catch((error: unknown) => log.error({ err: error, kind: job.kind }, "cannot renew a lease"));
  }, renewEveryMilliseconds);
  return () => clearInterval(timer);
}

async function workOff(job: ClaimedJob, facts: Parameters<typeof startWorker>[0]): Promise<void> {
  const { queue, log, run } = facts;
  const endLease = keepLease(job, facts);
  const what = { repo: job.repo, kind: job.kind, key: job.key, attempt: job.attempts };
  try {
    reach("job.claimed");
    await run(job);
    reach("job.done");
    await queue.finish(job);
    reach("job.finished");
    facts.count?.(job.kind, "done");
    log.debug(what, "job done");
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const failed = await queue.fail(job, said).catch((fault: unknown) => {
      // Its lease runs out, and then it is tried again.
      log.error({ ...what, err: fault }, "cannot give a job back");
      return null;
    });
    facts.count?.(job.kind, failed?.kind ?? "again");
    if (failed?.kind === "dead") log.error({ ...what, err: error }, "job failed for the last time");
    else log.warn({ ...what, err: error }, "job failed, and is tried again");
  } finally {
    endLease();
  }
}
