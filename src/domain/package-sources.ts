/** Which source does a package come from? The first whose globs fit; one without globs fits all. */
import picomatch from "picomatch";
import type { PackageId } from "../contract/control-repository.ts";
import type { PackageSource } from "../contract/package-source.ts";

export function sourceFor(
  id: PackageId,
  sources: readonly PackageSource[],
): PackageSource | undefined {
  return sources.find((source) => offers(source, id));
}

function offers({ packages }: PackageSource, { type, slug }: PackageId): boolean {
  const name = type === "core" ? "core" : `${type}/${slug}`;
  return packages === undefined || picomatch.isMatch(name, packages);
}
