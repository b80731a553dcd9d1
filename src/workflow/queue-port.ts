/**
 * The queue as a worker takes from it. What is put in comes through the store, in the transaction
 * of the state change that it belongs to.
 *
 * Promised on every database: a subject (fleet, kind and key) is worked on by one worker at a time
 * and in the order asked for; a job that was asked for is done at least once after it was asked
 * for; a worker that ends without a word loses its jobs to others within 30 seconds.
 */
import type { Job } from "./store-port.ts";

/** One claim of a job: another claim of the same job has another number of attempts. */
export interface ClaimedJob extends Job {
  readonly repo: number;
  /** With this one. */
  readonly attempts: number;
  /** What the queue itself knows this claim by. */
  readonly claim?: string;
}

export type Lane = Pick<ClaimedJob, "repo" | "kind">;

/** A job that failed as often as it may. It runs again when something asks for it anew. */
export interface DeadLetter extends Omit<ClaimedJob, "runAt" | "claim"> {
  readonly error: string;
  /** Unix seconds. */
  readonly failedAt: number;
}

export interface QueueDepth {
  /** Not running and no dead letter, due or not. */
  readonly waiting: number;
  readonly running: number;
  readonly dead: number;
  /** When the oldest job that could run now should have run: Unix seconds. */
  readonly oldestDueAt: number | null;
}

export type Failed = { readonly kind: "again"; readonly at: number } | { readonly kind: "dead" };

export interface Queue {
  /** The next due job, leased; `null` when there is none. Those of a `full` lane wait. */
  claim(full?: readonly Lane[]): Promise<ClaimedJob | null>;
  /** A new lease for a job that is still worked on. A claim that lapsed stays lapsed. */
  renew(job: ClaimedJob): Promise<void>;
  /** Done; what was asked for while it ran stays. A claim that lapsed finishes nothing. */
  finish(job: ClaimedJob): Promise<void>;
  /** Back into the queue after a growing delay, or a dead letter after the last attempt. */
  fail(job: ClaimedJob, error: string): Promise<Failed>;
  /** The oldest first, no more than `queueRules.listed`. */
  dead(): Promise<readonly DeadLetter[]>;
  depth(): Promise<QueueDepth>;
}

export const queueRules = {
  /** About six minutes of a lasting fault. */
  attempts: 10,
  /** How long the work of a worker that was killed stands still, at most twice that. */
  leaseSeconds: 12,
  backoffAtMostSeconds: 60,
  listed: 100,
} as const;

/** 2, 4, 8 and so on: after how many seconds a job is tried again. */
export const backoffSeconds = (attempts: number): number =>
  Math.min(2 ** Math.min(attempts, 16), queueRules.backoffAtMostSeconds);
