/** Builds control repositories of any size for the benchmarks: 50 packages on every site. */
import { createHash } from "node:crypto";
import type { PlanTrees } from "../src/domain/plan.ts";

export interface FleetShape {
  readonly sites: number;
  readonly packages: number;
  /** Where the packages stand: once in a baseline, or in every site's own file. */
  readonly namedIn: "baseline" | "sites";
}

/** Two trees: one change of a baseline touches every site. */
export function fleetOf({ sites, packages, namedIn }: FleetShape): PlanTrees {
  const slugs = Array.from({ length: packages }, (_, index) => `plugin-${index}`);
  const common = new Map<string, string>();
  for (const slug of slugs) {
    for (const version of ["1.0.0", "1.1.0"]) {
      common.set(`packages/plugins/${slug}/${version}.yml`, lockText(slug, version));
    }
  }
  const own = namedIn === "sites" ? pluginLines(slugs.slice(1), "1.0.0") : "";
  for (let index = 0; index < sites; index += 1) {
    common.set(`sites/site-${index}.yml`, siteText(index, own));
  }
  const shared = namedIn === "sites" ? slugs.slice(0, 1) : slugs;
  const side = (version: string) =>
    new Map([...common, ["baselines/all.yml", baselineText(pluginLines(shared, version))]]);
  return { before: side("1.0.0"), after: side("1.1.0") };
}

function siteText(index: number, own: string): string {
  const head = [
    `url: https://site-${index}.example`,
    `tier: ${index % 10 === 0 ? "staging" : "production"}`,
    `labels: { client: client-${index % 40} }`,
    "timezone: Europe/Berlin",
  ].join("\n");
  return own === "" ? `${head}\n` : `${head}\ndesired:\n  plugins:\n${own}`;
}

function baselineText(lines: string): string {
  return `when: {}\ndesired:\n  plugins:\n${lines}`;
}

function pluginLines(slugs: readonly string[], version: string): string {
  return slugs.map((slug) => `    ${slug}: { version: ${version}, state: active }\n`).join("");
}

function lockText(slug: string, version: string): string {
  const name = `${slug}.${version}.zip`;
  return [
    "source: wordpress.org",
    `url: https://downloads.wordpress.org/plugin/${name}`,
    `sha256: sha256:${createHash("sha256").update(name).digest("hex")}`,
    "bytes: 123456",
    "releasedAt: 2026-11-01T10:00:00Z",
    'requires: "6.1"',
    'requiresPhp: "7.4"',
    "",
  ].join("\n");
}
