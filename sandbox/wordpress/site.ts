/** One running WordPress site, seen from the process that started it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "./php.ts";
import { SandboxError } from "./sandbox-error.ts";
import { foldersOf, type SiteFolders } from "./site-files.ts";
import type { SiteReport, SiteTask, StartOrder } from "./site-protocol.ts";
import { DOCUMENT_ROOT } from "./wp-config.ts";

const PROCESS = fileURLToPath(new URL("site-process.ts", import.meta.url));
const BOOT_PATIENCE_MS = 120_000;
const TASK_PATIENCE_MS = 120_000;
const LOAD_WORDPRESS = `<?php require_once '${DOCUMENT_ROOT}/wp-load.php';`;

type Order = Omit<StartOrder, "kind" | "parentPid" | "port">;
type Task = SiteTask extends infer T ? (T extends SiteTask ? Omit<T, "id"> : never) : never;

interface Pending {
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The process of a site, with everything needed to start it again at the same address. */
export class SiteProcess {
  readonly folders: SiteFolders;
  readonly #order: Order;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  #port = 0;
  #lastId = 0;

  private constructor(order: Order) {
    this.#order = order;
    this.folders = foldersOf(order.root);
  }

  /** @throws SandboxError when the site does not come up; its log is then in the message */
  static async start(order: Order): Promise<SiteProcess> {
    const site = new SiteProcess(order);
    await site.#boot(order);
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts the process again, at the same address and on the files as they are. */
  async restart(): Promise<void> {
    await this.kill("SIGKILL");
    const { create: _made, ...again } = this.#order;
    await this.#boot(again);
  }

  /** Ends the process and waits until it is gone; PHP gets no chance to finish anything. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  /** Runs PHP without loading WordPress first. */
  runFile(file: string): Promise<RunResult> {
    return this.#ask({ kind: "php", file });
  }

  /**
   * Runs PHP statements inside this WordPress and returns what they print.
   *
   * @throws SandboxError when the script ends with an exit code other than 0
   */
  async runPhp(code: string): Promise<string> {
    const { code: exitCode, stdout } = await this.runFile(`${LOAD_WORDPRESS}\n${code}`);
    if (exitCode === 0) return stdout;
    const reason = lastFatal(this.folders.debugLog) ?? stdout.trim();
    throw new SandboxError(`PHP ended with exit code ${exitCode}: ${reason}`, {
      hint: `WordPress's own log is ${this.folders.debugLog}.`,
    });
  }

  /** Writes what PHP has compiled of WordPress so far into a file, for a later `opcache`. */
  async saveCompiled(file: string): Promise<void> {
    await this.#ask({ kind: "opcache", file });
  }

  /** Runs wp-cli. A failing command is a value: look at `code`. */
  cli(args: readonly string[]): Promise<RunResult> {
    return this.#ask({ kind: "cli", args });
  }

  async #boot(order: Order): Promise<void> {
    const child = forkSite(this.folders.root);
    this.#child = child;
    const ready = firstReport(child, this.folders.root);
    child.send({ ...order, kind: "start", parentPid: process.pid, port: this.#port });
    this.#port = await ready;
    child.on("message", (report: SiteReport) => this.#settle(report));
    child.on("exit", () => this.#abandon());
  }

  #ask(task: Task): Promise<RunResult> {
    const child = this.#child;
    if (!child?.connected) return Promise.reject(this.#goneError());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const expire = () => {
        this.#pending.delete(id);
        const problem = `${this.url} did not finish a ${task.kind} task within two minutes.`;
        reject(new SandboxError(problem, { hint: this.#logHint() }));
      };
      const timer = setTimeout(expire, TASK_PATIENCE_MS);
      this.#pending.set(id, { resolve, reject, timer });
      child.send({ ...task, id });
    });
  }

  #settle(report: SiteReport): void {
    if (report.kind !== "done" && report.kind !== "broken") return;
    const pending = this.#pending.get(report.id);
    clearTimeout(pending?.timer);
    this.#pending.delete(report.id);
    if (report.kind === "done") pending?.resolve(report.result);
    else pending?.reject(new SandboxError(report.reason, { hint: this.#logHint() }));
  }

  #abandon(): void {
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#goneError());
    }
    this.#pending.clear();
  }

  #goneError(): SandboxError {
    return new SandboxError(`The process of ${this.url} is not running.`, {
      hint: `Call restart(). ${this.#logHint()}`,
    });
  }

  #logHint(): string {
    return `Its output is in ${logFile(this.folders.root)}.`;
  }
}

/** PHP's last fatal error: what a failed script prints is only WordPress's page for visitors. */
function lastFatal(debugLog: string): string | undefined {
  if (!existsSync(debugLog)) return undefined;
  const at = readFileSync(debugLog, "utf8")
    .split(/^\[[^\]]+\] PHP Fatal error: /mu)
    .slice(1)
    .at(-1);
  return at?.trim();
}

const logFile = (root: string) => path.join(root, "process.log");

function forkSite(root: string): ChildProcess {
  mkdirSync(root, { recursive: true });
  const log = openSync(logFile(root), "a");
  try {
    return fork(PROCESS, {
      stdio: ["ignore", log, log, "ipc"],
      serialization: "advanced",
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
  } finally {
    closeSync(log);
  }
}

/** Resolves with the port once the site serves. */
function firstReport(child: ChildProcess, root: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      const log = readFileSync(logFile(root), "utf8").slice(-1500).trim();
      reject(
        new SandboxError(`A WordPress site did not start: ${reason}`, {
          hint: log === "" ? "Its process printed nothing." : `Its process printed: ${log}`,
        }),
      );
    };
    const timer = setTimeout(() => fail("it took more than two minutes"), BOOT_PATIENCE_MS);
    child.once("error", (error) => fail(error.message));
    const onExit = (code: number | null) => fail(`its process ended with exit code ${code}`);
    child.once("exit", onExit);
    child.once("message", (report: SiteReport) => {
      child.off("exit", onExit);
      if (report.kind !== "ready")
        return fail(report.kind === "failed" ? report.reason : report.kind);
      clearTimeout(timer);
      resolve(report.port);
    });
  });
}
