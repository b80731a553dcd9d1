/** Looks after a fleet as if every webhook had been lost. */
import type { Fleet } from "./fleet.ts";
import { flushOutcomes } from "./flush.ts";
import { forgottenJobs } from "./forgotten.ts";
import { unreadCommands } from "./hearing.ts";
import { lateSites } from "./hello.ts";
import { noteSilence } from "./silence.ts";
import type { Job } from "./store-port.ts";

/** Everything that may be open: the branch, every proposal, every action. */
export async function sweep(fleet: Fleet): Promise<readonly Job[]> {
  fleet.forge.forgetPeople();
  const runAt = fleet.clock.now();
  const open = await fleet.forge.openPulls();
  const queue = await fleet.forge.queueOf(fleet.repository.defaultBranch);
  const { authorisations } = fleet.log.history;
  const sites = new Set(
    [...authorisations.values()].flatMap(({ end, entry }) => (end === null ? entry.site : [])),
  );
  await noteSilence(fleet);
  // What no report flushed; the one asked for here comes when the next batch is due.
  await flushOutcomes(fleet);
  return [
    { kind: "settle", key: "", runAt },
    { kind: "report", key: "incidents", runAt },
    ...(await unreadCommands(fleet)),
    { kind: "report", key: "drift", runAt },
    { kind: "report", key: "branches", runAt },
    ...open.map(({ number }): Job => ({ kind: "review", key: String(number), runAt })),
    ...queue.map(({ commit }): Job => ({ kind: "queue", key: commit, runAt })),
    ...(await lateSites(fleet)),
    ...forgottenJobs(fleet),
    ...[...sites].map((site): Job => ({ kind: "deliver", key: site, runAt })),
  ];
}
