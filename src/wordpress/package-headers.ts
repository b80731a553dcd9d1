/**
 * What a package says of itself, read as WordPress reads it (`get_file_data`): the first 8 KiB of
 * a plugin's main file or a theme's `style.css`, and `readme.txt` for what those leave out.
 */
import type { PackageId } from "../contract/control-repository.ts";
import { Slug, Version } from "../contract/ids.ts";
import { PackageLock } from "../contract/package-lock.ts";

/** The part of a lock that headers say. */
export type HeaderFacts = Pick<
  PackageLock,
  "requires" | "requiresPhp" | "requiresPlugins" | "template" | "file" | "dbVersion"
>;

export type Headers =
  | { readonly kind: "read"; readonly version: string; readonly facts: HeaderFacts }
  | { readonly kind: "unsafe"; readonly why: string };

type Heads = ReadonlyMap<string, string>;

/** Which files of a package have to be looked into. */
export function wantedFile({ type }: PackageId, path: string): boolean {
  if (type === "core") return path === "wp-includes/version.php";
  if (path === "readme.txt") return true;
  return type === "themes" ? path === "style.css" : /^[^/]+\.php$/u.test(path);
}

export function readHeaders({ type, slug }: PackageId, heads: Heads): Headers {
  switch (type) {
    case "core":
      return coreHeaders(heads);
    case "themes":
      return themeHeaders(heads);
    case "plugins":
      return pluginHeaders(slug, heads);
  }
}

function coreHeaders(heads: Heads): Headers {
  const text = heads.get("wp-includes/version.php");
  const version = assigned(text, "wp_version");
  if (version === undefined) return unsafe("there is no WordPress in it");
  const dbVersion = PackageLock.shape.dbVersion.safeParse(Number(assigned(text, "wp_db_version")));
  const php = asVersion(assigned(text, "required_php_version"));
  const facts: HeaderFacts = {
    requiresPlugins: [],
    ...(php === undefined ? {} : { requiresPhp: php }),
    ...(dbVersion.data === undefined ? {} : { dbVersion: dbVersion.data }),
  };
  return { kind: "read", version, facts };
}

/** `$name = 'value';` of version.php. */
function assigned(text: string | undefined, name: string): string | undefined {
  const pattern = new RegExp(String.raw`^\$${name}\s*=\s*'?([^';]*)'?;`, "mu");
  return text === undefined ? undefined : pattern.exec(text)?.[1];
}

function themeHeaders(heads: Heads): Headers {
  const text = heads.get("style.css") ?? "";
  if (header(text, "Theme Name") === "") return unsafe("its style.css names no theme");
  const parent = header(text, "Template");
  const template = Slug.safeParse(parent);
  if (parent !== "" && !template.success) return unsafe("its parent theme's name is no folder");
  const facts = { ...leastVersions(text, heads), requiresPlugins: [] };
  const withParent = template.success ? { ...facts, template: template.data } : facts;
  return { kind: "read", version: header(text, "Version"), facts: withParent };
}

function pluginHeaders(slug: string, heads: Heads): Headers {
  const file = mainFile(slug, heads);
  if (file === undefined) return unsafe("no file in it has a plugin's header");
  if (!PackageLock.shape.file.safeParse(file).success) return unsafe("its main file's name is odd");
  const text = heads.get(file) ?? "";
  const requiresPlugins = slugs(header(text, "Requires Plugins"));
  const facts = { ...leastVersions(text, heads), requiresPlugins };
  const named = file === `${slug}.php` ? facts : { ...facts, file };
  return { kind: "read", version: header(text, "Version"), facts: named };
}

function mainFile(slug: string, heads: Heads): string | undefined {
  const usual = `${slug}.php`;
  const others = [...heads.keys()].filter((path) => path.endsWith(".php")).toSorted();
  return [usual, ...others].find((path) => header(heads.get(path) ?? "", "Plugin Name") !== "");
}

/** WordPress skips what is no slug, too. */
function slugs(text: string): Slug[] {
  const words = text.split(",").map((word) => Slug.safeParse(word.trim()));
  return [...new Set(words.flatMap(({ data }) => data ?? []))].toSorted();
}

/** What is there but no version, such as `7.4+`, counts as not said. */
function leastVersions(text: string, heads: Heads): Pick<HeaderFacts, "requires" | "requiresPhp"> {
  const readme = heads.get("readme.txt") ?? "";
  const said = (name: string) => asVersion(header(text, name)) ?? asVersion(header(readme, name));
  const [requires, requiresPhp] = [said("Requires at least"), said("Requires PHP")];
  return {
    ...(requires === undefined ? {} : { requires }),
    ...(requiresPhp === undefined ? {} : { requiresPhp }),
  };
}

const asVersion = (text: string | undefined): Version | undefined => Version.safeParse(text).data;

/** `get_file_data`: the first line that begins with the name, without a comment's end. */
function header(text: string, name: string): string {
  const pattern = new RegExp(String.raw`^(?:[ \t]*<\?php)?[ \t/*#@]*${name}:(.*)$`, "imu");
  const [, value = ""] = pattern.exec(text.replaceAll("\r", "\n")) ?? [];
  return value.replace(/\s*(?:\*\/|\?>).*/u, "").trim();
}

const unsafe = (why: string): Headers => ({ kind: "unsafe", why });
