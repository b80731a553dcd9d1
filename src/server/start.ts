/** Wires the adapters to the workflows and starts the App. */
import { createServer } from "node:http";
import { countersign } from "../app.ts";
import { CountersignError } from "../errors.ts";
import type { ClaimedJob } from "../workflow/queue-port.ts";
import type { Store } from "../workflow/store-port.ts";
import { receivePairing } from "../workflow/pair.ts";
import { evidence } from "../workflow/evidence.ts";
import { heartbeat } from "../workflow/heartbeat.ts";
import { openDoors } from "./doors.ts";
import type { Fleets } from "./fleets.ts";
import { answerOperators, type HealthFacts } from "./health.ts";
import { openInbox } from "./inbox.ts";
import { type MessageHandlers, openMessageDoor } from "./messages.ts";
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
  const { store, queue, log, clock, metrics, probot, fleets } = await openDoors(settings);
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
    count: metrics.countMessage,
    store,
    clock,
    log,
    wake: () => worker.wake(),
    proxies: settings.proxies,
  });
  const health: HealthFacts = {
    queue,
    metrics,
    now: () => clock.now(),
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
