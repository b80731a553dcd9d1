/**
 * Messages to connectors: one POST to the one route. Whatever comes back is untrusted until its
 * token is verified; here it only has to be small, JSON, and made of texts.
 */
import type { Message, SiteAnswer, Sites } from "../workflow/ports.ts";

const maxAnswerBytes = 2 * 1024 * 1024;

/** The connector's only route; works with plain permalinks and where `/wp-json/` is closed. */
export function messagesUrl(siteUrl: string): string {
  return `${siteUrl.replace(/\/+$/u, "")}/?rest_route=/countersign/v1/messages`;
}

export function connectSites(fetcher: typeof fetch = fetch): Sites {
  return {
    async post(url, message, timeoutSeconds): Promise<SiteAnswer> {
      try {
        const response = await fetcher(messagesUrl(url), {
          method: "POST",
          headers: { "content-type": "application/json", "user-agent": "Countersign" },
          body: JSON.stringify(message),
          redirect: "manual",
          signal: AbortSignal.timeout(timeoutSeconds * 1000),
        });
        const text = await readCapped(response);
        return { kind: "answered", status: response.status, body: messageOf(text) };
      } catch (error) {
        return { kind: "unreachable", why: reason(error) };
      }
    },
  };
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
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
