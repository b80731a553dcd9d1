/** Wires the adapters to the workflows and starts the App. */
import { createServer } from "node:http";
import { pino } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { countersign } from "../app.ts";
import { keySourceOf } from "../signing/key-source.ts";
import { openFeeds } from "../wordpress/feeds.ts";
import { openPackages } from "../wordpress/packages.ts";
import { connectSites } from "../wordpress/sites.ts";
import { CountersignError } from "../errors.ts";
import type { ClaimedJob } from "../workflow/queue-port.ts";
import type { Store } from "../workflow/store-port.ts";
import { receivePairing } from "../workflow/pair.ts";
import { evidence } from "../workflow/evidence.ts";
import { heartbeat } from "../workflow/heartbeat.ts";
import { openDatabase } from "./database.ts";
import { type Fleets, openFleets } from "./fleets.ts";
import { answerOperators, type HealthFacts } from "./health.ts";
import { openInbox } from "./inbox.ts";
import { type MessageHandlers, openMessageDoor } from "./messages.ts";
import { type Metrics, openMetrics } from "./metrics.ts";
import { runJob } from "./run-job.ts";
import type { Settings } from "./settings.ts";
import { openWebhookDoor } from "./webhooks.ts";
import { startWorker, type Worker } from "./worker.ts";

const webhooksPath = "/api/github/webhooks";

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
  const { store, queue } = await openDatabase(settings, {
    clock,
    onError: (error) => log.error({ err: error }, "the database's connection"),
  });
  const metrics = openMetrics(queue, clock.now);
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKey,
    secret: settings.webhookSecret,
    baseUrl: settings.githubApiUrl,
    log,
    Octokit: ProbotOctokit.plugin(watchRate(metrics)).defaults((options: object) => ({
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
    count: metrics.countJob,
    run: (job) => work(job, { fleets, store }),
  });
  const inbox = openInbox({ store, clock, wake: () => worker.wake() });
  await probot.load(countersign(inbox));
  const isForWebhooks = openWebhookDoor({
    path: webhooksPath,
    store,
    clock,
    log,
    count: metrics.countWebhook,
    verify: (payload, signature) => probot.webhooks.verify(payload, signature).catch(() => false),
    receive: ({ id, name, payload, signature }) =>
      probot.webhooks.verifyAndReceive({ id, name, payload, signature }),
  });
  let lastSweepAt: number | null = null;
  async function sweepAll(): Promise<void> {
    try {
      await inbox.sweepAll();
      lastSweepAt = clock.now();
    } catch (error) {
      log.error({ err: error }, "cannot sweep");
    }
  }
  const sweep = setInterval(() => void sweepAll(), settings.sweepSeconds * 1000);

  const isForDoor = openMessageDoor({
    fleets,
    handlers: messageHandlers,
    store,
    clock,
    log,
    wake: () => worker.wake(),
    proxies: settings.proxies,
  });
  const health: HealthFacts = {
    queue,
    metrics,
    now: clock.now,
    sweepSeconds: settings.sweepSeconds,
    lastSweepAt: () => lastSweepAt,
    startedAt: clock.now(),
  };
  const http = createServer((request, response) => {
    if (isForDoor(request, response)) return;
    if (isForWebhooks(request, response) || answerOperators(request, response, health)) return;
    response.writeHead(404, { connection: "close" }).end();
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

/** Reads from every answer of GitHub's how many requests are left. */
const watchRate =
  (metrics: Metrics) => (octokit: Parameters<Parameters<typeof ProbotOctokit.plugin>[0]>[0]) => {
    octokit.hook.after("request", ({ headers }) => {
      const remaining = Number(headers["x-ratelimit-remaining"] ?? Number.NaN);
      if (Number.isInteger(remaining)) metrics.setRateRemaining(remaining);
    });
  };

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
