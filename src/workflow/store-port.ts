/**
 * The store: what git cannot hold. A fault is thrown as CountersignError, and *not known* is
 * `null`, never a guess.
 */
import type { CommitSha, Digest, SiteId } from "../contract/ids.ts";

export interface Job {
  readonly kind:
    | "sweep"
    | "review"
    | "settle"
    | "deliver"
    | "report"
    | "command"
    | "queue"
    | "pair";
  /** What the job is about: jobs of one repository, kind and key are one. */
  readonly key: string;
  /** Not before: Unix seconds. */
  readonly runAt: number;
}
/** A control repository, and the installation through which it is reached. */
export interface FleetAddress {
  readonly repo: number;
  readonly installation: number;
  readonly owner: string;
  readonly name: string;
}

/** What the database holds. Never a key: keys are derived from the seed. */
export interface Store {
  /** Lines of the log from an index on, oldest first. */
  lines(repo: number, from: number): Promise<readonly string[]>;
  /**
   * Appends to the log, keeps plan texts and enqueues jobs, all or nothing.
   * @throws CountersignError `log_mismatch` when the log is not of `size` entries.
   */
  append(
    repo: number,
    size: number,
    change: {
      readonly lines: readonly string[];
      readonly texts?: ReadonlyMap<Digest, string> | undefined;
      readonly jobs?: readonly Job[] | undefined;
    },
  ): Promise<void>;
  text(repo: number, digest: Digest): Promise<string | null>;
  /** How much of the log is on the audit branch, and the commit that holds it. */
  flushed(repo: number): Promise<{ readonly size: number; readonly commit: CommitSha } | null>;
  setFlushed(repo: number, size: number, commit: CommitSha): Promise<void>;
  /** Keeps how to reach a control repository: a webhook or an installation named it. */
  keepFleet(fleet: FleetAddress): Promise<void>;
  fleets(): Promise<readonly FleetAddress[]>;
  /** Equal jobs are one; see `queue-port.ts` for what becomes of it. */
  enqueue(repo: number, job: Job): Promise<void>;
  remember(repo: number, site: SiteId, seen: SiteHead): Promise<void>;
  seen(repo: number, site: SiteId): Promise<SiteHead | null>;
  close(): Promise<void>;
}
/** The newest log head that a site said it had verified. */
export interface SiteHead {
  readonly size: number;
  readonly root: Digest;
  readonly at: number;
}
