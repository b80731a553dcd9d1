/** A fleet of real WordPress sites on this machine. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { prepareWordPress, type WordPressFiles } from "./install.ts";
import type { RunResult } from "./php.ts";
import { SandboxError } from "./sandbox-error.ts";
import { SiteProcess } from "./site.ts";
import { connectorFolder } from "./site-files.ts";
import { compiledWith, prepareTemplate } from "./template.ts";
import { type PhpConstant, phpLiteral, wpConfig } from "./wp-config.ts";

const CONNECTOR = "countersign/countersign.php";

export interface SiteSpec {
  readonly id: string;
  /** Files below wp-content/plugins, by relative path: `my-plugin/my-plugin.php`. */
  readonly plugins?: Readonly<Record<string, string | Uint8Array>>;
  /** Activated as in wp-admin, with their activation hooks: `my-plugin/my-plugin.php`. */
  readonly activePlugins?: readonly string[];
  /** `pretty` when absent. */
  readonly permalinks?: "pretty" | "plain";
  /** Constants of wp-config.php; they win over the sandbox's own. */
  readonly constants?: Readonly<Record<string, PhpConstant>>;
  /** Settings of php.ini; they win over the sandbox's own. */
  readonly phpIni?: Readonly<Record<string, string>>;
}

export interface FleetOptions {
  readonly sites: readonly SiteSpec[];
  /** The connector's source folder: copied into every site as `countersign` and activated. */
  readonly connectorDir?: string;
  /** Becomes the constant COUNTERSIGN_PACKAGE_ORIGINS in every site. */
  readonly packageOrigin?: string;
  readonly onProgress?: (message: string) => void;
}

/** A running site. `user` is an administrator. */
export interface SandboxSite {
  readonly id: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** The document root on the host's disk: exactly the files that run. */
  readonly dir: string;
  /** WP_DEBUG_LOG on the host's disk; absent until WordPress has something to say. */
  readonly debugLog: string;
  /** Runs PHP statements inside this WordPress and returns what they print. @throws SandboxError */
  runPhp(code: string): Promise<string>;
  /** Runs wp-cli, without the leading `wp`. */
  cli(args: readonly string[]): Promise<RunResult>;
  /** Ends the site's process as a power cut would; its files stay. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Serves the files as they now are, at the same address. */
  restart(): Promise<void>;
  /** Ends the site and removes its files. */
  close(): Promise<void>;
}

export interface Fleet {
  readonly sites: readonly SandboxSite[];
  /** Ends every site, waits until the processes are gone, and removes all files. */
  close(): Promise<void>;
}

/**
 * Starts the sites, each in a process of its own on a free loopback port. Either all of them
 * run when this returns, or none does.
 *
 * @throws SandboxError when the set-up, a site or the activation of a plugin fails
 */
export async function startWordPress(options: FleetOptions): Promise<Fleet> {
  const onProgress = options.onProgress ?? (() => undefined);
  const files = await prepareWordPress({ onProgress });
  const templateHome = await prepareTemplate(files, onProgress);
  const root = await mkdtemp(path.join(tmpdir(), "countersign-wordpress-"));
  const sites: SandboxSite[] = [];
  const close = async () => {
    await Promise.all(sites.map((site) => site.close()));
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await inParallel(options.sites, async (spec, index) => {
      sites[index] = await startSite(spec, { options, files, templateHome, root });
      onProgress(`${spec.id} runs at ${sites[index].url}`);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { sites, close };
}

interface Setting {
  readonly options: FleetOptions;
  readonly files: WordPressFiles;
  readonly templateHome: string;
  readonly root: string;
}

async function startSite(spec: SiteSpec, setting: Setting): Promise<SandboxSite> {
  const { options, files, templateHome } = setting;
  const root = path.join(setting.root, checkedId(spec.id));
  const [user, password] = ["admin", randomBytes(12).toString("base64url")];
  const pluginFolders = connectorFolder(options.connectorDir);
  const site = await SiteProcess.start({
    root,
    phpIni: spec.phpIni ?? {},
    wpCli: files.wpCli,
    opcache: compiledWith(templateHome),
    create: {
      templateHome,
      site: {
        title: spec.id,
        user,
        password,
        permalinks: spec.permalinks ?? "pretty",
        wpConfig: wpConfig({ ...originConstant(options.packageOrigin), ...spec.constants }),
        plugins: spec.plugins ?? {},
        pluginFolders,
      },
    },
  });
  const close = async () => {
    await site.kill("SIGKILL");
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const connector = "countersign" in pluginFolders ? [CONNECTOR] : [];
    await activate(site, [...connector, ...(spec.activePlugins ?? [])]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    id: spec.id,
    url: site.url,
    user,
    password,
    dir: site.folders.www,
    debugLog: site.folders.debugLog,
    runPhp: (code) => site.runPhp(code),
    cli: (args) => site.cli(args),
    kill: (signal) => site.kill(signal),
    restart: () => site.restart(),
    close,
  };
}

function originConstant(origin: string | undefined): Record<string, PhpConstant> {
  return origin === undefined ? {} : { COUNTERSIGN_PACKAGE_ORIGINS: origin };
}

/** One by one, in the given order, because a plugin may require one named before it. */
async function activate(site: SiteProcess, plugins: readonly string[]): Promise<void> {
  if (plugins.length === 0) return;
  const list = plugins.map((plugin) => phpLiteral(plugin)).join(", ");
  await site.runPhp(`
    require_once ABSPATH . 'wp-admin/includes/plugin.php';
    foreach ( array( ${list} ) as $plugin ) {
      $problem = activate_plugin( $plugin );
      if ( is_wp_error( $problem ) ) {
        echo $plugin, ': ', $problem->get_error_message();
        exit( 1 );
      }
    }`);
}

function checkedId(id: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u.test(id)) return id;
  throw new SandboxError(`\`${id}\` cannot be the id of a site.`, {
    hint: "Use 1 to 63 of a-z, 0-9 and inner hyphens.",
  });
}

/** As many at once as the machine has cores; stops at the first failure, after those under way. */
async function inParallel<T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      await work(next[1], next[0]);
    }
  };
  const lanes = Array.from({ length: availableParallelism() }, () =>
    worker().catch((error: unknown) => {
      queue.length = 0;
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(lanes);
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
