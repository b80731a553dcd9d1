/**
 * Brings a real WordPress and a PHP to this machine, with the npm client as the only thing that
 * talks to a network: PHP as WebAssembly is installed in sandbox/, and WordPress, its SQLite
 * drop-in and wp-cli are taken out of one pinned npm package that is never itself installed.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { withLock } from "./folder-lock.ts";
import { runProgram } from "./run-program.ts";
import { SandboxError } from "./sandbox-error.ts";

export const WORDPRESS_VERSION = "7.1.1";

const CARRIER = {
  spec: "wp-studio@1.22.0",
  sha512:
    "boMtahkhgWDKKyNTBA1uTK5ghnAmxXhDY6KeQCO9FmcI3/o+YOSq8JwYW5ZYnxHCxH14Jf/mD6CJTBvTWl2Ytw==",
  folder: "package/dist/cli/wp-files",
};

const SANDBOX = fileURLToPath(new URL("..", import.meta.url));
const CACHE = path.join(SANDBOX, "..", ".cache");
const NPM_HINT = "Check that npm reaches its registry (`npm ping`), then start again.";

/** Where the pieces are. All of it is shared: nothing may write there. */
export interface WordPressFiles {
  readonly version: string;
  /** The cache folder that holds the rest; finished templates are kept beside them. */
  readonly root: string;
  readonly core: string;
  readonly sqliteDropIn: string;
  readonly wpCli: string;
}

export interface PrepareOptions {
  readonly onProgress?: (message: string) => void;
  /** For tests: another cache folder than the project's own. */
  readonly cacheDir?: string;
}

/**
 * Guarantees that PHP and WordPress are here, complete and as pinned. Costs nothing when they
 * already are; safe when several processes ask at once; an interrupted run leaves no half.
 *
 * @throws SandboxError when npm or tar fails, or the downloaded bytes are not the pinned ones
 */
export async function prepareWordPress(options: PrepareOptions = {}): Promise<WordPressFiles> {
  const onProgress = options.onProgress ?? (() => undefined);
  const files = filesIn(options.cacheDir ?? CACHE);
  await installPhp(onProgress);
  if (!existsSync(files.root)) {
    await withLock(`${files.root}.lock`, async () => {
      if (!existsSync(files.root)) await fetchWordPress(files, onProgress);
    });
  }
  return files;
}

function filesIn(cacheDir: string): WordPressFiles {
  const root = path.join(cacheDir, `wordpress-${WORDPRESS_VERSION}`);
  return {
    version: WORDPRESS_VERSION,
    root,
    core: path.join(root, "core"),
    sqliteDropIn: path.join(root, "sqlite-database-integration"),
    wpCli: path.join(root, "wp-cli.phar"),
  };
}

/** `npm ci` empties node_modules first, so the mark inside it stands for a finished install. */
async function installPhp(onProgress: (message: string) => void): Promise<void> {
  const wanted = createHash("sha256")
    .update(await readFile(path.join(SANDBOX, "package-lock.json")))
    .digest("hex");
  const mark = path.join(SANDBOX, "node_modules", ".countersign-installed");
  const isInstalled = async () => (await readFile(mark, "utf8").catch(() => "")) === wanted;
  if (await isInstalled()) return;
  await withLock(path.join(CACHE, "sandbox-install.lock"), async () => {
    if (await isInstalled()) return;
    onProgress("Installing PHP (WebAssembly) from the npm registry");
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runProgram("npm", args, { cwd: SANDBOX, hint: NPM_HINT });
    await writeFile(mark, wanted);
  });
}

async function fetchWordPress(
  files: WordPressFiles,
  onProgress: (message: string) => void,
): Promise<void> {
  const work = await mkdtemp(`${files.root}.partial-`);
  try {
    onProgress(`Downloading WordPress ${files.version} from the npm registry (67 MB)`);
    const archive = await downloadCarrier(work);
    onProgress("Unpacking WordPress");
    const finished = await unpack(archive, work);
    await rename(finished, files.root);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function downloadCarrier(work: string): Promise<string> {
  const args = ["pack", CARRIER.spec, "--ignore-scripts", "--silent"];
  const printed = await runProgram("npm", args, { cwd: work, hint: NPM_HINT });
  const archive = path.join(work, path.basename(printed.trim().split("\n").at(-1) ?? ""));
  const hash = createHash("sha512");
  await pipeline(createReadStream(archive), hash);
  const found = hash.digest("base64");
  if (found !== CARRIER.sha512) {
    throw new SandboxError(
      `${CARRIER.spec} from the npm registry has sha512 ${found}, but ${CARRIER.sha512} is pinned.`,
      { hint: "Do not use it. Check the registry that npm is configured for." },
    );
  }
  return archive;
}

async function unpack(archive: string, work: string): Promise<string> {
  const parts = ["latest/wordpress", "sqlite-database-integration", "wp-cli/wp-cli.phar"];
  const depth = CARRIER.folder.split("/").length;
  const members = parts.map((part) => `${CARRIER.folder}/${part}`);
  await runProgram("tar", ["-xzf", archive, `--strip-components=${depth}`, ...members], {
    cwd: work,
    hint: "The set-up needs `tar` and about 250 MB of free disk.",
  });
  const finished = path.join(work, "finished");
  await mkdir(finished);
  const move = (from: string, to: string) => rename(path.join(work, from), path.join(finished, to));
  await move("latest/wordpress", "core");
  await move("sqlite-database-integration", "sqlite-database-integration");
  await move("wp-cli/wp-cli.phar", "wp-cli.phar");
  return finished;
}
