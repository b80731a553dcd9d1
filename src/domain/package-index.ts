/** The package locks of two trees: which exact bytes a version is. */
import { type FileReading, readControlFile } from "../contract/control-file.ts";
import {
  CORE_SLUG,
  type PackageId,
  pathOfLock,
  type Tree,
} from "../contract/control-repository.ts";
import { CONNECTOR_SLUG } from "../contract/desired-state.ts";
import type { Finding } from "../contract/finding.ts";
import { Slug, Version } from "../contract/ids.ts";
import { PackageLock } from "../contract/package-lock.ts";
import type { PackageRef } from "../contract/plan.ts";

export interface LockedPackage {
  readonly path: string;
  readonly lock: PackageLock;
  readonly ref: PackageRef;
}

export type LockReading =
  | { readonly kind: "locked"; readonly package: LockedPackage }
  | { readonly kind: "missing" }
  | { readonly kind: "invalid"; readonly findings: readonly Finding[] };

/** Finds the lock of a package. */
export type LockLookup = (id: PackageId) => LockReading;

/**
 * Looks locks up in the first tree that has them; each file is read once. The lock of a version
 * that is being left may be gone from the tree after, hence the second one.
 */
export function lockLookup(trees: readonly Tree[]): LockLookup {
  const known = new Map<string, LockReading>();
  return (id) => {
    const path = pathOfLock(id);
    const found = known.get(path) ?? readLock(path, id.version, trees);
    known.set(path, found);
    return found;
  };
}

function readLock(path: string, version: Version, trees: readonly Tree[]): LockReading {
  const content = trees.find((tree) => tree.has(path))?.get(path);
  if (content === undefined) return { kind: "missing" };
  const reading: FileReading<PackageLock> = readControlFile({ path, content }, PackageLock);
  if (reading.kind === "invalid") return reading;
  const lock = reading.value;
  const { url, sha256, bytes } = lock;
  return { kind: "locked", package: { path, lock, ref: { url, sha256, bytes, version } } };
}

/** The package that a target stands for at a version: the connector is a plugin of its own. */
export function packageOfTarget(target: string, version: Version): PackageId {
  if (target === "core") return { type: "core", slug: Slug.parse(CORE_SLUG), version };
  if (target === "connector") return { type: "plugins", slug: Slug.parse(CONNECTOR_SLUG), version };
  const [type, slug] = target.split("/");
  return { type: type === "themes" ? "themes" : "plugins", slug: Slug.parse(slug), version };
}

/** What `countersign pin` calls the package: `plugins/akismet@5.4`, `core@7.1.1`. */
export function pinName({ type, slug, version }: PackageId): string {
  return type === "core" ? `core@${version}` : `${type}/${slug}@${version}`;
}

/** The package that a pin name says; `null` where it says none. */
export function parsePinName(name: string): PackageId | null {
  const [, folder = "", word = ""] = /^([^@]+)@([^@]+)$/u.exec(name) ?? [];
  const version = Version.safeParse(word);
  if (!version.success) return null;
  if (folder === "core") return packageOfTarget("core", version.data);
  const [, type, given] = /^(plugins|themes)\/([^/]+)$/u.exec(folder) ?? [];
  const slug = Slug.safeParse(given);
  if (!slug.success) return null;
  return { type: type === "themes" ? "themes" : "plugins", slug: slug.data, version: version.data };
}
