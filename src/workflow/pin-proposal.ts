/** `/countersign pin`: the App commits the locks that a proposal misses to its branch. */
import type { PackageId } from "../contract/control-repository.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { parsePinName, pinName } from "../domain/package-index.ts";
import { pinLater, type PinOutcome, pinProblem, pinText } from "../render/pin-answer.ts";
import { type Handled, said } from "./answer.ts";
import type { Fleet } from "./fleet.ts";
import { missingLocks, pinPackage, type Pinning } from "./pin.ts";
import { type Planned, planProposal } from "./planning.ts";
import type { PullRequest } from "./forge-port.ts";
import { readPolicy } from "./review.ts";

/** None is begun after this long, which a job's lease outlasts: saying it again pins the others. */
const patienceSeconds = 120;

/** @param name one package, as `pin` takes it; `null` for every lock that the plan misses */
export async function pinProposal(
  fleet: Fleet,
  pull: PullRequest,
  name: string | null,
): Promise<Handled> {
  const { attested } = fleet.log.history;
  const isOpen = pull.state === "open" && pull.base === fleet.repository.defaultBranch;
  if (!isOpen) return said(pinProblem.no_pull);
  if (pull.fork) return said(pinProblem.fork);
  const named = name === null ? null : parsePinName(name);
  if (name !== null && named === null) return said(pinProblem.no_name);
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (attested === null || policy?.reading.kind !== "read") return said(pinProblem.no_policy);
  const planning = await planProposal(fleet, attested, pull);
  if (planning.kind !== "planned") return said(pinProblem.conflict);
  const ids = named === null ? missingLocks(planning.plan.findings) : [named];
  return pinAll(fleet, pull, { ids, planning, config: policy.reading.config });
}

interface Wanted {
  readonly ids: readonly PackageId[];
  readonly planning: Planned;
  readonly config: FleetConfig;
}

async function pinAll(fleet: Fleet, pull: PullRequest, wanted: Wanted): Promise<Handled> {
  const { ids, planning, config } = wanted;
  const files = new Map<string, string>();
  const outcomes: PinOutcome[] = [];
  const end = performance.now() + patienceSeconds * 1000;
  for (const id of ids) {
    if (performance.now() > end) {
      outcomes.push({ kind: "failed", name: pinName(id), why: pinLater });
      continue;
    }
    const pinning = await pinPackage(id, {
      packages: fleet.packages,
      config,
      tree: planning.after,
    });
    if (pinning.kind === "pinned") files.set(pinning.path, pinning.text);
    outcomes.push(outcomeOf(pinName(id), pinning));
  }
  const text = pinText(outcomes);
  if (files.size === 0) return said(text);
  const pinned = outcomes.flatMap((one) => (one.kind === "pinned" ? one.name : []));
  const commit = await fleet.forge.commitFiles({
    branch: pull.headRef,
    parent: pull.head,
    files,
    message: `Pin ${pinned.length === 1 ? pinned.join("") : `${pinned.length} packages`}`,
  });
  if (commit === null) return "again";
  const runAt = fleet.clock.now();
  return { text, jobs: [{ kind: "review", key: String(pull.number), runAt }] };
}

function outcomeOf(name: string, pinning: Pinning): PinOutcome {
  switch (pinning.kind) {
    case "pinned":
      return { kind: "pinned", name, lock: pinning.lock };
    case "differs":
      return { kind: "differs", name, findings: pinning.findings };
    case "failed":
      return { kind: "failed", name, why: pinning.why };
    case "unchanged":
      return { kind: "unchanged", name };
  }
}
