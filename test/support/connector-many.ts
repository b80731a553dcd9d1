/** Many small plugins, for actions that do not fit into one request. */
import { type ZipEntry, zipOf } from "./connector-zip.ts";
import { packageOf, step, type StepFields } from "./connector-plan.ts";
import type { PackageServer } from "./connector-packages.ts";

const main = (slug: string, version: string): string =>
  `<?php\n/* Plugin Name: ${slug}\n * Version: ${version}\n */\n`;

const slugs = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `many-${String(index + 1).padStart(2, "0")}`);

/** Version 1.0 of each, as files below `wp-content/plugins`. */
export const manyFiles = (count: number): Record<string, string> =>
  Object.fromEntries(slugs(count).map((slug) => [`${slug}/${slug}.php`, main(slug, "1.0")]));

/** `plugin.update` of each from 1.1 to 1.0. */
export const manyUpdatesBack = (packages: PackageServer, count: number): StepFields[] =>
  slugs(count).map((slug) => {
    const bytes = zipOf([{ name: `${slug}/${slug}.php`, text: main(slug, "1.0") }]);
    const pack = packageOf(packages, slug, "1.0", bytes);
    return step("plugin.update", `plugins/${slug}`, { from: "1.1", to: "1.0", package: pack });
  });

/** `plugin.update` of each; the last one's code is given. */
export function manyUpdates(packages: PackageServer, count: number, lastCode = ""): StepFields[] {
  return slugs(count).map((slug, index) => {
    const code = index === count - 1 ? lastCode : "";
    const entries: ZipEntry[] = [
      { name: `${slug}/${slug}.php`, text: main(slug, "1.1") + code },
      { name: `${slug}/data.bin`, text: "x".repeat(200_000) },
    ];
    const pack = packageOf(packages, slug, code === "" ? "1.1" : "1.1-bad", zipOf(entries));
    const fields = { from: "1.0", to: "1.1", package: { ...pack, version: "1.1" } };
    return step("plugin.update", `plugins/${slug}`, fields);
  });
}
