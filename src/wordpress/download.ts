/**
 * One GET for a package or a source's information: bounded in size and time, redirects followed
 * only where the source allows, every hop checked anew (addresses.ts). Proxies named by environment
 * variables are not used: they would resolve names themselves.
 */
import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { PackageProblem } from "../contract/package-reading.ts";
import { type AddressRules, type Destination, resolveDestination } from "./addresses.ts";

export interface DownloadRules extends AddressRules {
  readonly maxBytes: number;
  readonly timeoutSeconds: number;
  /** Sent only to this host, never along with a redirect to another. */
  readonly bearer?: { readonly host: string; readonly token: string } | undefined;
}

/** Takes the body's pieces as they come. */
export type Sink = (chunk: Buffer) => void | Promise<void>;

export type Download =
  | {
      readonly kind: "downloaded";
      readonly bytes: number;
      /** `Last-Modified`, in Unix seconds; `null` where the source does not say. */
      readonly modifiedAt: number | null;
    }
  | PackageProblem;

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);
const absent = new Set([404, 410]);

export async function download(url: string, rules: DownloadRules, sink: Sink): Promise<Download> {
  const signal = AbortSignal.timeout(rules.timeoutSeconds * 1000);
  try {
    return await follow(url, { rules, sink, signal });
  } catch (error) {
    const host = URL.parse(url)?.host ?? "the source";
    const why = signal.aborted ? "did not finish in time" : `broke off (${reasonOf(error)})`;
    return { kind: "unreachable", why: `${host} ${why}` };
  }
}

interface Transfer {
  readonly rules: DownloadRules;
  readonly sink: Sink;
  readonly signal: AbortSignal;
}

async function follow(start: string, transfer: Transfer): Promise<Download> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const resolved = await inTime(resolveDestination(url, transfer.rules), transfer.signal);
    if (resolved.kind !== "allowed") {
      return { kind: resolved.kind, why: hop === 0 ? resolved.why : `redirected: ${resolved.why}` };
    }
    const response = await get(resolved.destination, transfer);
    const { statusCode: status = 0, headers } = response;
    if (status === 200) return receive(response, transfer);
    response.destroy();
    const { host } = resolved.destination.url;
    if (!redirects.has(status) || headers.location === undefined) return refused(host, status);
    url = URL.parse(headers.location, url)?.href ?? "";
  }
  return { kind: "unsafe", why: `redirected more than ${maxRedirects} times` };
}

/** A resolver cannot be stopped, only left behind. */
function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([answer, late]);
}

function get({ url, lookup }: Destination, { rules, signal }: Transfer): Promise<IncomingMessage> {
  const { bearer } = rules;
  const own = bearer !== undefined && bearer.host === url.host;
  const headers = {
    "user-agent": "Countersign",
    "accept-encoding": "identity",
    ...(own ? { authorization: `Bearer ${bearer.token}` } : {}),
  };
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // No agent: a kept connection could lead to an address that was checked for another source.
    send(url, { headers, lookup, signal, agent: false }, resolve).once("error", reject).end();
  });
}

function refused(host: string, status: number): PackageProblem {
  if (absent.has(status)) return { kind: "not_found", why: `${host} answers ${status}` };
  return { kind: "unreachable", why: `${host} answers ${status}` };
}

async function receive(response: IncomingMessage, { rules, sink }: Transfer): Promise<Download> {
  const { maxBytes } = rules;
  const tooLarge = { kind: "too_large", why: `more than the ${maxBytes} bytes allowed` } as const;
  const announced = Number(response.headers["content-length"] ?? 0);
  let bytes = 0;
  try {
    if (announced > maxBytes) return tooLarge;
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("text instead of bytes");
      bytes += chunk.length;
      if (bytes > maxBytes) return tooLarge;
      await sink(chunk);
    }
  } finally {
    response.destroy();
  }
  const modified = Date.parse(response.headers["last-modified"] ?? "");
  const modifiedAt = Number.isFinite(modified) ? Math.floor(modified / 1000) : null;
  return { kind: "downloaded", bytes, modifiedAt };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error ? String(error.code) : error.message;
}
