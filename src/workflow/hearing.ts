/**
 * Who says which commands were carried out. The App's answers say it themselves; in the name that a
 * run of the Action writes in, every workflow can write, so there the log says it (`answered`).
 * Whichever of the two takes a fleet over does not carry out again what the other did.
 */
import type { AuditEntry } from "../contract/audit-entry.ts";
import { parseCommands } from "../domain/commands.ts";
import { answers } from "./answer.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import type { Job } from "./store-port.ts";

/** How far back a command that nobody heard is looked for: a week where no webhook brings any. */
const heardSeconds = { webhooks: 24 * 3600, none: 7 * 24 * 3600 };

/** Beside the first entry of a log that a run begins: everything is still to be heard. */
export function firstHearing({ answersInLog }: Fleet, now: number): readonly AuditEntry[] {
  if (answersInLog !== true) return [];
  return [{ at: instantOf(now), kind: "hearing", since: instantOf(now - heardSeconds.none) }];
}

/**
 * Comments whose event was lost, or that no event tells of: without an answer, `/countersign hold`
 * must not stay unheard.
 */
export async function unreadCommands(fleet: Fleet): Promise<Job[]> {
  const { answersInLog, clock, forge, log } = fleet;
  if (log.history.bootstrapped === null) return [];
  await takeOver(fleet);
  const back = answersInLog === true ? heardSeconds.none : heardSeconds.webhooks;
  const comments = await forge.commentsSince(instantOf(clock.now() - back));
  const { answered, heardSince } = log.history;
  const since = heardSince === null ? Number.NEGATIVE_INFINITY : Date.parse(heardSince);
  const isAnswered = ({ id, issue, createdAt }: (typeof comments)[number]): boolean =>
    answered.has(id) ||
    (answersInLog === true
      ? !(Date.parse(createdAt) > since)
      : comments.some((one) => one.issue === issue && answers(one, id)));
  return comments
    .filter((one) => !one.own && parseCommands(one.body).length > 0 && !isAnswered(one))
    .map(({ issue, id }) => ({ kind: "command", key: `${issue} ${id}`, runAt: clock.now() }));
}

/**
 * On record at the first time. What the App carried out with an effect is in its log: a command that
 * is later than the newest entry had none yet, and one that is earlier was the App's to hear.
 */
async function takeOver({ answersInLog, clock, log }: Fleet): Promise<void> {
  const keeps = answersInLog === true;
  if (keeps === (log.history.heardSince !== null)) return;
  const newest = log.entries.at(-1)?.at;
  const at = instantOf(clock.now());
  const since = keeps ? (newest ?? at) : null;
  await log.append(({ heardSince }) =>
    keeps === (heardSince !== null) ? null : { entries: [{ at, kind: "hearing", since }] },
  );
}
