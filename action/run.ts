/** One run: opens the fleet, does all that is outstanding, and says what came of it. */
import type { AuditEntry } from "../src/contract/audit-entry.ts";
import type { ToldVerdict } from "../src/workflow/fleet.ts";
import { rebuild } from "../src/workflow/rebuild.ts";
import { CountersignError } from "../src/errors.ts";
import { drain, type Drained } from "./drain.ts";
import type { Inputs, Run } from "./inputs.ts";
import { openFleet } from "./open.ts";

export interface Done {
  readonly verdicts: ReadonlyMap<number, ToldVerdict>;
  /** What this run put on record. */
  readonly entries: readonly AuditEntry[];
  /** By kind and key of the job. */
  readonly failed: ReadonlyMap<string, unknown>;
}

/** How often a run begins anew because another one was first. */
const mostTries = 5;

/**
 * A run that lost the race for the audit branch forgets what it knew and begins anew at the branch:
 * what it had decided was on record nowhere.
 * @throws CountersignError as `openFleet`, and `log_mismatch` after the last try
 */
export async function work(run: Run, inputs: Inputs): Promise<Done> {
  const until = Math.floor(Date.now() / 1000) + inputs.timeoutSeconds;
  for (let tries = 1; ; tries += 1) {
    const done = await once(run, inputs, until);
    if (done !== "overtaken") return done;
    if (tries === mostTries) throw overtaken();
  }
}

async function once(run: Run, inputs: Inputs, until: number): Promise<Done | "overtaken"> {
  const open = await openFleet(run, inputs);
  const { fleet, verdicts } = open;
  const before = fleet.log.size;
  try {
    await rebuild(fleet);
    const waits = inputs.mode !== "review";
    const drained: Drained = await drain(open, { until, waits });
    if (drained.overtaken) return "overtaken";
    await fleet.log.flush();
    return { verdicts, entries: fleet.log.entries.slice(before), failed: drained.failed };
  } catch (fault) {
    if (fault instanceof CountersignError && fault.code === "log_mismatch") return "overtaken";
    throw fault;
  } finally {
    await open.close();
  }
}

function overtaken(): CountersignError {
  return new CountersignError("log_mismatch", "Others keep moving the audit branch.", {
    hint: "Give all workflows of Countersign one concurrency group, and see who else writes the branch.",
  });
}
