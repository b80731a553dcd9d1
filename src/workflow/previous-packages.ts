/** Asks for every package that a plan replaces, as if it had to be put back: once per sha256. */
import { type PackageId, roleOfPath } from "../contract/control-repository.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import type { SiteId } from "../contract/ids.ts";
import type { PackageFacts, PlannedChange } from "../contract/planned-change.ts";
import type { PreviousPackage, PreviousReading } from "../domain/previous-package.ts";
import type { Fleet } from "./fleet.ts";
import type { Planned } from "./planning.ts";

/** So many downloads at a time, and none is begun after this long: the next review goes on. */
const atATime = 4;
const patienceSeconds = 60;

/** By site: what each of its steps replaces, and whether that can still be had. */
export async function checkPrevious(
  fleet: Pick<Fleet, "packages">,
  { sources }: Pick<FleetConfig, "sources">,
  { plan }: Pick<Planned, "plan">,
): Promise<ReadonlyMap<SiteId, readonly PreviousPackage[]>> {
  const leaving = plan.changes.filter(replaces);
  const known = await readAll(fleet, sources, leaving);
  const bySite = new Map<SiteId, PreviousPackage[]>();
  for (const { site, target, previous } of leaving) {
    if (site === null) continue;
    const reading = previous === null ? UNLOCKED : (known.get(previous.sha256) ?? UNREAD);
    bySite.set(site, [...(bySite.get(site) ?? []), { target, reading }]);
  }
  return bySite;
}

const UNLOCKED: PreviousReading = { kind: "unread", why: "no lock names its bytes" };
const UNREAD: PreviousReading = { kind: "unread", why: "not asked for yet: the next review does" };

/** Code that is taken away, and that a rollback would have to bring back. */
function replaces({ kind, from }: PlannedChange): boolean {
  return (kind.endsWith(".update") || kind.endsWith(".delete")) && from !== null;
}

async function readAll(
  fleet: Pick<Fleet, "packages">,
  sources: FleetConfig["sources"],
  leaving: readonly PlannedChange[],
): Promise<ReadonlyMap<string, PreviousReading>> {
  const locked = leaving.flatMap(({ previous }) => previous ?? []);
  const open = [...new Map(locked.map((one) => [one.sha256, one])).values()];
  const found = new Map<string, PreviousReading>();
  const end = performance.now() + patienceSeconds * 1000;
  const readNext = async (): Promise<void> => {
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (performance.now() <= end) found.set(one.sha256, await readOne(fleet, sources, one));
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, open.length) }, readNext));
  return found;
}

async function readOne(
  { packages }: Pick<Fleet, "packages">,
  sources: FleetConfig["sources"],
  { path, source: name, url, sha256 }: PackageFacts,
): Promise<PreviousReading> {
  const source = sources.find((one) => one.name === name);
  const id = packageOf(path);
  if (source === undefined || id === null) {
    return { kind: "unread", why: `countersign.yml has no source ${name}` };
  }
  const reading = await packages.read(id, source, { url, sha256 });
  if (reading.kind === "unreachable") return { kind: "unread", why: reading.why };
  if (reading.kind !== "found") return { kind: "gone", why: reading.why };
  const isSame = reading.found.lock.sha256 === sha256;
  return isSame ? { kind: "there" } : { kind: "gone", why: "its source has other bytes now" };
}

function packageOf(path: string): PackageId | null {
  const role = roleOfPath(path);
  return role.kind === "package" ? role.id : null;
}
