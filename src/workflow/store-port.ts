/**
 * The store: what git cannot hold. A fault is thrown as CountersignError, and *not known* is
 * `null`, never a guess.
 */
import type { ClaimsOf } from "../contract/claims.ts";
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
    | "pair"
    | "hello"
    | "keyset"
    | "managed"
    | "incident";
  /** What the job is about: jobs of one repository, kind and key are one. */
  readonly key: string;
  /** Not before: Unix seconds. */
  readonly runAt: number;
}
/** Something that one process at a time does for a fleet; `holder` is new for each time. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
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
  /** One holder at a time: true where it is this one's from now on. One that has run out is free. */
  takeLease(
    repo: number,
    lease: Lease,
    times: { readonly now: number; readonly until: number },
  ): Promise<boolean>;
  endLease(repo: number, lease: Lease): Promise<void>;
  /** Keeps how to reach a control repository: a webhook or an installation named it. */
  keepFleet(fleet: FleetAddress): Promise<void>;
  fleets(): Promise<readonly FleetAddress[]>;
  /** Equal jobs are one; see `queue-port.ts` for what becomes of it. */
  enqueue(repo: number, job: Job): Promise<void>;
  /** Whether a webhook with this delivery id was worked on. */
  hasWebhook(id: string): Promise<boolean>;
  keepWebhook(webhook: SeenWebhook): Promise<void>;
  /** Forgets ids that came before this moment, Unix seconds. */
  forgetWebhooks(before: number): Promise<void>;
  remember(repo: number, site: SiteId, seen: SiteHead): Promise<void>;
  seen(repo: number, site: SiteId): Promise<SiteHead | null>;
  /** Takes a beat whose number is above the stored one of its epoch, or of an earlier epoch. */
  takeBeat(repo: number, beat: NewBeat): Promise<TakenBeat>;
  /** The newest beat of a site; `null` where it never sent one. */
  beat(repo: number, site: SiteId): Promise<Beat | null>;
  /** Of every site that ever sent one, by its name. */
  beats(repo: number): Promise<readonly Beat[]>;
  /** What was found out beside beats; nothing is kept of a site that never sent one. */
  noteContact(repo: number, site: SiteId, contact: Contact): Promise<void>;
  keepInventory(repo: number, site: SiteId, inventory: InventoryText): Promise<void>;
  /** The newest that the site told; `null` where there is none. */
  inventory(repo: number, site: SiteId): Promise<InventoryText | null>;
  /** What the site's files were at which version; replaces what was kept. */
  keepTrees(repo: number, site: SiteId, text: string): Promise<void>;
  trees(repo: number, site: SiteId): Promise<string | null>;
  /** Keeps a question for the site's next beat; the same one again is one question. */
  putQuestion(repo: number, question: NewQuestion): Promise<void>;
  /** Newest first. */
  questions(repo: number, site: SiteId): Promise<readonly Question[]>;
  /** The question left in a token of this digest. */
  noteAsked(repo: number, question: NewQuestion, token: Digest): Promise<void>;
  /** Takes the question that left in this token away: it has its answer. `null` for no such. */
  takeQuestion(repo: number, site: SiteId, token: Digest): Promise<Question | null>;
  dropQuestions(repo: number, site: SiteId, before: number): Promise<void>;
  close(): Promise<void>;
}
/** All that is kept of a webhook. */
export interface SeenWebhook {
  readonly id: string;
  readonly event: string;
  /** Unix seconds. */
  readonly receivedAt: number;
}
/** The newest log head that a site said it had verified. */
export interface SiteHead {
  readonly size: number;
  readonly root: Digest;
  readonly at: number;
}

/** A verified heartbeat, as far as it is kept. */
export interface NewBeat extends Pick<
  ClaimsOf<"heartbeat">,
  "epoch" | "hbseq" | "iat" | "every" | "inv" | "last" | "lvl" | "ver"
> {
  readonly site: SiteId;
  /** When it arrived, by our clock. */
  readonly at: number;
  /** How far the site's clock is ahead of ours, in seconds; the way here counts as behind. */
  readonly skew: number;
}
export interface Beat extends NewBeat {
  /** When it last answered a question; 0 for never. */
  readonly answeredAt: number;
  /** Since when it is silent: a beat was late, and then a signed `hello` got no answer. */
  readonly missedAt: number | null;
  /** Since when it cannot be reached from here: what waits for it leaves with the next ack. */
  readonly closedAt: number | null;
}
export type TakenBeat =
  | { readonly moved: true }
  | { readonly moved: false; readonly storedIat: number };

/** What is given replaces what was known. */
export type Contact = Partial<Pick<Beat, "answeredAt" | "missedAt" | "closedAt" | "skew">>;

export interface InventoryText {
  readonly digest: Digest;
  readonly text: string;
  readonly at: number;
}

/** A question that waits for the site's next beat. */
export interface NewQuestion extends Pick<ClaimsOf<"query">, "ask"> {
  readonly site: SiteId;
  readonly arg: string;
  /** Of `arg`. */
  readonly digest: Digest;
  readonly at: number;
}
export interface Question extends NewQuestion {
  /** The token that it left in last. */
  readonly token: Digest | null;
}
