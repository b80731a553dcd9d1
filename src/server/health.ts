/**
 * `/countersign/health` and `/countersign/metrics`, for those who run the server. Health is what
 * the database said just now, not whether the process listens.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Queue, QueueDepth } from "../workflow/queue-port.ts";
import type { Metrics } from "./metrics.ts";

/** A due job that nobody took for so long, or sweeps that stopped: something is wrong here. */
const lateSeconds = 300;
const databaseMilliseconds = 2000;

export interface HealthFacts {
  readonly queue: Pick<Queue, "depth">;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly sweepSeconds: number;
  /** When this process last asked for a sweep of every fleet; `null`: not yet. */
  readonly lastSweepAt: () => number | null;
  readonly startedAt: number;
}

export interface Health {
  readonly ok: boolean;
  readonly database: "reachable" | "unreachable";
  readonly queue: (Omit<QueueDepth, "oldestDueAt"> & { readonly oldestDueSeconds: number }) | null;
  readonly lastSweepSeconds: number | null;
}

export async function readHealth(facts: HealthFacts): Promise<Health> {
  const now = facts.now();
  const sweepAt = facts.lastSweepAt();
  const lastSweepSeconds = sweepAt === null ? null : now - sweepAt;
  const depth = await within(databaseMilliseconds, facts.queue.depth()).catch(() => null);
  if (depth === null) return { ok: false, database: "unreachable", queue: null, lastSweepSeconds };
  const { oldestDueAt, ...counts } = depth;
  const oldestDueSeconds = oldestDueAt === null ? 0 : Math.max(0, now - oldestDueAt);
  const sweptAt = sweepAt ?? facts.startedAt;
  const isSwept = now - sweptAt <= 3 * facts.sweepSeconds + 60;
  return {
    ok: oldestDueSeconds <= lateSeconds && isSwept,
    database: "reachable",
    queue: { ...counts, oldestDueSeconds },
    lastSweepSeconds,
  };
}

/** Answers the two addresses, and says of others that they are not for it. */
export function answerOperators(
  request: IncomingMessage,
  response: ServerResponse,
  facts: HealthFacts,
): boolean {
  if (request.method !== "GET") return false;
  if (request.url === "/countersign/health") {
    void readHealth(facts).then((health) =>
      response
        .writeHead(health.ok ? 200 : 503, { "content-type": "application/json" })
        .end(JSON.stringify(health)),
    );
    return true;
  }
  if (request.url !== "/countersign/metrics") return false;
  void within(databaseMilliseconds, facts.metrics.text()).then(
    (text) =>
      response.writeHead(200, { "content-type": facts.metrics.registry.contentType }).end(text),
    () => response.writeHead(503).end(),
  );
  return true;
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("too slow")), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
