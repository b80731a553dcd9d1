/** The oldest and the newest PHP that the connector runs on, without a WordPress. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as PhpNode from "@php-wasm/node";
import type * as PhpUniversal from "@php-wasm/universal";
import { withLock } from "./folder-lock.ts";
import type { RunResult } from "./php.ts";
import { runProgram } from "./run-program.ts";

export type OtherPhp = "7.4" | "8.5";

const FOLDER = fileURLToPath(new URL("../versions", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache", import.meta.url));
const HINT = "Check that npm reaches its registry (`npm ping`), then start again.";

/**
 * Installs both, 160 MB, unless they are here.
 *
 * @throws SandboxError when npm fails
 */
export async function preparePhpVersions(): Promise<void> {
  const mark = path.join(FOLDER, "node_modules", ".package-lock.json");
  if (existsSync(mark)) return;
  await withLock(path.join(CACHE, "versions-install.lock"), async () => {
    if (existsSync(mark)) return;
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    await runProgram("npm", args, { cwd: FOLDER, hint: HINT });
  });
}

/** Runs PHP in a fresh interpreter that sees the given folders of this machine. */
export async function runOtherPhp(
  version: OtherPhp,
  code: string,
  folders: Readonly<Record<string, string>>,
): Promise<RunResult> {
  const { loadNodeRuntime, createNodeFsMountHandler } = await moduleOf<typeof PhpNode>("node");
  const { PHP, FileLockManagerInMemory, setPhpIniEntries } =
    await moduleOf<typeof PhpUniversal>("universal");
  const runtime = await loadNodeRuntime(version, {
    fileLockManager: new FileLockManagerInMemory(),
    emscriptenOptions: { processId: 1, preRun: [] },
  });
  const php = new PHP(runtime);
  try {
    await setPhpIniEntries(php, { memory_limit: "512M", max_execution_time: "0" });
    for (const [place, folder] of Object.entries(folders)) {
      php.mkdirTree(place);
      await php.mount(place, createNodeFsMountHandler(folder));
    }
    const { exitCode, text, errors } = await php.run({ code });
    return { code: exitCode, stdout: text, stderr: errors };
  } finally {
    php.exit();
  }
}

/** These packages are kept apart from the sandbox's own, which has one PHP version alone. */
async function moduleOf<T>(name: string): Promise<T> {
  const file = path.join(FOLDER, "node_modules/@php-wasm", name, "index.js");
  return (await import(pathToFileURL(file).href)) as T;
}
