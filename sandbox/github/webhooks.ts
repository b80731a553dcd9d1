/**
 * Webhook deliveries: signed, recorded in the order of their events, sent over real HTTP.
 *
 * A delivery that is dropped is recorded and never sent, as if lost on the way.
 */
import { createHmac, randomUUID } from "node:crypto";
import { request } from "node:http";
import type { Json } from "./router.ts";

export interface Delivery {
  /** GitHub's GUID; a redelivery keeps it. */
  readonly id: string;
  readonly event: string;
  readonly action?: string;
  readonly payload: Json;
  readonly redelivery: boolean;
  /** `failed`: nobody answered within ten seconds; `unset`: no webhook URL was known. */
  state: "pending" | "answered" | "failed" | "dropped" | "unset";
  /** The receiver's answer, once there is one. */
  status?: number;
}

export type LosePredicate = (delivery: Delivery) => boolean;

export interface Webhooks {
  readonly deliveries: Delivery[];
  setTarget(url: string, secret: string): void;
  /** Runs event builders one after the other, so that deliveries keep the order of events. */
  enqueue(build: () => Promise<void>): void;
  deliver(event: string, action: string | undefined, payload: Json): void;
  redeliver(delivery: Delivery): Promise<Delivery>;
  /** Loses the next `count` deliveries. */
  dropNext(count: number): void;
  /** Loses every delivery for which this answers true; `undefined` loses none any more. */
  dropWhen(lose: LosePredicate | undefined): void;
  readonly isIdle: boolean;
  /** @throws the first error of an event builder, so that a broken overlay fails its test. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const answerWithinMs = 10_000;

export function createWebhooks(appId: number): Webhooks {
  const deliveries: Delivery[] = [];
  const pending = new Set<Promise<void>>();
  const abort = new AbortController();
  let target: { url: string; secret: string } | undefined;
  let builders: Promise<void> = Promise.resolve();
  let building = 0;
  let broken: unknown;
  let toDrop = 0;
  let lose: LosePredicate | undefined;

  function send(delivery: Delivery): Promise<void> {
    deliveries.push(delivery);
    if (isLost(delivery)) {
      delivery.state = "dropped";
      return Promise.resolve();
    }
    if (target === undefined) {
      delivery.state = "unset";
      return Promise.resolve();
    }
    const sending = post(delivery, target, appId, abort.signal)
      .then((status) => Object.assign(delivery, { state: "answered", status }))
      .catch(() => Object.assign(delivery, { state: "failed" }))
      .then(() => void pending.delete(sending));
    pending.add(sending);
    return sending;
  }

  function isLost(delivery: Delivery): boolean {
    if (toDrop > 0) {
      toDrop -= 1;
      return true;
    }
    return lose?.(delivery) ?? false;
  }

  async function idle(): Promise<void> {
    await builders;
    await Promise.all(pending);
    if (broken !== undefined) throw broken;
  }

  return {
    deliveries,
    setTarget: (url, secret) => void (target = { url, secret }),
    enqueue(build) {
      building += 1;
      builders = builders
        .then(build)
        .catch((error: unknown) => void (broken ??= error))
        .then(() => void (building -= 1));
    },
    deliver(event, action, payload) {
      const named = action === undefined ? {} : { action };
      const fresh = { id: randomUUID(), event, payload, redelivery: false } as const;
      void send({ ...fresh, ...named, state: "pending" });
    },
    async redeliver({ id, event, action, payload }) {
      const named = action === undefined ? {} : { action };
      const again: Delivery = { id, event, ...named, payload, redelivery: true, state: "pending" };
      await send(again);
      return again;
    },
    dropNext: (count) => void (toDrop = count),
    dropWhen: (predicate) => void (lose = predicate),
    get isIdle() {
      return building === 0 && pending.size === 0;
    },
    idle,
    async close() {
      abort.abort();
      await Promise.all([builders, ...pending]);
    },
  };
}

/** One POST on a connection of its own, so that no idle socket outlives the sandbox. */
function post(
  delivery: Delivery,
  target: { url: string; secret: string },
  appId: number,
  aborted: AbortSignal,
): Promise<number> {
  const body = Buffer.from(JSON.stringify(delivery.payload));
  const headers = headersOf(delivery, body, { secret: target.secret, appId });
  const signal = AbortSignal.any([aborted, AbortSignal.timeout(answerWithinMs)]);
  return new Promise((resolve, reject) => {
    const sent = request(
      target.url,
      { method: "POST", headers, agent: false, signal },
      (answer) => {
        answer.on("error", reject).on("end", () => resolve(answer.statusCode ?? 0));
        answer.resume();
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function headersOf(delivery: Delivery, body: Buffer, app: { secret: string; appId: number }) {
  const hmac = (hash: string) => createHmac(hash, app.secret).update(body).digest("hex");
  return {
    "content-type": "application/json",
    "content-length": body.length,
    "user-agent": "GitHub-Hookshot/sandbox",
    "x-github-event": delivery.event,
    "x-github-delivery": delivery.id,
    "x-github-hook-id": "1",
    "x-github-hook-installation-target-type": "integration",
    "x-github-hook-installation-target-id": String(app.appId),
    "x-hub-signature": `sha1=${hmac("sha1")}`,
    "x-hub-signature-256": `sha256=${hmac("sha256")}`,
  };
}
