/** Wires the adapters to the workflows and starts the App. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Logger, pino } from "pino";
import { createNodeMiddleware, Probot, ProbotOctokit } from "probot";
import { countersign } from "../app.ts";
import { keySourceOf } from "../signing/key-source.ts";
import { openFeeds } from "../wordpress/feeds.ts";
import type { Database } from "../store/database.ts";
import { openPostgres } from "../store/postgres.ts";
import { openSqlite } from "../store/sqlite.ts";
import { openPackages } from "../wordpress/packages.ts";
import { connectSites } from "../wordpress/sites.ts";
import { CountersignError } from "../errors.ts";
import type { Clock } from "../workflow/ports.ts";
import type { ClaimedJob } from "../workflow/queue-port.ts";
import type { Store } from "../workflow/store-port.ts";
import { receivePairing } from "../workflow/pair.ts";
import { evidence } from "../workflow/evidence.ts";
import { heartbeat } from "../workflow/heartbeat.ts";
import { type Fleets, openFleets } from "./fleets.ts";
import { openInbox } from "./inbox.ts";
import { type MessageHandlers, openMessageDoor } from "./messages.ts";
import { runJob } from "./run-job.ts";
import type { Settings } from "./settings.ts";
import { startWorker, type Worker } from "./worker.ts";

const webhooksPath = "/api/github/webhooks";
/** GitHub caps its payloads at 25 MB; Probot itself would read any length. */
const maxBodyBytes = 25 * 1024 * 1024;

/** One for each kind of message that a site sends. */
const messageHandlers: MessageHandlers = {
  pairing: receivePairing,
  heartbeat,
  evidence,
};

export interface RunningServer {
  readonly url: string;
  readonly webhooksUrl: string;
  /** Ends after the running jobs; what is queued runs at the next start. */
  stop(): Promise<void>;
}

export async function startServer(settings: Settings): Promise<RunningServer> {
  const log = pino({ level: settings.logLevel, name: "countersign" });
  const clock = { now: () => Math.floor(Date.now() / 1000) };
  const keys = keySourceOf(settings.seed);
  const { store, queue } = await openDatabase(settings, { clock, log });
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    secret: settings.webhookSecret,
    baseUrl: settings.githubApiUrl,
    log,
    Octokit: ProbotOctokit.defaults((options: object) => ({
      ...options,
      // A refused write is an answer, not a hiccup: jobs are retried as a whole, later.
      retry: { enabled: false },
      throttle: { enabled: settings.throttle },
    })),
  });
  const fleets = openFleets({
    store,
    keys,
    clock,
    sites: connectSites(),
    doorUrl: settings.publicUrl,
    openPackages: () => openPackages(),
    openFeeds: () => openFeeds({ env: process.env, folder: settings.feedsFolder, clock }),
    probot,
    appId: settings.appId,
  });
  const worker: Worker = startWorker({
    queue,
    log,
    run: (job) => work(job, { fleets, store }),
  });
  const inbox = openInbox({ store, clock, wake: () => worker.wake() });
  const middleware = await createNodeMiddleware(countersign(inbox), { probot, webhooksPath });
  const sweep = setInterval(() => {
    void inbox.sweepAll().catch((error: unknown) => log.error({ err: error }, "cannot sweep"));
  }, settings.sweepSeconds * 1000);

  const isForDoor = openMessageDoor({
    fleets,
    handlers: messageHandlers,
    store,
    clock,
    log,
    wake: () => worker.wake(),
    proxies: settings.proxies,
  });
  const http = createServer((request, response) => {
    if (isForDoor(request, response)) return;
    if (answerHealth(request, response) || refuseBody(request, response)) return;
    void Promise.resolve(middleware(request, response, () => notFound(response))).catch(
      (error: unknown) => {
        log.error({ err: error }, "cannot answer");
        if (!response.headersSent) response.writeHead(500);
        response.end();
      },
    );
  });
  const url = await listen(http, settings);
  return {
    url,
    webhooksUrl: url + webhooksPath,
    async stop() {
      clearInterval(sweep);
      http.close();
      http.closeAllConnections();
      await worker.stop();
      await store.close();
    },
  };
}

function openDatabase(
  { databaseUrl, databaseFile }: Settings,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Database> {
  if (databaseUrl === null) return openSqlite(databaseFile, clock);
  return openPostgres(databaseUrl, {
    onError: (error) => log.error({ err: error }, "the database's connection"),
  });
}

/** Does a job, and puts into the queue what has to run after it. */
async function work(
  job: ClaimedJob,
  { fleets, store }: { readonly fleets: Fleets; readonly store: Store },
): Promise<void> {
  try {
    for (const next of await runJob(await fleets.of(job.repo), job)) {
      await store.enqueue(job.repo, next);
    }
  } catch (error) {
    // Somebody else wrote the log: what is in memory is not the log any more.
    if (error instanceof CountersignError && error.code === "log_mismatch") fleets.forget(job.repo);
    throw error;
  }
}

function answerHealth(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== "GET" || request.url !== "/countersign/health") return false;
  response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
  return true;
}

function refuseBody(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== "POST") return false;
  const length = Number(request.headers["content-length"] ?? Number.NaN);
  if (length <= maxBodyBytes) return false;
  const status = Number.isNaN(length) ? 411 : 413;
  response.writeHead(status, { connection: "close" }).end();
  return true;
}

function notFound(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(404).end();
}

function listen(http: ReturnType<typeof createServer>, settings: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen(settings.port, settings.host, () => {
      const address = http.address();
      const port = typeof address === "object" && address !== null ? address.port : settings.port;
      resolve(`http://${settings.host}:${port}`);
    });
  });
}
