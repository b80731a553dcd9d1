/** Pins packages: asks their sources, and says what a lock file of each has to hold. */
import { type PackageId, pathOfLock, type Tree } from "../contract/control-repository.ts";
import { readControlFile } from "../contract/control-file.ts";
import type { Finding } from "../contract/finding.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import { lockText } from "../contract/lock-text.ts";
import { PackageLock } from "../contract/package-lock.ts";
import { compareLock, versionProblem } from "../domain/lock-comparison.ts";
import { parsePinName } from "../domain/package-index.ts";
import { sourceFor } from "../domain/package-sources.ts";
import type { Packages } from "./ports.ts";

export type Pinning =
  | {
      readonly kind: "pinned";
      readonly path: string;
      readonly text: string;
      readonly lock: PackageLock;
    }
  /** The lock is there and its source confirms it. */
  | { readonly kind: "unchanged"; readonly path: string }
  /** A lock is there and says something else: nobody overwrites it without saying so. */
  | { readonly kind: "differs"; readonly path: string; readonly findings: readonly Finding[] }
  | {
      readonly kind: "failed";
      readonly path: string;
      readonly why: string;
      readonly unreachable: boolean;
    };

export interface Pins {
  readonly packages: Packages;
  readonly config: Pick<FleetConfig, "sources">;
  /** The files that the lock would stand among. */
  readonly tree: Tree;
  /** Replaces a lock that differs. */
  readonly repin?: boolean;
}

export async function pinPackage(id: PackageId, given: Pins): Promise<Pinning> {
  const path = pathOfLock(id);
  const failed = (why: string, unreachable = false): Pinning => ({
    kind: "failed",
    path,
    why,
    unreachable,
  });
  const source = sourceFor(id, given.config.sources);
  if (source === undefined) return failed("no source in countersign.yml fits this package");
  const reading = await given.packages.read(id, source, null);
  if (reading.kind !== "found") return failed(reading.why, reading.kind === "unreachable");
  const { lock, headerVersion } = reading.found;
  const wrong = versionProblem(id, headerVersion);
  if (wrong !== null) return failed(wrong);
  const content = given.tree.get(path);
  const old = content === undefined ? undefined : readControlFile({ path, content }, PackageLock);
  if (old !== undefined && given.repin !== true) {
    if (old.kind === "invalid") return { kind: "differs", path, findings: old.findings };
    const claimed = { id, lock: old.value, document: old.document };
    const findings = compareLock(claimed, reading);
    return findings.length === 0
      ? { kind: "unchanged", path }
      : { kind: "differs", path, findings };
  }
  return { kind: "pinned", path, text: lockText(lock), lock };
}

/** The packages that the plan misses a lock of, by the command that its findings name. */
export function missingLocks(findings: readonly Finding[]): PackageId[] {
  const names = findings.flatMap(({ rule, command }) =>
    rule === "package.lock_missing" && command !== null ? [command.split(" ").at(-1) ?? ""] : [],
  );
  return [...new Set(names)].flatMap((name) => parsePinName(name) ?? []);
}
