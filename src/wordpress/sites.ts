/**
 * Messages to connectors: one POST to the one route. Whatever comes back is untrusted until its
 * token is verified; here it only has to be small, JSON, and made of texts.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Message, SiteAnswer, Sites } from "../workflow/ports.ts";
import { type Destination, resolveDestination } from "./addresses.ts";

const maxAnswerBytes = 2 * 1024 * 1024;

/** The connector's only route; works with plain permalinks and where `/wp-json/` is closed. */
export function messagesUrl(siteUrl: string): string {
  return `${siteUrl.replace(/\/+$/u, "")}/?rest_route=/countersign/v1/messages`;
}

export function connectSites(): Sites {
  return {
    postTo,
    post: (url, message, timeoutSeconds, privateAddresses) =>
      postTo(url, message, { timeoutSeconds, privateAddresses }),
  };
}

async function postTo(
  url: string,
  message: Message,
  reach: Parameters<Sites["postTo"]>[2],
): Promise<SiteAnswer> {
  const target = messagesUrl(url);
  const { privateAddresses, timeoutSeconds } = reach;
  try {
    const hosts = [new URL(target).host];
    const rules = { hosts, privateAddresses, plainHttp: true } as const;
    const resolved = await resolveDestination(target, rules);
    if (resolved.kind !== "allowed") return { kind: "unreachable", why: resolved.why };
    const signal = AbortSignal.timeout(timeoutSeconds * 1000);
    const response = await send(resolved.destination, JSON.stringify(message), signal);
    const text = await readCapped(response);
    return { kind: "answered", status: response.statusCode ?? 0, body: messageOf(text) };
  } catch (error) {
    return { kind: "unreachable", why: reason(error) };
  }
}

function send(
  { url, lookup }: Destination,
  body: string,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? httpsRequest : httpRequest;
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "user-agent": "Countersign",
  };
  const options = { method: "POST", headers, lookup, signal, agent: false };
  return new Promise((resolve, reject) => {
    request(url, options, resolve).once("error", reject).end(body);
  });
}

async function readCapped(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxAnswerBytes) throw new Error("the answer is larger than 2 MiB");
    chunks.push(chunk);
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
}

/** `null` for anything that is no flat JSON object of texts with a `token`. */
export function messageOf(text: string): Message | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const texts: Record<string, string> = {};
  for (const [name, content] of Object.entries(value)) {
    if (typeof content !== "string" || name === "__proto__") return null;
    texts[name] = content;
  }
  const { token, ...beside } = texts;
  return token === undefined ? null : { ...beside, token };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.name === "TimeoutError") return "no answer in time";
  const cause = error.cause;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error.message;
}
