/**
 * The policy review's part about packages: every lock that the proposal adds, changes or uses in a
 * step is compared, field by field, with what its source really has.
 */
import { roleOfPath } from "../contract/control-repository.ts";
import { readControlFile } from "../contract/control-file.ts";
import { errorAt, type Finding, sortFindings } from "../contract/finding.ts";
import type { GateState } from "../contract/facts-range.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { PackageLock } from "../contract/package-lock.ts";
import type { Plan } from "../contract/planned-change.ts";
import { type ClaimedLock, compareLock } from "../domain/lock-comparison.ts";
import type { Fleet } from "./fleet.ts";
import type { Planned } from "./planning.ts";

export interface PackageReview {
  /** `waiting` where a source could not be asked: what was not compared never passes. */
  readonly result: GateState;
  readonly findings: readonly Finding[];
  /** By digest of the claimed bytes: whether the whole lock is as the source says; `null`: unread. */
  readonly matchesSource: Readonly<Record<string, boolean | null>>;
}

/** So many downloads at a time, and none is begun after this long: the next review goes on. */
const atATime = 4;
const patienceSeconds = 120;

export async function checkPackages(
  fleet: Pick<Fleet, "packages">,
  { sources }: Pick<FleetConfig, "sources">,
  { plan, after }: Pick<Planned, "plan" | "after">,
): Promise<PackageReview> {
  const locks = locksOf(plan, after);
  const end = performance.now() + patienceSeconds * 1000;
  const compared: Compared[] = [];
  const compareNext = async (): Promise<void> => {
    for (let lock = locks.pop(); lock !== undefined; lock = locks.pop()) {
      compared.push(await compare(lock, { fleet, sources, late: performance.now() > end }));
    }
  };
  await Promise.all(Array.from({ length: atATime }, compareNext));
  const findings = sortFindings(compared.flatMap((one) => one.findings));
  return {
    result: findings.some(isError) ? "blocked" : findings.length > 0 ? "waiting" : "passed",
    findings,
    matchesSource: Object.fromEntries(compared.map(({ sha256, matches }) => [sha256, matches])),
  };
}

/** The plan as people see it: with what its packages turned out to be. Its digest is the same. */
export function withPackageFindings(planning: Planned, { findings }: PackageReview): Planned {
  const { plan } = planning;
  if (findings.length === 0) return planning;
  const all = sortFindings([...plan.findings, ...findings]);
  return { ...planning, plan: { ...plan, findings: all } };
}

/** Locks that are there after the change and can be read; the plan itself tells of the others. */
function locksOf({ changes }: Plan, after: Planned["after"]): ClaimedLock[] {
  const paths = new Set(
    changes.flatMap(({ kind, target, package: installed }) => {
      const own = kind === "package.lock" || kind === "package.repin" ? [target] : [];
      return installed === null ? own : [...own, installed.path];
    }),
  );
  return [...paths].flatMap((path) => {
    const [role, content] = [roleOfPath(path), after.get(path)];
    if (role.kind !== "package" || content === undefined) return [];
    const reading = readControlFile({ path, content }, PackageLock);
    if (reading.kind === "invalid") return [];
    return [{ id: role.id, lock: reading.value, document: reading.document }];
  });
}

interface Compared {
  readonly sha256: string;
  readonly matches: boolean | null;
  readonly findings: readonly Finding[];
}

interface Comparing extends Pick<FleetConfig, "sources"> {
  readonly fleet: Pick<Fleet, "packages">;
  readonly late: boolean;
}

async function compare(
  claimed: ClaimedLock,
  { fleet, sources, late }: Comparing,
): Promise<Compared> {
  const { id, lock, document } = claimed;
  const { sha256 } = lock;
  const source = sources.find(({ name }) => name === lock.source);
  if (source === undefined)
    return { sha256, matches: false, findings: [unknownSource(claimed, sources)] };
  const reading = late
    ? ({ kind: "unreachable", why: "not read yet: the next review goes on" } as const)
    : await fleet.packages.read(id, source, lock);
  const findings = compareLock({ id, lock, document }, reading);
  const matches = reading.kind === "unreachable" ? null : findings.length === 0;
  return { sha256, matches, findings };
}

function unknownSource({ lock, document }: ClaimedLock, sources: FleetConfig["sources"]): Finding {
  const where = {
    rule: "reference" as const,
    file: document.file,
    place: document.placeOf(["source"]),
  };
  const message = `countersign.yml at the attested commit has no source ${lock.source}`;
  return errorAt(where, message, sources.map(({ name }) => name).join(", "));
}

const isError = ({ severity }: Finding): boolean => severity === "error";
