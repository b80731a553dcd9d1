/** Looks after a fleet as if every webhook had been lost. */
import { parseCommands } from "../domain/commands.ts";
import { answers } from "./answer.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { flushOutcomes } from "./flush.ts";
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
    ...[...sites].map((site): Job => ({ kind: "deliver", key: site, runAt })),
  ];
}

/** How far back a command that nobody heard is looked for: a week where no webhook brings any. */
const heardSeconds = { webhooks: 24 * 3600, none: 7 * 24 * 3600 };

/** Comments whose webhook was lost: without an answer, `/countersign hold` must not stay unheard. */
async function unreadCommands({ answersInLog, clock, forge, log }: Fleet): Promise<Job[]> {
  const back = answersInLog === true ? heardSeconds.none : heardSeconds.webhooks;
  const comments = await forge.commentsSince(instantOf(clock.now() - back));
  const isAnswered = ({ id, issue }: (typeof comments)[number]): boolean =>
    answersInLog === true
      ? log.history.answered.has(id)
      : comments.some((one) => one.issue === issue && answers(one, id));
  return comments
    .filter((one) => !one.own && parseCommands(one.body).length > 0 && !isAnswered(one))
    .map(({ issue, id }) => ({ kind: "command", key: `${issue} ${id}`, runAt: clock.now() }));
}
