/**
 * Where a package may be fetched from. A name is resolved once and the connection goes to the very
 * address that was checked, so a name that answers otherwise the second time gains nothing.
 */
import { promises as dns } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

export interface Destination {
  readonly url: URL;
  /** For the connection instead of a resolver: gives the checked addresses alone. */
  readonly lookup: LookupFunction;
}

export interface AddressRules {
  /** `host` or `host:port`, as a URL writes them. */
  readonly hosts: readonly string[];
  readonly privateAddresses: boolean;
  /** Also by http: what comes back is believed by its signature alone. */
  readonly plainHttp?: true;
}

export type Resolving =
  | { readonly kind: "allowed"; readonly destination: Destination }
  | { readonly kind: "unsafe" | "unreachable"; readonly why: string };

type Resolver = (host: string) => Promise<readonly { address: string; family: number }[]>;
const resolveAll: Resolver = (host) => dns.lookup(host, { all: true, verbatim: true });

/** Checks protocol, host and every address of it. */
export async function resolveDestination(
  text: string,
  rules: AddressRules,
  resolve: Resolver = resolveAll,
): Promise<Resolving> {
  const url = URL.parse(text);
  const refusal = url === null ? "that is no URL" : refusedUrl(url, rules);
  if (url === null || refusal !== null) return { kind: "unsafe", why: refusal ?? "" };
  const host = url.hostname.replace(/^\[(.*)\]$/u, "$1");
  const family = isIP(host);
  try {
    const addresses = family === 0 ? await resolve(host) : [{ address: host, family }];
    if (addresses.length === 0) return { kind: "unreachable", why: `${url.host} has no address` };
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside !== undefined && !rules.privateAddresses) {
      const why = `${url.host} is at ${inside.address}, an address that is not public`;
      return { kind: "unsafe", why };
    }
    return { kind: "allowed", destination: { url, lookup: answering(addresses) } };
  } catch {
    return { kind: "unreachable", why: `${url.host} cannot be resolved` };
  }
}

function refusedUrl(url: URL, rules: AddressRules): string | null {
  const { hosts, privateAddresses, plainHttp = privateAddresses } = rules;
  if (url.protocol !== "https:" && !(plainHttp && url.protocol === "http:")) {
    return `${url.host} would be asked by ${url.protocol.slice(0, -1)}, not https`;
  }
  if (url.username !== "" || url.password !== "") return "a URL with a password in it";
  return hosts.includes(url.host) ? null : `${url.host} is not among the source's hosts`;
}

function answering(addresses: readonly { address: string; family: number }[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}

const notPublic = new BlockList();
/** IANA's special-purpose registries: nothing of these is a host on the public internet. */
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  notPublic.addSubnet(net, prefix, "ipv4");
}

/** Only 2000::/3 is routed, and of it not what embeds an IPv4 address or is documentation. */
const routed = new BlockList();
routed.addSubnet("2000::", 3, "ipv6");
for (const [net, prefix] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  notPublic.addSubnet(net, prefix, "ipv6");
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !notPublic.check(address, "ipv4");
  // An IPv4-mapped address would reach the IPv4 host; it is not in 2000::/3.
  return family === 6 && routed.check(address, "ipv6") && !notPublic.check(address, "ipv6");
}
