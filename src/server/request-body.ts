/** Reading what a stranger sends: never longer than announced, and not for ever. */
import type { IncomingMessage } from "node:http";

/** `null` for what is no UTF-8, is longer than announced, or takes longer than `seconds`. */
export async function readBody(request: IncomingMessage, seconds: number): Promise<string | null> {
  const timer = setTimeout(() => request.destroy(), seconds * 1000);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
