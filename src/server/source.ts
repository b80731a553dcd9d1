/** Which address a request came from, as far as it can be believed. */
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

/**
 * The address that the outermost of our own proxies saw. `X-Forwarded-For` is written by anyone:
 * only as many of its last entries count as there are proxies of ours.
 */
export function sourceOf(request: IncomingMessage, proxies: number): string {
  const direct = request.socket.remoteAddress ?? "unknown";
  const header = request.headers["x-forwarded-for"] ?? "";
  const forwarded = (Array.isArray(header) ? header.join(",") : header).split(",");
  const seen = proxies === 0 ? direct : forwarded.at(-proxies)?.trim();
  return networkOf(seen === undefined || seen === "" ? direct : seen);
}

/** One customer has a whole /64 of IPv6: its addresses are one source. */
function networkOf(address: string): string {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/u, "");
  if (!isIPv6(mapped)) return mapped.slice(0, 64);
  const [head = "", tail = ""] = mapped.split("::");
  const [first, last] = [head, tail].map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: 8 - (first?.length ?? 0) - (last?.length ?? 0) }, () => "0");
  const groups = mapped.includes("::") ? [...(first ?? []), ...zeros, ...(last ?? [])] : first;
  return `${(groups ?? []).slice(0, 4).join(":")}::/64`;
}
