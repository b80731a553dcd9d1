/**
 * Works off the durable queue: several jobs at a time, one per subject. A job that fails waits
 * longer each time and is never dropped; a killed worker's lease runs out and the job runs again.
 */
import type { Logger } from "pino";
import { reach } from "../failpoint.ts";
import type { Clock } from "../workflow/ports.ts";
import type { ClaimedJob, Lane, Store } from "../workflow/store-port.ts";

/** Jobs at a time: in all, and of one kind of one fleet, so that none keeps the others waiting. */
const most = { inAll: 32, inLane: 4 };
const leaseSeconds = 30;
const renewEveryMilliseconds = 8000;
const lookEveryMilliseconds = 1000;

export interface Worker {
  /** There may be something to do now. */
  wake(): void;
  /** Takes no new job and resolves when the running ones have ended. */
  stop(): Promise<void>;
}

export function startWorker(facts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly run: (job: ClaimedJob) => Promise<void>;
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
        const now = facts.clock.now();
        const job = await facts.store.claim(now, now + leaseSeconds, fullLanes(running.values()));
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
function keepLease(
  job: ClaimedJob,
  { store, clock, log }: Parameters<typeof startWorker>[0],
): () => void {
  const timer = setInterval(() => {
    void store
      .renew(job, clock.now() + leaseSeconds)
      .catch((error: unknown) => log.error({ err: error, kind: job.kind }, "cannot renew a lease"));
  }, renewEveryMilliseconds);
  return () => clearInterval(timer);
}

async function workOff(job: ClaimedJob, facts: Parameters<typeof startWorker>[0]): Promise<void> {
  const { store, clock, log, run } = facts;
  const endLease = keepLease(job, facts);
  const what = { repo: job.repo, kind: job.kind, key: job.key, attempt: job.attempts };
  try {
    reach("job.claimed");
    await run(job);
    reach("job.done");
    await store.finish(job);
    reach("job.finished");
    log.debug(what, "job done");
  } catch (error) {
    const delay = Math.min(2 ** job.attempts, 60);
    log.warn({ ...what, err: error, again: delay }, "job failed, and is tried again");
    await store
      .release(job, clock.now() + delay, error instanceof Error ? error.message : String(error))
      .catch((again: unknown) => log.error({ ...what, err: again }, "cannot release a job"));
  } finally {
    endLease();
  }
}
