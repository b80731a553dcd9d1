/**
 * What the workflows need from outside. Each port says what an adapter guarantees; a fault is
 * thrown as CountersignError, and *not known* is `null`, never a guess.
 */
import type { PackageId } from "../contract/control-repository.ts";
import type { FeedReading } from "../contract/feed-reading.ts";
import type { Vulnerabilities } from "../contract/fleet-config.ts";
import type { PackageLock } from "../contract/package-lock.ts";
import type { PackageReading } from "../contract/package-reading.ts";
import type { PackageSource } from "../contract/package-source.ts";

/** Whole Unix seconds, rounded down. */
export interface Clock {
  now(): number;
}

/** A message to a site's connector: the token and the exact texts beside it. */
export type Message = Readonly<Record<string, string>> & { readonly token: string };

/** A site answered with something, was not reached, or did not answer in time. */
export type SiteAnswer =
  | { readonly kind: "answered"; readonly status: number; readonly body: Message | null }
  | { readonly kind: "unreachable"; readonly why: string };

export interface Sites {
  /**
   * One POST to the site's only route. No redirects, at most 2 MiB of answer, never throws. Only to
   * an address on the public internet, unless private ones are allowed: the name is resolved once,
   * and the connection goes to the address that was judged.
   */
  post(
    url: string,
    message: Message,
    timeoutSeconds: number,
    privateAddresses: boolean,
  ): Promise<SiteAnswer>;
  /** The same, of a site that is not paired yet. */
  postTo(
    url: string,
    message: Message,
    reach: { readonly timeoutSeconds: number; readonly privateAddresses: boolean },
  ): Promise<SiteAnswer>;
}

export interface Packages {
  /**
   * Asks the source where this version is, fetches it and reads it. Only hosts that the source
   * lists are contacted, at most `maxBytes` are read, nothing of a package is executed or kept.
   * Bytes that were as a lock claims are fetched once. Never throws.
   */
  read(
    id: PackageId,
    source: PackageSource,
    claim: Pick<PackageLock, "url" | "sha256"> | null,
  ): Promise<PackageReading>;
}

export interface Feeds {
  /**
   * What a feed of known vulnerabilities says about these packages (`core`, `plugins/<slug>`,
   * `themes/<slug>`). Its host alone is contacted, its size is bounded; a young one is not read
   * again. One that cannot be read anew keeps its age: whoever asks judges that. Never throws.
   */
  read(feed: Vulnerabilities, packages: readonly string[]): Promise<FeedReading>;
}
