/**
 * When the audit branch follows for what no action waits for: outcomes and incidents go there
 * together, at most one batch in 30 seconds, and at once where nothing is left to do. What an action
 * waits for is flushed by whoever authorises or sends it. docs/protocol.md, "Audit log".
 */
import type { Fleet } from "./fleet.ts";
import type { Job } from "./store-port.ts";

const batchSeconds = 30;

/**
 * Judged by the log alone, so that neither a restart nor a second process makes it more: the oldest
 * entry that is not on the branch yet waits for others to come.
 * @returns the job that brings the rest to the branch; `null` where all of it is there
 */
export async function flushOutcomes({ log, clock }: Fleet): Promise<Job | null> {
  const oldest = log.entries[log.flushedSize];
  if (oldest === undefined) return null;
  const dueAt = Math.floor(Date.parse(oldest.at) / 1000) + batchSeconds;
  const isBusy = [...log.history.authorisations.values()].some(({ end }) => end === null);
  if (isBusy && clock.now() < dueAt) return { kind: "report", key: "incidents", runAt: dueAt };
  await log.flush();
  return null;
}
