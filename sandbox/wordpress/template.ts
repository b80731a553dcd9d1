/** The installed WordPress that every site is copied from. Made once, then only read. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./folder-lock.ts";
import type { WordPressFiles } from "./install.ts";
import { SandboxError } from "./sandbox-error.ts";
import { SiteProcess } from "./site.ts";
import {
  foldersOf,
  layOutUninstalled,
  moveAddress,
  stripTemplate,
  TEMPLATE_URL,
} from "./site-files.ts";
import { DOCUMENT_ROOT, phpLiteral, wpConfig } from "./wp-config.ts";

/** Visited once, so that what they need is compiled. */
const USUAL_PAGES = [
  "/",
  "/sample-page/",
  "/no-such-page/",
  "/wp-login.php",
  "/wp-admin/admin-ajax.php",
  "/?rest_route=/",
];

const installAt = (url: string) => `<?php
define( 'WP_INSTALLING', true );
define( 'WP_SITEURL', ${phpLiteral(url)} );
require '${DOCUMENT_ROOT}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter( 'pre_wp_mail', '__return_true' );
add_filter( 'pre_http_request', static fn() => new WP_Error( 'installing' ) );
wp_install( 'Template', 'admin', 'admin@example.test', true, '', wp_generate_password() );
$wp_rewrite->set_permalink_structure( '/%postname%/' );
flush_rewrite_rules( false );
echo 'installed ', wp_get_theme()->get_stylesheet();
`;

/**
 * Returns the home folder of the template, installing WordPress first when there is none for
 * exactly this code. Safe when several processes ask at once.
 *
 * @throws SandboxError when WordPress's installer fails
 */
export async function prepareTemplate(
  files: WordPressFiles,
  onProgress: (message: string) => void,
): Promise<string> {
  const finished = path.join(files.root, `template-${await fingerprint()}`);
  if (!existsSync(finished)) {
    await withLock(`${finished}.lock`, async () => {
      if (existsSync(finished)) return;
      onProgress(`Installing WordPress ${files.version} once, as the template of every site`);
      await makeTemplate(files, finished);
    });
  }
  return foldersOf(finished).home;
}

/** The compiled PHP that belongs to a template. */
export function compiledWith(templateHome: string): string {
  return foldersOf(path.dirname(templateHome)).opcache;
}

async function makeTemplate(files: WordPressFiles, finished: string): Promise<void> {
  const root = await mkdtemp(`${finished}.partial-`);
  try {
    const folders = foldersOf(root);
    layOutUninstalled(folders, { ...files, wpConfig: wpConfig({}) });
    const site = await SiteProcess.start({ root, phpIni: {}, wpCli: files.wpCli });
    try {
      await install(site);
      await compile(site);
    } finally {
      await site.kill("SIGTERM");
    }
    moveAddress(folders, site.url, TEMPLATE_URL);
    stripTemplate(folders);
    await rename(root, finished);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function install(site: SiteProcess): Promise<void> {
  const { stdout, stderr } = await site.runFile(installAt(site.url));
  if (!stdout.endsWith("installed twentytwentyfive")) throw installError(stdout + stderr);
}

/** The administration's code is loaded too: activating and updating plugins needs it. */
async function compile(site: SiteProcess): Promise<void> {
  for (const page of USUAL_PAGES) await fetch(site.url + page, { redirect: "manual" });
  await site.runPhp(`
    require_once ABSPATH . 'wp-admin/includes/admin.php';
    require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';`);
  await site.saveCompiled(site.folders.opcache);
}

function installError(printed: string): SandboxError {
  return new SandboxError(`WordPress's installer failed: ${printed.slice(-1500)}`, {
    hint: "Delete .cache/ in the project's folder and start again.",
  });
}

/** Changes with whatever decides what the template holds, so that an old one is never used. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of ["template.ts", "site-files.ts", "wp-config.ts", "php.ts", "opcache.ts"]) {
    hash.update(await readFile(fileURLToPath(new URL(source, import.meta.url))));
  }
  return hash.digest("hex").slice(0, 12);
}
