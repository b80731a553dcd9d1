/** The files of a control repository: which path means what. Source: docs/getting-started.md. */
import { z } from "zod";
import { SiteId, Slug, Version } from "./ids.ts";
import type { FileContent } from "./yaml-document.ts";

/** A git tree: every file by its path. */
export type Tree = ReadonlyMap<string, FileContent>;

export const BaselineName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u, "1 to 63 of a-z, 0-9 and inner hyphens")
  .brand<"BaselineName">();
export type BaselineName = z.infer<typeof BaselineName>;

export const OperationName = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d-[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$/u, "<date>-<slug>")
  .brand<"OperationName">();
export type OperationName = z.infer<typeof OperationName>;

/** What a lock is about, as targets name it: `core`, `plugins/<slug>` or `themes/<slug>`. */
export interface PackageId {
  readonly type: "core" | "plugins" | "themes";
  readonly slug: Slug;
  readonly version: Version;
}

export type FileRole =
  | { readonly kind: "site"; readonly site: SiteId }
  | { readonly kind: "baseline"; readonly name: BaselineName }
  | { readonly kind: "package"; readonly id: PackageId }
  | { readonly kind: "operation"; readonly name: OperationName }
  /** Key-sets of a new generation, from `countersign keys recover`. */
  | { readonly kind: "keys"; readonly gen: number }
  /** `countersign.yml`, `.github/**`, `CODEOWNERS`, `tests/**`. */
  | { readonly kind: "policy" }
  /** In a folder that has a meaning, but not named as its files have to be. */
  | { readonly kind: "misplaced"; readonly allowed: string }
  | { readonly kind: "other" };

/** The folder name of WordPress itself under `packages/core/`. */
export const CORE_SLUG = "wordpress";

const POLICY_PATHS: ReadonlySet<string> = new Set([
  "countersign.yml",
  "CODEOWNERS",
  "docs/CODEOWNERS",
]);

/** What the file at the path is for. */
export function roleOfPath(path: string): FileRole {
  if (POLICY_PATHS.has(path)) return { kind: "policy" };
  const [folder = "", ...rest] = path.split("/");
  if (rest.length === 0) return { kind: "other" };
  switch (folder) {
    case ".github":
    case "tests":
      return { kind: "policy" };
    case "sites":
      return siteRole(rest);
    case "baselines":
      return baselineRole(rest);
    case "operations":
      return operationRole(rest);
    case "packages":
      return packageRole(rest);
    case "keys":
      return keysRole(rest);
    default:
      return { kind: "other" };
  }
}

export function pathOfSite(site: SiteId): string {
  return `sites/${site}.yml`;
}

export function pathOfLock({ type, slug, version }: PackageId): string {
  return `packages/${type}/${slug}/${version}.yml`;
}

export function pathOfKeys(gen: number): string {
  return `keys/${gen}.jsonl`;
}

function siteRole(rest: readonly string[]): FileRole {
  const site = SiteId.safeParse(nameOf(rest));
  return site.success
    ? { kind: "site", site: site.data }
    : { kind: "misplaced", allowed: "sites/<site-id>.yml, the id 1 to 63 of a-z, 0-9 and inner -" };
}

function baselineRole(rest: readonly string[]): FileRole {
  const name = BaselineName.safeParse(nameOf(rest));
  return name.success
    ? { kind: "baseline", name: name.data }
    : { kind: "misplaced", allowed: "baselines/<name>.yml, the name of a-z, 0-9 and inner -" };
}

function operationRole(rest: readonly string[]): FileRole {
  const name = OperationName.safeParse(nameOf(rest));
  return name.success
    ? { kind: "operation", name: name.data }
    : { kind: "misplaced", allowed: "operations/<yyyy-mm-dd>-<slug>.yml" };
}

function packageRole([type, slug, ...rest]: readonly string[]): FileRole {
  const misplaced = {
    kind: "misplaced",
    allowed: "packages/<core|plugins|themes>/<slug>/<version>.yml",
  } as const;
  if (type !== "core" && type !== "plugins" && type !== "themes") return misplaced;
  const [parsedSlug, version] = [Slug.safeParse(slug), Version.safeParse(nameOf(rest))];
  if (!parsedSlug.success || !version.success) return misplaced;
  if (type === "core" && parsedSlug.data !== CORE_SLUG) return misplaced;
  return { kind: "package", id: { type, slug: parsedSlug.data, version: version.data } };
}

function keysRole([file = "", ...rest]: readonly string[]): FileRole {
  const [, gen] = /^([2-9]|[1-9]\d{1,8})\.jsonl$/u.exec(file) ?? [];
  return gen === undefined || rest.length > 0
    ? { kind: "misplaced", allowed: "keys/<generation>.jsonl, from `countersign keys recover`" }
    : { kind: "keys", gen: Number(gen) };
}

/** The only segment without `.yml`; `undefined` where there are more or the ending differs. */
function nameOf(rest: readonly string[]): string | undefined {
  const [file] = rest;
  return rest.length === 1 && file?.endsWith(".yml") ? file.slice(0, -4) : undefined;
}
