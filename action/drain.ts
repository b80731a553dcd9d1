/** Works off everything that is outstanding, until nothing is due or the time is over. */
import { CountersignError } from "../src/errors.ts";
import { missingPermission } from "../src/github/client.ts";
import { runJob } from "../src/server/run-job.ts";
import { startWorker } from "../src/server/worker.ts";
import type { Fleet } from "../src/workflow/fleet.ts";
import type { Queue } from "../src/workflow/queue-port.ts";

export interface Drained {
  /** What failed last, and was not done since; by the kind and key of the job. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Another run wrote the log meanwhile: what this one knows is not the log any more. */
  readonly overtaken: boolean;
}

const lookEveryMilliseconds = 40;
/** A fault, or a merge that GitHub does not tell of yet, is given this long to pass. */
const patienceSeconds = 20;
/** A site at work is followed so long; after that the next run asks it. */
const followedSeconds = 300;

/** @param until Unix seconds: no job begins after it */
export async function drain(
  { fleet, queue }: { readonly fleet: Fleet; readonly queue: Queue },
  { until, waits }: { readonly until: number; readonly waits: boolean },
): Promise<Drained> {
  const failed = new Map<string, unknown>();
  /** What jobs asked to be looked at again, by kind and key: Unix seconds. */
  const expected = new Map<string, number>();
  const state = { overtaken: false };
  const worker = startWorker({
    queue,
    log: { debug() {}, warn() {}, error() {} },
    async run(job) {
      const name = `${job.kind} ${job.key}`;
      expected.delete(name);
      try {
        for (const next of await runJob(fleet, job)) {
          await fleet.store.enqueue(fleet.repository.id, next);
          expected.set(`${next.kind} ${next.key}`, next.runAt);
        }
        failed.delete(name);
      } catch (fault) {
        failed.set(name, fault);
        state.overtaken ||= isOvertaken(fault);
        throw fault;
      }
    },
  });
  const patientUntil = Math.min(until, fleet.clock.now() + patienceSeconds);
  while (!state.overtaken && fleet.clock.now() < until) {
    const { running, oldestDueAt, waiting } = await queue.depth();
    const isPatient = fleet.clock.now() < patientUntil;
    const isExpected = waits && [...expected.values()].some((at) => at < patientUntil);
    const mayPass = [...failed.values()].some((fault) => missingPermission(fault) === null);
    const goesOn = isInFlight(fleet) || (isPatient && (isExpected || mayPass));
    if (running === 0 && oldestDueAt === null && (waiting === 0 || !goesOn)) break;
    if (oldestDueAt !== null) worker.wake();
    await new Promise((resolve) => setTimeout(resolve, lookEveryMilliseconds));
  }
  await worker.stop();
  return { failed, overtaken: state.overtaken };
}

export const isOvertaken = (fault: unknown): boolean =>
  fault instanceof CountersignError && fault.code === "log_mismatch";

/** A site may be at work on what it was sent. */
function isInFlight({ log, clock }: Fleet): boolean {
  return [...log.history.authorisations.values()].some(
    ({ sentAt, end }) =>
      end === null && sentAt !== null && clock.now() - Date.parse(sentAt) / 1000 < followedSeconds,
  );
}
