/**
 * What `/countersign/metrics` tells, in the format that Prometheus reads. Labels come from closed
 * lists alone: no site, fleet or person is in them.
 */
import { Counter, Gauge, Registry } from "prom-client";
import type { ClaimedJob, Queue } from "../workflow/queue-port.ts";
import type { MessageResult } from "./messages.ts";
import type { WebhookResult } from "./webhooks.ts";

export type JobResult = "done" | "again" | "dead";

export interface Metrics {
  readonly registry: Registry;
  readonly countJob: (kind: ClaimedJob["kind"], result: JobResult) => void;
  readonly countWebhook: (result: WebhookResult) => void;
  readonly countMessage: (result: MessageResult) => void;
  /** Requests that GitHub still allows in this hour, of the installation that asked last. */
  readonly setRateRemaining: (count: number) => void;
  /** The text, with the queue as it is now. */
  text(): Promise<string>;
}

export function openMetrics(queue: Pick<Queue, "depth">, now: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({
    name: "countersign_jobs_total",
    help: "Jobs that ended, by kind and by how",
    labelNames: ["kind", "result"],
    registers,
  });
  const webhooks = new Counter({
    name: "countersign_webhooks_total",
    help: "Webhooks, by what became of them",
    labelNames: ["result"],
    registers,
  });
  const messages = new Counter({
    name: "countersign_messages_total",
    help: "Messages of sites, by what became of them",
    labelNames: ["result"],
    registers,
  });
  const rate = new Gauge({
    name: "countersign_github_requests_remaining",
    help: "Requests that GitHub still allows in this hour, by the newest answer",
    registers,
  });
  // Not zero: before the first answer nobody knows.
  rate.set(Number.NaN);
  const depth = new Gauge({
    name: "countersign_queue_jobs",
    help: "Jobs in the queue; dead ones have failed as often as they may",
    labelNames: ["state"],
    registers,
  });
  const late = new Gauge({
    name: "countersign_queue_oldest_due_seconds",
    help: "How long the oldest job that could run has waited",
    registers,
  });
  return {
    registry,
    countJob: (kind, result) => jobs.inc({ kind, result }),
    countWebhook: (result) => webhooks.inc({ result }),
    countMessage: (result) => messages.inc({ result }),
    setRateRemaining: (count) => rate.set(count),
    async text() {
      const { waiting, running, dead, oldestDueAt } = await queue.depth();
      for (const [state, count] of Object.entries({ waiting, running, dead })) {
        depth.set({ state }, count);
      }
      late.set(oldestDueAt === null ? 0 : Math.max(0, now() - oldestDueAt));
      return registry.metrics();
    },
  };
}
