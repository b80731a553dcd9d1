/**
 * One authorised action to one site: judged again, signed at the last moment, sent, and followed
 * until the site's own signed receipt is on record. A lost answer is asked for, never guessed.
 * docs/protocol.md, "The signed action".
 */
import type { AuditEntry } from "../contract/audit-entry.ts";
import type { ClaimsOf } from "../contract/claims.ts";
import type { SiteId } from "../contract/ids.ts";
import { type Authorisation, levelOf } from "../domain/history.ts";
import type { Turn } from "../domain/rollout.ts";
import { reach } from "../failpoint.ts";
import { levelEntry } from "./levels.ts";
import { nextAction } from "./may-run.ts";
import { ask, type Evidence, readAnswer, type Receipt } from "./ask.ts";
import { isPulled, noteUnreached, pullSeconds } from "./contact.ts";
import { type Fleet, instantOf, type PairedSite, pairedSite } from "./fleet.ts";
import { issueAction } from "./issue.ts";
import type { Job } from "./store-port.ts";
import { record } from "./record.ts";
import { policyOfNow, turnIn } from "./rollouts.ts";
import { headOf } from "./witness.ts";

const sendWithinSeconds = 180;
/** A token is dead on every clock in bounds this long after it was made. */
const deadAfterSeconds = 120 + 60;
const unknownAfterSeconds = 15 * 60;
/** Seconds until the next look; what did not run at first comes again later each time. */
const again = { soon: 2, later: 30, atMost: 300 };
/** The policy may shorten it. */
const expiresAfter = 7 * 24 * 3600;
/** Whoever waits for its turn is woken when it comes: to look again is for what was lost. */
const lookAgain = { concurrency: 30, event: 900, time: 3600 };

/** Works on the site's next action; `null` when there is nothing left to do. */
export async function deliver(fleet: Fleet, site: SiteId): Promise<Job | null> {
  const next = nextAction(fleet.log.history, site);
  if (next === undefined) return null;
  const now = fleet.clock.now();
  // What was sent may have been claimed: it has its end from the site, however late.
  const turn = next.sentAt === null ? await turnNow(fleet, next) : null;
  if (turn?.kind === "waits") {
    if (turn.reason !== "expired") return job(site, nextLook(turn, now));
    await endWithout(fleet, next, "lapsed");
    return job(site, now);
  }
  const paired = await pairedSite(fleet, site);
  if (paired === null) return job(site, now + again.later);
  const wait =
    next.sentAt === null ? await send(fleet, paired, next) : await follow(fleet, paired, next);
  return job(site, fleet.clock.now() + wait);
}

async function turnNow(fleet: Fleet, { entry }: Authorisation): Promise<Turn> {
  const policy = entry.mode === "apply" ? await policyOfNow(fleet) : null;
  const now = fleet.clock.now();
  const limit = policy?.config.rollout.expiresAfter ?? expiresAfter;
  if (now - secondsOf(entry.at) > limit) return { kind: "waits", reason: "expired", until: null };
  return policy === null ? { kind: "go" } : turnIn(fleet.log.history, policy, { entry, now });
}

function nextLook({ reason, until }: Extract<Turn, { kind: "waits" }>, now: number): number {
  if (until !== null) return Math.min(until, now + lookAgain.time);
  return now + (reason === "concurrency" ? lookAgain.concurrency : lookAgain.event);
}

const job = (site: SiteId, runAt: number): Job => ({ kind: "deliver", key: site, runAt });
const secondsOf = (instant: string): number => Math.floor(Date.parse(instant) / 1000);

/** Issues and posts. @returns after how many seconds to look again */
async function send(fleet: Fleet, site: PairedSite, next: Authorisation): Promise<number> {
  // What cannot be reached would never get it: the site takes it along with its next beat.
  if (await isPulled(fleet, site.site)) {
    const { kind } = await ask(fleet, site, { ask: "hello", arg: "" });
    if (kind === "silence") return again.later;
  }
  // A proof begins at the head that the site has: whoever kept none asks for it.
  if (fleet.forgetsJournal === true && (await headOf(fleet, site)).at === 0) {
    await ask(fleet, site, { ask: "hello", arg: "" });
  }
  const issued = await issueAction(fleet, site, next);
  if (issued === null) return again.later;
  reach("send.before");
  const answer = await fleet.sites.post(
    site.url,
    issued.message,
    sendWithinSeconds,
    site.privateAddresses,
  );
  reach("send.after");
  const read = await readAnswer(fleet, site, answer, issued.digest);
  if (read.kind === "silence") await noteUnreached(fleet, site.site);
  // Only the answer to the token itself says that it did not run.
  if (read.kind === "evidence" && read.claims.ans === "not_run") {
    return notRun(fleet, next, read.claims.why);
  }
  return conclude(fleet, next, read);
}

