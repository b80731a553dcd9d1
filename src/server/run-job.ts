/** Which workflow a job is. What it returns has to run later. */
import { CommitSha, NumericId, SiteId } from "../contract/ids.ts";
import { command } from "../workflow/command.ts";
import { deliver } from "../workflow/deliver.ts";
import type { Fleet } from "../workflow/fleet.ts";
import type { ClaimedJob } from "../workflow/queue-port.ts";
import type { Job } from "../workflow/store-port.ts";
import { pair, propose } from "../workflow/prove-pairing.ts";
import { greet } from "../workflow/hello.ts";
import { deliverKeyset } from "../workflow/keysets.ts";
import { reportTrouble } from "../workflow/trouble.ts";
import { report } from "../workflow/report.ts";
import { judgeQueue } from "../workflow/queue.ts";
import { review } from "../workflow/review.ts";
import { settle } from "../workflow/settle.ts";
import { sweep } from "../workflow/sweep.ts";
import { tellManaged } from "../workflow/tell-managed.ts";

export async function runJob(fleet: Fleet, job: ClaimedJob): Promise<readonly Job[]> {
  switch (job.kind) {
    case "sweep":
      return sweep(fleet);
    case "review":
      return reviewOf(fleet, job.key);
    case "settle":
      return settle(fleet);
    case "deliver": {
      const next = await deliver(fleet, SiteId.parse(job.key));
      return next === null ? [] : [next];
    }
    case "report":
      return report(fleet, job.key);
    case "command":
      return commandOf(fleet, job.key);
    case "queue":
      return judgeQueue(fleet, CommitSha.parse(job.key));
    case "pair":
      return job.key === "" ? propose(fleet) : pair(fleet, SiteId.parse(job.key));
    case "keyset": {
      const next = await deliverKeyset(fleet, SiteId.parse(job.key));
      return next === null ? [] : [next];
    }
    case "managed": {
      const next = await tellManaged(fleet, SiteId.parse(job.key));
      return next === null ? [] : [next];
    }
    case "hello":
      await greet(fleet, SiteId.parse(job.key));
      return [];
    case "incident":
      await reportTrouble(fleet, job.key);
      return [];
  }
}

/** `<number of the issue> <id of the comment>` */
function commandOf(fleet: Fleet, key: string): Promise<readonly Job[]> {
  const [issue, comment] = key.split(" ").map(Number);
  return command(fleet, NumericId.parse(issue), NumericId.parse(comment));
}

/** A proposal by its number, every open one with this head, or what a merge queue built there. */
async function reviewOf(fleet: Fleet, key: string): Promise<readonly Job[]> {
  if (/^\d+$/u.test(key) && key.length < 20) return review(fleet, Number(key));
  const head = CommitSha.parse(key);
  const open = (await fleet.forge.openPulls()).filter((pull) => pull.head === head);
  const runAt = fleet.clock.now();
  if (open.length === 0) return [{ kind: "queue", key: head, runAt }];
  return open.map(({ number }) => ({ kind: "review", key: String(number), runAt }));
}
