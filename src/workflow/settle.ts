/**
 * Settles the default branch, range by range and strictly in order: authorised, attested, waiting
 * or unattested. What is authorised goes on record, and on the audit branch, before anything runs.
 * docs/protocol.md, "From proposal to authorisation".
 */
import type { EntryOf } from "../contract/audit-entry.ts";
import { CommitFacts } from "../contract/facts-review.ts";
import type { Facts } from "../contract/facts.ts";
import { contributorsOf } from "../domain/contributors.ts";
import { isProved } from "../domain/proved-pins.ts";
import { judgeRange } from "../domain/ranges.ts";
import { reach } from "../failpoint.ts";
import { kidOf } from "../signing/thumbprint.ts";
import { bootstrap } from "./bootstrap.ts";
import { siteFileOf } from "./control-files.ts";
import { readEmails } from "./emails.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { takeGeneration } from "./generation.ts";
import type { Planned } from "./planning.ts";
import { rangeFacts } from "./range-reading.ts";
import type { Job } from "./store-port.ts";
import { readUnattested } from "./range-facts.ts";
import { type NextRange, nextRange } from "./ranges.ts";
import { readPolicy } from "./review.ts";
import { settlement } from "./settlement.ts";
import { toldAnew } from "./tell-managed.ts";

/** How soon to look again at a range that waits: the longer it has waited, the later. */
const lookAgain = { least: 5, most: 60 };
const maxRanges = 100;

export async function settle(fleet: Fleet): Promise<readonly Job[]> {
  if ((await bootstrap(fleet)) !== "bootstrapped") return [];
  await takeGeneration(fleet);
  let settled = 0;
  let open = await nextRange(fleet);
  // At the merge everything is read again, however short a time ago it was read before.
  if (open !== null) fleet.forge.forgetPeople();
  while (open !== null && settled < maxRanges && (await settleRange(fleet, open))) {
    settled += 1;
    open = await nextRange(fleet);
  }
  const now = fleet.clock.now();
  const again: Job[] =
    open === null ? [] : [{ kind: "settle", key: "", runAt: nextLook(open, now) }];
  if (settled === 0) return again;
  await fleet.log.flush();
  // The branch moved: what open proposals plan may be something else now.
  const pulls = await fleet.forge.openPulls();
  const reviews = pulls.map(({ number }): Job => ({
    kind: "review",
    key: String(number),
    runAt: now,
  }));
  return [...again, ...reviews];
}

function nextLook({ at }: NextRange, now: number): number {
  const waited = at === null ? Number.POSITIVE_INFINITY : now - Math.floor(Date.parse(at) / 1000);
  return now + Math.ceil(Math.min(Math.max(waited / 6, lookAgain.least), lookAgain.most));
}

/** @returns whether it is decided */
async function settleRange(fleet: Fleet, range: NextRange): Promise<boolean> {
  const { attested } = fleet.log.history;
  if (attested === null) return false;
  const policy = await readPolicy(fleet, attested);
  const { read, facts } = await rangeFacts(fleet, range, { attested, policy });
  if (facts.merge === null) return false;
  const result = judgeRange(policy.reading, facts, facts.merge);
  if (result.kind === "waiting" || result.kind === "ignored") return false;
  const pairings = read === null ? [] : await pairingsOf(fleet, range, read.planning);
  const planning = read?.planning ?? null;
  const by = await causedBy(fleet, range, facts);
  const told = await toldAnew(fleet, attested, range.to);
  const pol = policy.digest;
  const decided = { range, by, planning, result, facts, attested, pol, pairings, told };
  reach("settle.before");
  await fleet.log.append((history) => settlement(fleet, decided, history));
  reach("settle.after");
  return true;
}

/**
 * Whoever had a hand in the range itself, merged or pushed it. A push whose commits cannot be read
 * is held at once all the same: they are read again with whatever would settle it.
 */
async function causedBy(
  fleet: Fleet,
  { by, from, pull, to }: NextRange,
  facts: Facts,
): Promise<number[]> {
  const known = [by, pull?.mergedBy?.id ?? null].flatMap((id) => id ?? []);
  const own = pull === null ? await readUnattested(fleet, { by: known, from, to }) : null;
  const commits = CommitFacts.array().parse(own?.fact.commits ?? []);
  const range = { by: known, changes: null, config: null, commits };
  const branch = { bootstrapped: true, log: "ok" as const, connectors: null, unattested: [range] };
  const emails = await readEmails(fleet, own?.commits ?? [], facts.people ?? []);
  const people = contributorsOf({ ...facts, emails: { ...facts.emails, ...emails }, branch });
  return [...new Set([...known, ...people.by.keys()])].toSorted((a, b) => a - b);
}

/** The keys that this range takes over, as they stand in the site files. */
async function pairingsOf(
  fleet: Fleet,
  { to, pull }: NextRange,
  { plan }: Planned,
): Promise<EntryOf<"pairing">[]> {
  const tree = await fleet.forge.controlTree(to);
  const at = instantOf(fleet.clock.now());
  return plan.changes.flatMap(({ kind, site }) => {
    const pin =
      kind === "connector.pair" && site !== null ? siteFileOf(tree, site)?.connector : undefined;
    if (pin === undefined || site === null) return [];
    if (!isProved(fleet.log.history, site, pin)) return [];
    const { epoch, key } = pin;
    const pr = pull?.number ?? null;
    return { at, commit: to, epoch, key: key.x, kid: kidOf(key.x), kind: "pairing", pr, site };
  });
}
