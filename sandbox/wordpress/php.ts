/**
 * PHP for one site: a few PHP instances in this process, as PHP-FPM would keep, over folders of
 * the host. A request that calls back into the same site is served by another instance.
 */
import { readFile } from "node:fs/promises";
import { createNodeFsMountHandler, loadNodeRuntime } from "@php-wasm/node";
import {
  FileLockManagerInMemory,
  PHP,
  PHPRequestHandler,
  type PHPResponse,
  setPhpIniEntries,
} from "@php-wasm/universal";
import { collectOpcache, opcacheSeed } from "./opcache.ts";
import { forgetDeletedFiles } from "./shared-files.ts";
import type { SiteFolders } from "./site-files.ts";
import { DOCUMENT_ROOT, PHP_HOME } from "./wp-config.ts";

const PHP_VERSION = "8.3";
const INSTANCES = 4;
const WP_CLI = "/opt/wp-cli.phar";

/**
 * As on ordinary hosting, where the defaults of the WebAssembly build differ. Nothing may start
 * another program: there is none, and this build would wait for it for ever. Its execution time
 * counts waiting too, which PHP elsewhere does not, so it gets four times the usual 30 seconds.
 */
const PHP_INI: Readonly<Record<string, string>> = {
  memory_limit: "256M",
  max_execution_time: "120",
  post_max_size: "64M",
  upload_max_filesize: "64M",
  allow_url_fopen: "1",
  disable_functions: "exec,shell_exec,passthru,system,popen,proc_open",
  display_errors: "0",
  "session.save_path": "/tmp",
};

/** Runs before every script: says what a web server would say, where the build says otherwise. */
const WEB_SERVER = `<?php
if ( isset( $_SERVER['SCRIPT_NAME'] ) ) {
	$_SERVER['PHP_SELF'] = $_SERVER['SCRIPT_NAME'] . ( $_SERVER['PATH_INFO'] ?? '' );
}
if ( isset( $_SERVER['HTTP_HOST'] ) ) {
	list( $_SERVER['SERVER_NAME'], $_SERVER['SERVER_PORT'] ) = explode( ':', $_SERVER['HTTP_HOST'] . ':80' );
}
`;

/** How a piece of PHP or a command line ended. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SiteRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | undefined;
}

export interface PhpSite {
  request(request: SiteRequest): Promise<PHPResponse>;
  /** Runs a whole PHP file given as text; `$_SERVER` looks like a request to the front page. */
  run(file: string): Promise<RunResult>;
  /** What PHP has compiled of WordPress so far, in the form that `opcache` takes. */
  compiled(): Promise<Buffer>;
  /** Runs wp-cli in a PHP of its own. */
  cli(args: readonly string[], wpCli: string): Promise<RunResult>;
}

export function createPhpSite(
  folders: SiteFolders,
  url: string,
  options: { phpIni: Readonly<Record<string, string>>; opcache: string | undefined },
): PhpSite {
  const createPhp = phpFactory(folders, {
    phpIni: { ...PHP_INI, ...options.phpIni },
    seed: opcacheSeed(options.opcache),
  });
  const handler = new PHPRequestHandler({
    documentRoot: DOCUMENT_ROOT,
    absoluteUrl: url,
    cookieStore: false,
    maxPhpInstances: INSTANCES,
    phpFactory: () => createPhp("fpm-fcgi"),
    getFileNotFoundAction: () => ({ type: "internal-redirect", uri: "/index.php" }),
  });
  const borrow = () => handler.instanceManager.acquirePHPInstance();
  return {
    request: ({ path, method, headers, body }) =>
      handler.request({ url: url + path, method, headers, ...(body && { body }) }),
    run: (file) => runFile(borrow, file, new URL(url).host),
    compiled: () => withPhp(borrow, (php) => Promise.resolve(collectOpcache(php))),
    cli: async (args, wpCli) => runCli(await createPhp("cli"), args, { wpCli, url }),
  };
}

function phpFactory(
  folders: SiteFolders,
  { phpIni, seed }: { phpIni: Readonly<Record<string, string>>; seed: (php: PHP) => void },
) {
  const fileLockManager = new FileLockManagerInMemory();
  let nextProcessId = 1;
  const loadRuntime = () =>
    loadNodeRuntime(PHP_VERSION, {
      fileLockManager,
      emscriptenOptions: { processId: nextProcessId++, preRun: [forgetDeletedFiles] },
    });
  return async (sapi: "fpm-fcgi" | "cli"): Promise<PHP> => {
    const php = new PHP(await loadRuntime());
    await php.setSapiName(sapi);
    await setPhpIniEntries(php, { ...phpIni, ...(sapi === "cli" && { max_execution_time: "0" }) });
    php.mkdirTree(PHP_HOME);
    await php.mount(PHP_HOME, createNodeFsMountHandler(folders.home));
    await php.mount("/tmp", createNodeFsMountHandler(folders.tmp));
    php.mkdirTree("/internal/shared/preload");
    php.writeFile("/internal/shared/preload/web-server.php", WEB_SERVER);
    seed(php);
    php.enableRuntimeRotation({ recreateRuntime: loadRuntime });
    return php;
  };
}

type Borrow = PHPRequestHandler["instanceManager"]["acquirePHPInstance"];

async function withPhp<T>(borrow: Borrow, work: (php: PHP) => Promise<T>): Promise<T> {
  const { php, reap } = await borrow();
  try {
    return await work(php);
  } finally {
    reap();
  }
}

/** PHP reports a failed script by rejecting, with the response inside the error. */
async function runFile(borrow: Borrow, code: string, host: string): Promise<RunResult> {
  const $_SERVER = {
    HTTP_HOST: host,
    REQUEST_URI: "/",
    REQUEST_METHOD: "GET",
    SERVER_PROTOCOL: "HTTP/1.1",
    SCRIPT_NAME: "/index.php",
    SCRIPT_FILENAME: `${DOCUMENT_ROOT}/index.php`,
    DOCUMENT_ROOT,
    REMOTE_ADDR: "127.0.0.1",
  };
  try {
    return resultOf(await withPhp(borrow, (php) => php.run({ code, $_SERVER })));
  } catch (error) {
    if (error instanceof Error && "response" in error) {
      return resultOf(error.response as PHPResponse);
    }
    throw error;
  }
}

function resultOf(response: PHPResponse): RunResult {
  return { code: response.exitCode, stdout: response.text, stderr: response.errors };
}

async function runCli(
  php: PHP,
  args: readonly string[],
  site: { wpCli: string; url: string },
): Promise<RunResult> {
  try {
    php.mkdirTree("/opt");
    php.writeFile(WP_CLI, await readFile(site.wpCli));
    const argv = ["php", WP_CLI, `--path=${DOCUMENT_ROOT}`, `--url=${site.url}`, "--no-color"];
    const streamed = await php.cli([...argv, ...args], { env: { COLUMNS: "120" } });
    const [stdout, stderr] = await Promise.all([streamed.stdoutText, streamed.stderrText]);
    return { code: await streamed.exitCode, stdout, stderr };
  } finally {
    php.exit();
  }
}
