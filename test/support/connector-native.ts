/** The native lane: the sandbox's WordPress on this machine's own PHP, where there is one. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { prepareWordPress } from "../../sandbox/wordpress/install.ts";
import {
  claimAddress,
  connectorFolder,
  foldersOf,
  layOut,
  type NewSite,
  type SiteFolders,
} from "../../sandbox/wordpress/site-files.ts";
import { prepareTemplate } from "../../sandbox/wordpress/template.ts";
import { phpLiteral, type PhpConstant, wpConfig } from "../../sandbox/wordpress/wp-config.ts";
import { MariaDb } from "./connector-mariadb.ts";

const ROUTER = `<?php
$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if ( is_dir( $file ) && is_file( rtrim( $file, '/' ) . '/index.php' ) && '/' !== $path ) {
	$path = rtrim( $path, '/' ) . '/index.php';
	$file = $_SERVER['DOCUMENT_ROOT'] . $path;
} elseif ( '/' !== $path && is_file( $file ) && '.php' !== substr( $file, -4 ) ) {
	return false;
} elseif ( ! is_file( $file ) ) {
	$path = '/index.php';
	$file = $_SERVER['DOCUMENT_ROOT'] . $path;
}
$_SERVER['SCRIPT_NAME']     = $path;
$_SERVER['PHP_SELF']        = $path;
$_SERVER['SCRIPT_FILENAME'] = $file;
chdir( dirname( $file ) );
require $file;
`;

/** Whether this machine's PHP can run WordPress on SQLite. */
export function hasNativePhp(): boolean {
  const modules = spawnSync("php", ["-m"], { encoding: "utf8" });
  return modules.status === 0 && /^pdo_sqlite$/mu.test(modules.stdout);
}

export interface NativeOptions {
  readonly connectorDir: string;
  readonly plugins: NewSite["plugins"];
  readonly constants: Readonly<Record<string, PhpConstant>>;
  readonly phpIni: Readonly<Record<string, string>>;
  readonly permalinks: "pretty" | "plain";
  readonly database: "sqlite" | "mariadb";
}

export interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** The template is installed on SQLite: on another database WordPress is installed anew. */
const installOn = (url: string, site: NewSite): string => `
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter( 'pre_wp_mail', '__return_true' );
add_filter( 'pre_http_request', static fn() => new WP_Error( 'installing' ) );
wp_install( ${phpLiteral(site.title)}, ${phpLiteral(site.user)}, 'admin@example.test', true, '', ${phpLiteral(site.password)} );
update_option( 'home', ${phpLiteral(url)} );
update_option( 'siteurl', ${phpLiteral(url)} );
$GLOBALS['wp_rewrite']->set_permalink_structure( ${phpLiteral(site.permalinks === "plain" ? "" : "/%postname%/")} );
flush_rewrite_rules( false );
echo 'installed';`;

/** One site served by `php -S` with several workers, and by `php` on the command line. */
export class NativeSite {
  readonly folders: SiteFolders;
  readonly url: string;
  readonly #port: number;
  readonly #ini: readonly string[];
  #server: ChildProcess | undefined;

  readonly #wpCli: string;
  #mariaDb: MariaDb | undefined;
  #runs = 0;

  private constructor(
    root: string,
    port: number,
    { phpIni, wpCli }: { phpIni: Readonly<Record<string, string>>; wpCli: string },
  ) {
    this.#wpCli = wpCli;
    this.folders = foldersOf(root);
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    const entries = Object.entries({ memory_limit: "256M", error_log: "", ...phpIni });
    this.#ini = entries.flatMap(([name, value]) => ["-d", `${name}=${value}`]);
  }

  static async start(options: NativeOptions): Promise<NativeSite> {
    const files = await prepareWordPress();
    const template = await prepareTemplate(files, () => undefined);
    const root = mkdtempSync(path.join(tmpdir(), "countersign-native-"));
    const site = new NativeSite(root, await freePort(), {
      phpIni: options.phpIni,
      wpCli: files.wpCli,
    });
    const mariaDb = options.database === "mariadb" ? await MariaDb.start() : undefined;
    site.#mariaDb = mariaDb;
    const { home, debugLog } = site.folders;
    const config: NewSite = {
      title: "Native",
      user: "admin",
      password: "native-password",
      permalinks: options.permalinks,
      wpConfig: wpConfig({
        DB_DIR: path.join(home, "database"),
        WP_DEBUG_LOG: debugLog,
        ...mariaDb?.constants(),
        ...options.constants,
      }),
      plugins: options.plugins,
      pluginFolders: connectorFolder(options.connectorDir),
    };
    layOut(site.folders, template, config);
    if (mariaDb === undefined) claimAddress(site.folders, site.url, config);
    else await site.#install(config);
    writeFileSync(path.join(root, "router.php"), ROUTER);
    await site.restart();
    return site;
  }