/** Asks what became of an action that was sent. */
async function follow(fleet: Fleet, site: PairedSite, next: Authorisation): Promise<number> {
  const answer = await ask(fleet, site, { ask: "outcome", arg: next.entry.sub });
  return conclude(fleet, next, answer);
}

async function conclude(
  fleet: Fleet,
  next: Authorisation,
  answer: Evidence | Receipt | { kind: "silence"; why: string },
): Promise<number> {
  switch (answer.kind) {
    case "receipt":
      return (await record(fleet, next, answer)) ? 0 : again.later;
    case "silence":
      return unanswered(fleet, next);
    case "evidence":
      return concludeEvidence(fleet, next, answer.claims);
  }
}

async function concludeEvidence(
  fleet: Fleet,
  next: Authorisation,
  { ans }: ClaimsOf<"evidence">,
): Promise<number> {
  if (ans === "running") return again.soon;
  // Only once its token is dead everywhere does "not seen" mean that it never ran.
  if (ans === "not_seen") {
    return tokenIsDead(fleet, next) ? notRun(fleet, next, "not_seen") : again.later;
  }
  return unanswered(fleet, next);
}

/**
 * What a site told about an action by its own request, with no question of ours left open.
 * @param asked whether it answers the `outcome` question; else it answers the action's own token
 */
export async function concludePulled(
  fleet: Fleet,
  next: Authorisation,
  { claims, asked }: { readonly claims: ClaimsOf<"evidence">; readonly asked: boolean },
): Promise<void> {
  if (next.end !== null) return;
  if (!asked && claims.ans === "not_run") await notRun(fleet, next, claims.why);
  else if (asked) await concludeEvidence(fleet, next, claims);
}

/** What the site's own lock says is heeded here too: its level follows. */
const locked = new Set<string>(["contained", "locked", "log_fork", "log_invalid"]);

/** Before the claim nothing is final: the same action may come again, with a new token. */
async function notRun(fleet: Fleet, next: Authorisation, why: string): Promise<number> {
  if (why === "overtaken") {
    await endWithout(fleet, next, "overtaken");
    return 0;
  }
  const { sub, site } = next.entry;
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const said: AuditEntry = { at, kind: "not_run", site, sub, why };
    // At a level of ours `contained` is its echo, and no lock of the site's own.
    const isEcho = why === "contained" && levelOf(history, site).level !== "normal";
    const isLock = locked.has(why) && !isEcho;
    const level = isLock ? levelEntry(history, site, { at, cause: "site_locked" }) : [];
    const told = { kind: "report", key: "incidents", runAt: fleet.clock.now() } as const;
    return { entries: [said, ...level], jobs: level.length === 0 ? [] : [told] };
  });
  return Math.min(again.soon * 2 ** Math.min(next.tries + 1, 10), again.atMost);
}

/** `next` is as it was before the token left, or as it is on record. */
async function unanswered(fleet: Fleet, next: Authorisation): Promise<number> {
  const { site, pr } = next.entry;
  const now = fleet.clock.now();
  const silent = next.sentAt === null ? 0 : now - secondsOf(next.sentAt);
  if (silent < unknownAfterSeconds + (await pullSeconds(fleet, site))) {
    return Math.min(Math.max(again.soon, Math.floor(silent / 10)), again.later);
  }
  await fleet.log.append((history) => {
    const entries = levelEntry(history, site, { at: instantOf(now), cause: "outcome_unknown" });
    if (entries.length === 0) return null;
    return { entries, jobs: [{ kind: "report", key: String(pr), runAt: now }] };
  });
  return again.later;
}

/** Whether no clock in bounds takes its newest token any more. */
export function tokenIsDead(fleet: Fleet, { sentAt }: Authorisation): boolean {
  return sentAt !== null && fleet.clock.now() - secondsOf(sentAt) > deadAfterSeconds;
}

/** Judged in the turn that writes it: what left by another door meanwhile does not lapse. */
async function endWithout(
  fleet: Fleet,
  { entry }: Authorisation,
  how: "lapsed" | "overtaken",
): Promise<void> {
  const now = fleet.clock.now();
  const ended = { at: instantOf(now), how, kind: "ended", sub: entry.sub } as const;
  await fleet.log.append(({ authorisations }) => {
    const newest = authorisations.get(entry.sub);
    const isOver = newest === undefined || newest.end !== null;
    if (isOver || (how === "lapsed" && newest.sentAt !== null)) return null;
    return {
      entries: [ended],
      jobs: [{ kind: "report", key: String(entry.pr), runAt: now }],
    };
  });
}
