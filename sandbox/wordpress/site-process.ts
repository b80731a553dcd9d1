/** The process of one WordPress site: its files, its PHP and its web server. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { WatchOrder } from "./parent-watch.ts";
import { createPhpSite, type PhpSite, type RunResult } from "./php.ts";
import { claimAddress, foldersOf, layOut } from "./site-files.ts";
import type { SiteReport, SiteTask, StartOrder } from "./site-protocol.ts";

/** A report that nobody is left to hear is no fault: the watch is about to end this process. */
const report = (message: SiteReport) => process.send?.(message, () => undefined);
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

process.once("message", (order: StartOrder) => {
  watchParent(order);
  start(order).catch((error: unknown) => {
    console.error(error);
    process.send?.({ kind: "failed", reason: reasonOf(error) } satisfies SiteReport, () =>
      process.exit(1),
    );
  });
});

function watchParent({ parentPid, root }: StartOrder): void {
  const workerData: WatchOrder = { parentPid, folder: root };
  const watch = new Worker(new URL("parent-watch.ts", import.meta.url), { workerData });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  process.once("disconnect", () => watch.postMessage("disconnected"));
}

async function start(order: StartOrder): Promise<void> {
  const folders = foldersOf(order.root);
  const { promise: booted, resolve: serve } = Promise.withResolvers<PhpSite>();
  const server = createServer((request, response) => {
    void booted.then((php) => answer(php, request, response));
  });
  const port = await listen(server, order.port);
  const url = `http://127.0.0.1:${port}`;
  if (order.create) {
    layOut(folders, order.create.templateHome, order.create.site);
    claimAddress(folders, url, order.create.site);
  }
  const php = createPhpSite(folders, url, { phpIni: order.phpIni, opcache: order.opcache });
  await warmUp(php);
  process.on("message", (task: SiteTask) => void perform(php, task, order.wpCli));
  serve(php);
  report({ kind: "ready", port });
}

/** The first script of a PHP compiles the most; a broken PHP shows here and not in a test. */
async function warmUp(php: PhpSite): Promise<void> {
  const { stdout } = await php.run("<?php echo 'PHP ' . PHP_VERSION;");
  if (!stdout.startsWith("PHP ")) throw new Error(`PHP does not run: ${stdout.slice(0, 300)}`);
}

const heldPortTries = 40;

/** At a restart the port may be held for a moment, by somebody's outgoing connection. */
async function listen(server: Server, port: number): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      break;
    } catch (error) {
      const isHeld = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!isHeld || port === 0 || tries >= heldPortTries) throw error;
      await sleep(250);
    }
  }
  const address = server.address();
  if (address !== null && typeof address === "object") return address.port;
  throw new Error("the web server has no port");
}

async function perform(php: PhpSite, task: SiteTask, wpCli: string): Promise<void> {
  try {
    report({ kind: "done", id: task.id, result: await resultOf(php, task, wpCli) });
  } catch (error) {
    report({ kind: "broken", id: task.id, reason: reasonOf(error) });
  }
}

async function resultOf(php: PhpSite, task: SiteTask, wpCli: string): Promise<RunResult> {
  switch (task.kind) {
    case "php":
      return php.run(task.file);
    case "cli":
      return php.cli(task.args, wpCli);
    case "opcache":
      writeFileSync(task.file, await php.compiled());
      return { code: 0, stdout: "", stderr: "" };
  }
}

async function answer(
  php: PhpSite,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const result = await php.request({
      path: request.url ?? "/",
      method: request.method ?? "GET",
      headers: flatHeaders(request),
      body: await bodyOf(request),
    });
    response.statusCode = result.httpStatusCode;
    for (const [name, values] of Object.entries(result.headers)) response.setHeader(name, values);
    response.removeHeader("transfer-encoding");
    response.end(result.bytes);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.statusCode = 500;
    response.end(`The sandbox's PHP failed: ${reasonOf(error)}`);
  }
}

function flatHeaders(request: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? undefined : new Uint8Array(Buffer.concat(chunks));
}