  async #install(config: NewSite): Promise<void> {
    const content = path.join(this.folders.www, "wp-content");
    for (const name of ["db.php", "sqlite-database-integration"]) {
      rmSync(path.join(content, name), { recursive: true });
    }
    const printed = await this.runPhp(
      installOn(this.url, config),
      "define( 'WP_INSTALLING', true );",
    );
    if (!printed.endsWith("installed")) throw new Error(`no WordPress on MariaDB: ${printed}`);
  }

  /** All rows of all tables as text; only where the site is on MariaDB. */
  dump(): string | undefined {
    return this.#mariaDb?.dump();
  }

  /**
   * Serves at the same address again. The port may be held for a moment: by a worker that is just
   * ending, or by somebody's outgoing connection. A server that finds it so ends, and is tried again.
   */
  async restart(): Promise<void> {
    for (let attempt = 0; attempt < 40; attempt++) {
      await this.kill();
      if (await this.#comesUp()) return;
      await sleep(250);
    }
    throw new Error(`php -S did not come up on port ${this.#port}`);
  }

  async #comesUp(): Promise<boolean> {
    const { www, root } = this.folders;
    const address = `127.0.0.1:${this.#port}`;
    const args = [...this.#ini, "-S", address, "-t", www, path.join(root, "router.php")];
    // A group of its own: the workers outlive a killed parent and would keep the port.
    const server = spawn("php", args, {
      detached: true,
      stdio: "ignore",
      env: { ...process.env, PHP_CLI_SERVER_WORKERS: "6" },
    });
    this.#server = server;
    for (let look = 0; look < 150 && server.exitCode === null; look++) {
      const reply = await fetch(`${this.url}/readme.html`).catch(() => undefined);
      await reply?.arrayBuffer();
      if (reply?.ok === true) return true;
      await sleep(40);
    }
    return false;
  }

  /** Ends every worker at once, as a power cut would. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server?.pid === undefined || server.exitCode !== null) return;
    const gone = server.signalCode === null ? once(server, "exit") : undefined;
    process.kill(-server.pid, "SIGKILL");
    await gone;
  }

  /** Runs PHP statements inside this WordPress and returns what they print. */
  async runPhp(code: string, before = ""): Promise<string> {
    const file = path.join(this.folders.root, `run-${(this.#runs += 1)}.php`);
    const load = path.join(this.folders.www, "wp-load.php");
    const host = `127.0.0.1:${this.#port}`;
    writeFileSync(
      file,
      `<?php ${before} $_SERVER += array( 'HTTP_HOST' => '${host}', 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET', 'DOCUMENT_ROOT' => '${this.folders.www}' ); if ( '' === $_SERVER['DOCUMENT_ROOT'] ) { $_SERVER['DOCUMENT_ROOT'] = '${this.folders.www}'; }\nrequire_once '${load}';\n${code}`,
    );
    const run = await this.#php([file]);
    rmSync(file);
    if (run.code === 0) return run.stdout;
    throw new Error(`PHP failed (${run.code}): ${run.stdout}${run.stderr}`);
  }

  /** Runs wp-cli, without the leading `wp`. */
  cli(args: readonly string[]): Promise<Printed> {
    const common = [`--path=${this.folders.www}`, "--allow-root", "--no-color"];
    return this.#php([this.#wpCli, ...common, ...args]);
  }

  /** Whoever the site speaks to meanwhile may live in this process. */
  #php(args: readonly string[]): Promise<Printed> {
    return new Promise((resolve) => {
      const options = { maxBuffer: 64 << 20 };
      execFile("php", [...this.#ini, ...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 255;
        resolve({ stdout, stderr, code });
      });
    });
  }

  async close(): Promise<void> {
    await this.kill();
    await this.#mariaDb?.close();
    rmSync(this.folders.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
