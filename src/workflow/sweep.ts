/** Looks after a fleet as if every webhook had been lost. */
import { type Fleet, instantOf } from "./fleet.ts";
import { lateSites } from "./hello.ts";
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
  await fleet.log.flush();
  return [
    { kind: "settle", key: "", runAt },
    { kind: "report", key: "incidents", runAt },
    ...(await unreadCommands(fleet)),
    { kind: "report", key: "drift", runAt },
    ...open.map(({ number }): Job => ({ kind: "review", key: String(number), runAt })),
    ...queue.map(({ commit }): Job => ({ kind: "queue", key: commit, runAt })),
    ...(await lateSites(fleet)),
    ...[...sites].map((site): Job => ({ kind: "deliver", key: site, runAt })),
  ];
}

/** How far back a command that nobody heard is looked for. */
const heardSeconds = 7 * 24 * 3600;

/** Where no webhook brings commands, the comments themselves are asked. */
async function unreadCommands({ answersInLog, clock, forge, log }: Fleet): Promise<Job[]> {
  if (answersInLog !== true) return [];
  const since = instantOf(clock.now() - heardSeconds);
  const { answered } = log.history;
  const comments = await forge.commentsSince(since);
  return comments
    .filter(({ id, body }) => body.includes("/countersign") && !answered.has(id))
    .map(({ issue, id }) => ({ kind: "command", key: `${issue} ${id}`, runAt: clock.now() }));
}
