/**
 * The only door for sites: POST `/countersign/v1/messages`, JSON `{token, …texts beside it}`. It
 * reads the body, finds the fleet that the token is addressed to and hands both to the handler of
 * the token's kind, which verifies. docs/protocol.md, "Carriers".
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { type Kind, KINDS, MAX_MESSAGE_BYTES } from "../contract/claims.ts";
import { CountersignError } from "../errors.ts";
import { parsePayload } from "../signing/payload.ts";
import { parseToken } from "../signing/profile.ts";
import { messageOf } from "../wordpress/sites.ts";
import { type MessageHandler, type Received, refusedFor } from "../workflow/door.ts";
import type { Clock, Message } from "../workflow/ports.ts";
import type { Store } from "../workflow/store-port.ts";
import type { Fleets } from "./fleets.ts";
import { countRefusals } from "./refusals.ts";
import { sourceOf } from "./source.ts";
import { readBody } from "./request-body.ts";

export const messagesPath = "/countersign/v1/messages";
const bodySeconds = 20;

export type MessageHandlers = Readonly<Partial<Record<Kind, MessageHandler>>>;

/** `unfit` is no POST of JSON of a length that is read; `limited` waits out its minute. */
export type MessageResult = "accepted" | "refused" | "limited" | "unfit" | "failed";

export interface DoorFacts {
  readonly fleets: Pick<Fleets, "at" | "forget">;
  readonly handlers: MessageHandlers;
  readonly store: Pick<Store, "enqueue">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly count: (result: MessageResult) => void;
  /** There may be a new job. */
  readonly wake: () => void;
  /** How many of our own proxies stand before this server. */
  readonly proxies: number;
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/** One text for every reason: a stranger learns nothing. */
const refusedReply = errorReply(401, "countersign_refused", "This message is not accepted.");
const busyReply = errorReply(
  429,
  "countersign_too_many",
  "Too many messages were refused. Try again in a minute.",
);
const awayReply = errorReply(503, "countersign_unavailable", "Try again later.");

/** @returns a listener that says whether the request was for this door, and answers it if so */
export function openMessageDoor(
  facts: DoorFacts,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const refusals = countRefusals(facts.clock, (source) =>
    facts.log.warn({ event: "forged_burst", source }, "many messages of one source do not verify"),
  );

  function counted(result: MessageResult, reply: Reply): Reply {
    facts.count(result);
    return reply;
  }

  async function replyTo(request: IncomingMessage): Promise<Reply> {
    const source = sourceOf(request, facts.proxies);
    if (refusals.areTooMany(source)) return counted("limited", busyReply);
    const unfit = unfitReply(request);
    if (unfit !== null) return counted("unfit", unfit);
    const body = await readBody(request, bodySeconds);
    const message = body === null ? null : messageOf(body);
    const received = message === null ? refusedFor("not a message") : await handle(facts, message);
    if (received.kind === "accepted") {
      return counted("accepted", { status: 200, body: received.answer });
    }
    refusals.note(source);
    facts.log.info({ event: "message_refused", source, why: received.why }, "message refused");
    return counted("refused", refusedReply);
  }

  return (request, response) => {
    if (request.url?.split("?")[0] !== messagesPath) return false;
    void replyTo(request)
      .catch((error: unknown) => {
        facts.log.error({ err: error }, "cannot answer a message");
        return counted("failed", awayReply);
      })
      .then((reply) => send(response, reply));
    return true;
  };
}

async function handle(facts: DoorFacts, message: Message): Promise<Received> {
  const address = addressOf(message);
  const handler = address === null ? undefined : facts.handlers[address.kind];
  if (address === null || handler === undefined) return refusedFor("no kind for this door");
  const fleet = await facts.fleets.at(address.repo);
  if (fleet === null) return refusedFor("no such fleet");
  try {
    const received = await handler(fleet, message);
    const jobs = received.kind === "accepted" ? (received.jobs ?? []) : [];
    for (const job of jobs) await facts.store.enqueue(address.repo, job);
    if (jobs.length > 0) facts.wake();
    return received;
  } catch (error) {
    // Somebody else wrote the log: what is in memory is not the log any more.
    if (error instanceof CountersignError && error.code === "log_mismatch") {
      facts.fleets.forget(address.repo);
    }
    throw error;
  }
}

/** Whom the token says it is for, and what it says it is: only chooses who verifies it. */
function addressOf(message: Message): { readonly kind: Kind; readonly repo: number } | null {
  const { token, ...texts } = message;
  const parsed = parseToken(token, texts);
  if (!parsed.ok) return null;
  const kind = kindOfTyp(parsed.typ);
  const aud = parsePayload(parsed.payload)?.["aud"];
  const [, repo] = (typeof aud === "string" && /^cp:([1-9][0-9]{0,15})$/u.exec(aud)) || [];
  return kind === undefined || repo === undefined ? null : { kind, repo: Number(repo) };
}

const isKind = (name: string): name is Kind => Object.hasOwn(KINDS, name);
const kinds = Object.keys(KINDS).filter(isKind);
const kindOfTyp = (typ: string): Kind | undefined => kinds.find((kind) => KINDS[kind].typ === typ);

function unfitReply({ method, headers }: IncomingMessage): Reply | null {
  if (method !== "POST") return errorReply(405, "countersign_method", "Only POST is answered.");
  if (!/^application\/json\s*(;|$)/iu.test(headers["content-type"] ?? "")) {
    return errorReply(415, "countersign_type", "Only application/json is read.");
  }
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (Number.isNaN(length)) return errorReply(411, "countersign_length", "A length is needed.");
  if (length <= MAX_MESSAGE_BYTES) return null;
  return errorReply(413, "countersign_size", "A message has at most 2 MiB.");
}

function send(response: ServerResponse, { status, body }: Reply): void {
  if (response.destroyed) return;
  // What was not read to its end may not be taken for the next request.
  const close = status === 200 || status === 401 ? {} : { connection: "close" };
  response
    .writeHead(status, {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...close,
    })
    .end(JSON.stringify(body));
}

function errorReply(status: number, code: string, message: string): Reply {
  return { status, body: { code, message } };
}
