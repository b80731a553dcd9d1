/**
 * The door for GitHub's webhooks. A webhook is a hint: verified, counted once by its delivery id,
 * turned into a job, and answered within a second even where the database is slow. What gets lost
 * on the way the sweep finds. Only ids are kept of it, for a week.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Clock } from "../workflow/ports.ts";
import type { Store } from "../workflow/store-port.ts";
import { readBody } from "./request-body.ts";

/** GitHub caps its payloads at 25 MB. */
const maxBodyBytes = 25 * 1024 * 1024;
const bodySeconds = 10;
/** GitHub gives up at 10 seconds and does not come again. */
const answerMilliseconds = 800;
const keptDays = 7;

export type WebhookResult = "accepted" | "repeated" | "refused" | "unfit" | "failed";

interface Delivery {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
  readonly signature: string;
}

export interface WebhookFacts {
  readonly path: string;
  readonly store: Pick<Store, "hasWebhook" | "keepWebhook">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly count: (result: WebhookResult) => void;
  /** Whether GitHub signed these very bytes with our secret. */
  readonly verify: (payload: string, signature: string) => Promise<boolean>;
  /** Puts into the queue what the hint is about. */
  readonly receive: (delivery: Delivery) => Promise<void>;
}

/** Answers requests to its path, and says of others that they are not for it. */
export function openWebhookDoor(
  facts: WebhookFacts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const tellRefused = onceAMinute(facts);
  return (request, response) => {
    if (request.url?.split("?")[0] !== facts.path) return false;
    void answer(request, facts, tellRefused)
      .catch((error: unknown) => {
        facts.count("failed");
        facts.log.error({ err: error }, "cannot take a webhook");
        return 500;
      })
      .then((status) => {
        // What was not read to its end may not be taken for the next request.
        const close = status === 200 || status === 202 ? {} : { connection: "close" };
        return response.headersSent ? response : response.writeHead(status, close).end();
      });
    return true;
  };
}

async function answer(
  request: IncomingMessage,
  facts: WebhookFacts,
  tellRefused: () => void,
): Promise<number> {
  const unfit = unfitStatus(request);
  if (unfit !== null) {
    facts.count("unfit");
    return unfit;
  }
  const delivery = await readDelivery(request);
  if (delivery === null || !(await facts.verify(delivery.payload, delivery.signature))) {
    facts.count("refused");
    tellRefused();
    return 400;
  }
  const taken = take(delivery, facts);
  const late = new Promise<"late">((resolve) => {
    setTimeout(() => resolve("late"), answerMilliseconds).unref();
  });
  const first = await Promise.race([taken, late]);
  if (first !== "late") return 200;
  facts.log.warn({ id: delivery.id }, "a webhook is answered before it is stored");
  taken.catch((error: unknown) => {
    facts.count("failed");
    facts.log.error(
      { err: error, id: delivery.id },
      "a webhook was lost; the sweep looks after it",
    );
  });
  return 202;
}

/** Kept after it was worked on: one that failed may come again under the same id. */
async function take(delivery: Delivery, facts: WebhookFacts): Promise<void> {
  const { id, name } = delivery;
  if (await facts.store.hasWebhook(id)) {
    facts.count("repeated");
    return;
  }
  await facts.receive(delivery);
  await facts.store.keepWebhook({ id, event: name, receivedAt: facts.clock.now() });
  facts.count("accepted");
}

function unfitStatus({ method, headers }: IncomingMessage): number | null {
  if (method !== "POST") return 405;
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (Number.isNaN(length)) return 411;
  return length > maxBodyBytes ? 413 : null;
}

/** `null` for what cannot be a webhook. Nothing of it is believed yet. */
async function readDelivery(request: IncomingMessage): Promise<Delivery | null> {
  const { headers } = request;
  const id = headers["x-github-delivery"];
  const name = headers["x-github-event"];
  const signature = headers["x-hub-signature-256"];
  if (typeof id !== "string" || typeof name !== "string" || typeof signature !== "string") {
    return null;
  }
  if (!/^[0-9A-Za-z-]{1,64}$/u.test(id) || !/^[a-z_]{1,64}$/u.test(name)) return null;
  const payload = await readBody(request, bodySeconds);
  return payload === null ? null : { id, name, payload, signature };
}

/** A flood of forged webhooks is one line a minute. */
function onceAMinute({ clock, log }: WebhookFacts): () => void {
  let refused = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    refused += 1;
    if (clock.now() - toldAt < 60) return;
    log.warn({ event: "webhook_refused", count: refused }, "webhooks that GitHub did not sign");
    toldAt = clock.now();
    refused = 0;
  };
}

/** Older ids than this are forgotten: Unix seconds. */
export const forgetWebhooksBefore = (now: number): number => now - keptDays * 24 * 3600;
