/**
 * `packages/<core|plugins|themes>/<slug>/<version>.yml`: the exact bytes of one version of one
 * package, and what its headers say. `countersign pin` writes it; its fields are claims until the
 * policy check has compared them with the source.
 */
import { z } from "zod";
import { Digest, Instant, Slug, Version } from "./ids.ts";
import { PackageRef } from "./plan.ts";
import { SourceName } from "./policy-rule.ts";

export const PackageLock = z.strictObject({
  /** The name of an entry of `sources:` in countersign.yml. */
  source: SourceName,
  url: PackageRef.shape.url,
  sha256: Digest,
  bytes: PackageRef.shape.bytes,
  releasedAt: Instant,
  /** Least versions of WordPress and PHP that the package's header names. */
  requires: Version.exactOptional(),
  requiresPhp: Version.exactOptional(),
  /** Plugins that have to be active first: the header `Requires Plugins`. */
  requiresPlugins: z.array(Slug).max(50).default([]),
  /** The parent of a child theme: the header `Template`. */
  template: Slug.exactOptional(),
  /** A plugin's main file inside its folder. */
  file: z
    .string()
    .max(200)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*\.php$/u, "a PHP file's name")
    .exactOptional(),
  /** WordPress's `$wp_db_version`: two releases with the same one share a database layout. */
  dbVersion: z.int().min(1).exactOptional(),
});
export type PackageLock = z.infer<typeof PackageLock>;
