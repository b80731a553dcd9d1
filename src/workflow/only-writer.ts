/**
 * One process at a time writes a fleet's audit branch. The branch's compare-and-swap is what keeps
 * the log whole; the lease keeps two processes from losing races all the time.
 */
import { CountersignError } from "../errors.ts";
import { newId128 } from "../signing/id128.ts";
import type { Clock } from "./ports.ts";
import type { Store } from "./store-port.ts";

/** A process that was killed keeps the others waiting this long. */
const leaseSeconds = 10;
const askEveryMilliseconds = 100;
const mostAsked = 150;

/** @throws CountersignError `store_unusable` where others hold the lease for longer than 15 seconds */
export async function asOnlyWriter<T>(
  facts: { readonly repo: number; readonly store: Store; readonly clock: Clock },
  work: () => Promise<T>,
): Promise<T> {
  const { repo, store, clock } = facts;
  const lease = { name: "audit-branch", holder: newId128() };
  for (let asked = 1; ; asked += 1) {
    const now = clock.now();
    if (await store.takeLease(repo, lease, { now, until: now + leaseSeconds })) break;
    if (asked === mostAsked) throw busy(repo);
    await new Promise((resolve) => setTimeout(resolve, askEveryMilliseconds));
  }
  try {
    return await work();
  } finally {
    await store.endLease(repo, lease);
  }
}

function busy(repo: number): CountersignError {
  return new CountersignError(
    "store_unusable",
    `Another process has been writing the audit branch of repository ${repo} for a long time.`,
    { hint: "It is tried again. If it lasts, see whether the clocks of all replicas are right." },
  );
}
