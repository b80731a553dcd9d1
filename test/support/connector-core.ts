/** Packages of WordPress itself, made from the core of a running site. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { packageOf, planText, step, type StepFields } from "./connector-plan.ts";
import type { PackageServer } from "./connector-packages.ts";
import type { ConnectorSite } from "./connector-site.ts";
import { type ZipEntry, zipOf } from "./connector-zip.ts";

export type Edits = Readonly<Record<string, (text: string) => string>>;

export const VERSION_FILE = "wp-includes/version.php";

/** What the files say of themselves. */
export const labelled = (version: string, dbVersion?: number) => (text: string) => {
  const named = text.replace(/\$wp_version = '[^']*'/u, `$wp_version = '${version}'`);
  if (dbVersion === undefined) return named;
  return named.replace(/\$wp_db_version = \d+/u, `$wp_db_version = ${dbVersion}`);
};

const FOR_BROWSERS = /\.(?:css|gif|jpe?g|js|map|png|svg|webp|woff2?)$/u;

/** Takes from a site's core what only a browser reads: four fifths of its bytes, and no case's. */
export function withoutAssets(site: ConnectorSite): void {
  for (const top of ["wp-admin", "wp-includes"]) {
    const names = readdirSync(path.join(site.dir, top), { recursive: true, encoding: "utf8" });
    for (const name of names) {
      if (FOR_BROWSERS.test(name)) rmSync(path.join(site.dir, top, name), { recursive: true });
    }
  }
}

/** This site's own core as a package of another version, with some files changed. */
export function corePackage(site: ConnectorSite, version: string, edits: Edits): Buffer {
  const entries: ZipEntry[] = [];
  const all: Edits = { [VERSION_FILE]: labelled(version), ...edits };
  for (const top of readdirSync(site.dir, { withFileTypes: true })) {
    if (top.name === "wp-content" || top.name === "wp-config.php" || top.name[0] === ".") continue;
    const names = top.isDirectory()
      ? readdirSync(path.join(site.dir, top.name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => path.relative(site.dir, path.join(entry.parentPath, entry.name)))
      : [top.name];
    for (const name of names) {
      const bytes = readFileSync(path.join(site.dir, name));
      const text = all[name]?.(bytes.toString()) ?? bytes;
      entries.push({ name: `wordpress/${name}`, text });
    }
  }
  return zipOf(entries);
}

export const coreVersion = (site: ConnectorSite): string | undefined =>
  /\$wp_version = '([^']*)'/u.exec(readFileSync(path.join(site.dir, VERSION_FILE), "utf8"))?.[1];

/** `core.update` alone. */
export function corePlan(
  packages: PackageServer,
  [from, to]: readonly [string, string],
  bytes: Buffer,
  over: StepFields = {},
): string {
  const fields: StepFields = { from, to, package: packageOf(packages, "wordpress", to, bytes) };
  return planText([step("core.update", "core", fields)], over);
}
