/**
 * What a package source in the shape of WordPress.org answers: the part that is read of
 * `plugins/info/1.2`, `themes/info/1.2` and `core/version-check/1.7`. Anything else in it is ignored.
 */
import { z } from "zod";
import { PackageRef } from "./plan.ts";

const url = PackageRef.shape.url;

/** PHP writes an empty map as an empty list. */
const Versions = z
  .union([z.record(z.string(), z.string()), z.array(z.never())])
  .transform((versions): Readonly<Record<string, string>> =>
    Array.isArray(versions) ? {} : versions,
  );

export const SoftwareAnswer = z.object({
  slug: z.string(),
  version: z.string(),
  download_link: url,
  /** Download address of every version. */
  versions: Versions.prefault({}),
});
export type SoftwareAnswer = z.infer<typeof SoftwareAnswer>;

export const CoreAnswer = z.object({
  offers: z.array(z.object({ version: z.string(), packages: z.object({ full: url }) })).min(1),
});
export type CoreAnswer = z.infer<typeof CoreAnswer>;
