/**
 * The files of one site. Everything is a copy of its own, core included: WordPress overwrites
 * files in place when it updates, and through a hard link that would reach other sites.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { SandboxError } from "./sandbox-error.ts";

/** The address that a finished template stands at, replaced in every copy. */
export const TEMPLATE_URL = "http://127.0.0.1:9";

/** A site on the host's disk: `home` is what PHP sees, the rest lies in it or beside it. */
export interface SiteFolders {
  readonly root: string;
  readonly home: string;
  readonly www: string;
  readonly database: string;
  readonly debugLog: string;
  readonly tmp: string;
  /** In a template: what PHP has compiled of it. */
  readonly opcache: string;
}

/** What makes a copy of the template into this site. */
export interface NewSite {
  readonly title: string;
  readonly user: string;
  readonly password: string;
  readonly permalinks: "pretty" | "plain";
  readonly wpConfig: string;
  /** Files below wp-content/plugins, by relative path. */
  readonly plugins: Readonly<Record<string, string | Uint8Array>>;
  /** Whole plugin folders to copy, by the name they get. */
  readonly pluginFolders: Readonly<Record<string, string>>;
}

export function foldersOf(root: string): SiteFolders {
  const home = path.join(root, "home");
  return {
    root,
    home,
    www: path.join(home, "www"),
    database: path.join(home, "database", "wordpress.sqlite"),
    debugLog: path.join(home, "logs", "debug.log"),
    tmp: path.join(root, "tmp"),
    opcache: path.join(root, "opcache"),
  };
}

/** Copies the template and adds what is the site's own. The database is `claimAddress`'s. */
export function layOut(folders: SiteFolders, templateHome: string, site: NewSite): void {
  cpSync(templateHome, folders.home, { recursive: true, preserveTimestamps: true });
  mkdirSync(folders.tmp, { recursive: true });
  writeFileSync(path.join(folders.www, "wp-config.php"), site.wpConfig);
  installFixture(folders);
  const plugins = path.join(folders.www, "wp-content", "plugins");
  for (const [name, source] of Object.entries(site.pluginFolders)) {
    cpSync(source, inside(plugins, name), { recursive: true });
  }
  for (const [name, content] of Object.entries(site.plugins)) {
    const file = inside(plugins, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** The folders of a WordPress that is not installed yet: what the template is made from. */
export function layOutUninstalled(
  folders: SiteFolders,
  source: { core: string; sqliteDropIn: string; wpConfig: string },
): void {
  const content = path.join(folders.www, "wp-content");
  cpSync(source.core, folders.www, { recursive: true, preserveTimestamps: true });
  cpSync(source.sqliteDropIn, path.join(content, "sqlite-database-integration"), {
    recursive: true,
    preserveTimestamps: true,
  });
  for (const folder of [
    folders.tmp,
    path.dirname(folders.database),
    path.dirname(folders.debugLog),
  ]) {
    mkdirSync(folder, { recursive: true });
  }
  const loader = "/sqlite-database-integration/wp-includes/sqlite/db.php";
  writeFileSync(
    path.join(content, "db.php"),
    `<?php\ndefine( 'DB_ENGINE', 'sqlite' );\nrequire_once __DIR__ . '${loader}';\n`,
  );
  writeFileSync(path.join(folders.www, "wp-config.php"), source.wpConfig);
}

/** Leaves in a finished template only what every site shares. */
export function stripTemplate(folders: SiteFolders): void {
  for (const leftover of [path.join(folders.www, "wp-config.php"), folders.debugLog, folders.tmp]) {
    rmSync(leftover, { recursive: true, force: true });
  }
}

/** Makes a fresh copy of the template a site of its own: its address, title and administrator. */
export function claimAddress(folders: SiteFolders, url: string, site: NewSite): void {
  moveAddress(folders, TEMPLATE_URL, url);
  personalise(folders, site);
}

/** Moves a WordPress to another address. */
export function moveAddress(folders: SiteFolders, from: string, to: string): void {
  const database = new DatabaseSync(folders.database);
  try {
    const option = database.prepare("UPDATE wp_options SET option_value = ? WHERE option_name = ?");
    for (const name of ["home", "siteurl"]) option.run(to, name);
    for (const column of ["guid", "post_content"]) {
      database.prepare(`UPDATE wp_posts SET ${column} = replace(${column}, ?, ?)`).run(from, to);
    }
  } finally {
    database.close();
  }
}

/**
 * Writes the site's title, permalinks and administrator into its database. The password goes in
 * as the MD5 form that WordPress still reads and replaces at the first login.
 */
function personalise(folders: SiteFolders, site: NewSite): void {
  const database = new DatabaseSync(folders.database);
  try {
    const option = database.prepare("UPDATE wp_options SET option_value = ? WHERE option_name = ?");
    option.run(site.title, "blogname");
    if (site.permalinks === "plain") {
      for (const name of ["permalink_structure", "rewrite_rules"]) option.run("", name);
    }
    const hash = createHash("md5").update(site.password).digest("hex");
    database
      .prepare("UPDATE wp_users SET user_login = ?, user_pass = ? WHERE ID = 1")
      .run(site.user, hash);
  } finally {
    database.close();
  }
}

function installFixture(folders: SiteFolders): void {
  const target = path.join(folders.www, "wp-content", "mu-plugins");
  mkdirSync(target, { recursive: true });
  const fixture = fileURLToPath(new URL("fixture-mu-plugin.php", import.meta.url));
  cpSync(fixture, path.join(target, "sandbox.php"));
}

function inside(folder: string, relative: string): string {
  const resolved = path.resolve(folder, relative);
  if (resolved.startsWith(folder + path.sep)) return resolved;
  throw new SandboxError(`The plugin file ${relative} would land outside wp-content/plugins.`, {
    hint: "Use a path like `my-plugin/my-plugin.php`.",
  });
}

/** @throws SandboxError when the folder holds no connector */
export function connectorFolder(connectorDir: string | undefined): Record<string, string> {
  if (connectorDir === undefined) return {};
  if (existsSync(path.join(connectorDir, "countersign.php"))) return { countersign: connectorDir };
  throw new SandboxError(`${connectorDir} holds no countersign.php.`, {
    hint: "Name the folder of the connector, or leave connectorDir out.",
  });
}
