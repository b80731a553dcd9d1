/** One run: opens the fleet, does all that is outstanding, and says what came of it. */
import type { AuditEntry } from "../src/contract/audit-entry.ts";
import type { SiteId } from "../src/contract/ids.ts";
import type { Authorisation } from "../src/domain/history.ts";
import { CountersignError } from "../src/errors.ts";
import { askSites } from "../src/workflow/ask-sites.ts";
import { bootstrap } from "../src/workflow/bootstrap.ts";
import type { ToldVerdict } from "../src/workflow/fleet.ts";
import { rebuild } from "../src/workflow/rebuild.ts";
import { drain, isOvertaken } from "./drain.ts";
import type { Inputs, Run } from "./inputs.ts";
import { openFleet } from "./open.ts";

export interface Done {
  readonly verdicts: ReadonlyMap<number, ToldVerdict>;
  /** What this run put on record. */
  readonly entries: readonly AuditEntry[];
  /** By kind and key of the job. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Authorised actions that have no end yet: a later run goes on with them. */
  readonly open: readonly Authorisation[];
  /** Sites that were asked what they run, as `reconcile` does, and did not say. */
  readonly silent: readonly SiteId[];
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
    const done = await once(run, inputs, until).catch((fault: unknown) => {
      if (isPassing(fault) && tries < mostTries) return "unreachable" as const;
      throw fault;
    });
    if (typeof done === "object") return done;
    if (tries === mostTries) throw overtaken();
    // By chance, so that two runs do not go on losing to each other in step.
    const most = done === "overtaken" ? 500 : 2000;
    await new Promise((resolve) => setTimeout(resolve, (0.5 + Math.random() / 2) * most * tries));
  }
}

async function once(run: Run, inputs: Inputs, until: number): Promise<Done | "overtaken"> {
  const opened = await openFleet(run, inputs);
  const { fleet, verdicts } = opened;
  const before = fleet.log.size;
  try {
    await bootstrap(fleet);
    const silent = inputs.mode === "reconcile" ? await askSites(fleet) : [];
    await rebuild(fleet);
    const done = await drain(opened, { until, waits: inputs.mode !== "review" });
    if (done.overtaken) return "overtaken";
    await fleet.log.flush();
    const { history, entries } = fleet.log;
    const open = [...history.authorisations.values()].filter(({ end }) => end === null);
    return { verdicts, entries: entries.slice(before), failed: done.failed, silent, open };
  } catch (fault) {
    if (isOvertaken(fault)) return "overtaken";
    throw fault;
  } finally {
    await opened.close();
  }
}

/** A fault of GitHub before anything was done: the same is asked for again. */
const isPassing = (fault: unknown): boolean =>
  fault instanceof CountersignError && fault.code === "github_unreachable";

function overtaken(): CountersignError {
  return new CountersignError("log_mismatch", "Others keep moving the audit branch.", {
    hint: "Give all workflows of Countersign one concurrency group, and see who else writes the branch.",
  });
}
