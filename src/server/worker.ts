/**
 * Works off the durable queue: several jobs at a time, one per subject. A job that fails waits
 * longer each time and is never dropped; a killed worker's lease runs out and the job runs again.
 */
import type { Logger } from "pino";
import type { ClaimedJob, Clock, Store } from "../workflow/ports.ts";

const concurrency = 4;
const leaseSeconds = 300;
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
  const running = new Set<Promise<void>>();
  const state: { stopped: boolean; looking: Promise<void> | null; again: boolean } = {
    stopped: false,
    looking: null,
    again: false,
  };

  async function look(): Promise<void> {
    do {
      state.again = false;
      while (!state.stopped && running.size < concurrency) {
        const now = facts.clock.now();
        const job = await facts.store.claim(now, now + leaseSeconds);
        if (job === null) break;
        const work = workOff(job, facts).finally(() => {
          running.delete(work);
          wake();
        });
        running.add(work);
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
      await Promise.all(running);
    },
  };
}

async function workOff(
  job: ClaimedJob,
  { store, clock, log, run }: Parameters<typeof startWorker>[0],
): Promise<void> {
  const what = { repo: job.repo, kind: job.kind, key: job.key, attempt: job.attempts };
  try {
    await run(job);
    await store.finish(job);
    log.debug(what, "job done");
  } catch (error) {
    const delay = Math.min(2 ** job.attempts, 60);
    log.warn({ ...what, err: error, again: delay }, "job failed, and is tried again");
    await store
      .release(job, clock.now() + delay, error instanceof Error ? error.message : String(error))
      .catch((again: unknown) => log.error({ ...what, err: again }, "cannot release a job"));
  }
}
