/**
 * One authorised action to one site: judged again, signed at the last moment, sent, and followed
 * until the site's own signed receipt is on record. A lost answer is asked for, never guessed.
 * docs/protocol.md, "The signed action".
 */
import type { AuditEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ClaimsOf } from "../contract/claims.ts";
import type { SiteId } from "../contract/ids.ts";
import { type Authorisation, authorisationsOf, levelOf } from "../domain/history.ts";
import { CountersignError } from "../errors.ts";
import { mintToken } from "../signing/mint.ts";
import { levelEntry } from "./levels.ts";
import { ask, envelope, type Evidence, readAnswer, type Receipt, signerFor } from "./ask.ts";
import { type Fleet, instantOf, type PairedSite, pairedSite } from "./fleet.ts";
import type { Job } from "./ports.ts";
import { record } from "./record.ts";
import { headOf } from "./witness.ts";

const lapseSeconds = 7 * 24 * 3600;
const sendWithinSeconds = 180;
/** A token is dead on every clock in bounds this long after it was made. */
const deadAfterSeconds = 120 + 60;
const unknownAfterSeconds = 15 * 60;
const again = { soon: 2, later: 30 };

/** Works on the site's oldest open authorisation; `null` when there is nothing left to do. */
export async function deliver(fleet: Fleet, site: SiteId): Promise<Job | null> {
  const next = authorisationsOf(fleet.log.history, site).find(({ end }) => end === null);
  if (next === undefined) return null;
  const now = fleet.clock.now();
  if (now - secondsOf(next.entry.at) > lapseSeconds) {
    await endWithout(fleet, next, "lapsed");
    return job(site, now);
  }
  const paired = await pairedSite(fleet, site);
  if (paired === null) return job(site, now + again.later);
  const wait =
    next.sentAt === null ? await send(fleet, paired, next) : await follow(fleet, paired, next);
  return job(site, fleet.clock.now() + wait);
}

const job = (site: SiteId, runAt: number): Job => ({ kind: "deliver", key: site, runAt });
const secondsOf = (instant: string): number => Math.floor(Date.parse(instant) / 1000);

/** Signs and posts. @returns after how many seconds to look again */
async function send(fleet: Fleet, site: PairedSite, next: Authorisation): Promise<number> {
  if (!mayRun(fleet, next.entry)) return again.later;
  const plan = await fleet.store.text(fleet.repository.id, next.entry.plan);
  if (plan === null) throw lostPlan(next.entry);
  const proof = await fleet.log.proof(next.seq, await headOf(fleet, site));
  const { token, digest } = await mintToken(
    "action",
    actionClaims(fleet, site, next),
    await signerFor(fleet, site),
  );
  const { sub } = next.entry;
  // Judged, and written down, in one turn with every change of level: nothing is sent after a hold.
  let allowed = false;
  await fleet.log.append(() => {
    allowed = mayRun(fleet, next.entry);
    const at = instantOf(fleet.clock.now());
    const sent = { at, kind: "sent", site: site.site, sub, token: digest } as const;
    return allowed ? { entries: [sent] } : null;
  });
  if (!allowed) return again.later;
  fleet.evidence.delete(site.site);
  const answer = await fleet.sites.post(site.url, { token, plan, proof }, sendWithinSeconds);
  return conclude(fleet, next, await readAnswer(fleet, site, answer, digest));
}

/** Asks what became of an action that was sent. */
async function follow(fleet: Fleet, site: PairedSite, next: Authorisation): Promise<number> {
  const answer = await ask(fleet, site, { ask: "outcome", arg: next.entry.sub });
  return conclude(fleet, next, answer);
}

/** An approved recovery runs at HOLD too; anything else only while all is well. */
function mayRun(fleet: Fleet, entry: Authorisation["entry"]): boolean {
  const { level } = levelOf(fleet.log.history, entry.site);
  return level === "normal" || (level === "hold" && entry.mode !== "apply");
}

function actionClaims(fleet: Fleet, site: PairedSite, next: Authorisation): ClaimsOf<"action"> {
  const { evd, merge, mode, plan, pol, pr, pre, sub } = next.entry;
  const { level: lvl, index: lvx } = levelOf(fleet.log.history, site.site);
  const common = envelope(fleet, site, fleet.clock.now());
  return { ...common, evd, lvl, lvx, merge, mode, plan, pol, pr, pre, seq: next.seq, sub };
}

async function conclude(
  fleet: Fleet,
  next: Authorisation,
  answer: Evidence | Receipt | { kind: "silence"; why: string },
): Promise<number> {
  switch (answer.kind) {
    case "receipt":
      await record(fleet, next, answer);
      return 0;
    case "silence":
      return unanswered(fleet, next);
    case "evidence":
      return concludeEvidence(fleet, next, answer.claims);
  }
}

async function concludeEvidence(
  fleet: Fleet,
  next: Authorisation,
  { ans, why }: ClaimsOf<"evidence">,
): Promise<number> {
  if (ans === "running") return again.soon;
  // Only once its token is dead everywhere does "not seen" mean that it never ran.
  if (ans === "not_seen") {
    return tokenIsDead(fleet, next) ? notRun(fleet, next, "not_seen") : again.later;
  }
  if (ans !== "not_run") return unanswered(fleet, next);
  if (why === "overtaken") {
    await endWithout(fleet, next, "overtaken");
    return 0;
  }
  return notRun(fleet, next, why);
}

/** What the site's own lock says is heeded here too: its level follows. */
const locked = new Set<string>(["contained", "locked", "log_fork", "log_invalid"]);

/** Before the claim nothing is final: the same action may come again, with a new token. */
async function notRun(fleet: Fleet, next: Authorisation, why: string): Promise<number> {
  const { sub, site } = next.entry;
  const at = instantOf(fleet.clock.now());
  await fleet.log.append((history) => {
    const said: AuditEntry = { at, kind: "not_run", site, sub, why };
    const level = locked.has(why) ? levelEntry(history, site, { at, cause: "site_locked" }) : [];
    return { entries: [said, ...level] };
  });
  return locked.has(why) ? again.later : again.soon;
}

async function unanswered(fleet: Fleet, next: Authorisation): Promise<number> {
  const { site } = next.entry;
  const now = fleet.clock.now();
  if (next.sentAt === null || now - secondsOf(next.sentAt) < unknownAfterSeconds) return again.soon;
  await fleet.log.append((history) => ({
    entries: levelEntry(history, site, { at: instantOf(now), cause: "outcome_unknown" }),
  }));
  return again.later;
}

function tokenIsDead(fleet: Fleet, { sentAt }: Authorisation): boolean {
  return sentAt !== null && fleet.clock.now() - secondsOf(sentAt) > deadAfterSeconds;
}

async function endWithout(
  fleet: Fleet,
  { entry }: Authorisation,
  how: EntryOf<"ended">["how"],
): Promise<void> {
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(() => ({ entries: [{ at, how, kind: "ended", sub: entry.sub }] }));
}

function lostPlan({ plan, site }: Authorisation["entry"]): CountersignError {
  return new CountersignError(
    "store_unusable",
    `The plan ${plan} for ${site} is not in the store.`,
    {
      hint: "Run `countersign rebuild`: the text stands under plans/ on the audit branch.",
    },
  );
}
