/**
 * Questions to a site, and what its signed answers are worth. Nothing in an answer is used before
 * its signature holds and it names the very token that asked.
 */
import { type ClaimsOf, MAX_LIFETIME_SECONDS } from "../contract/claims.ts";
import type { Digest } from "../contract/ids.ts";
import { levelOf } from "../domain/history.ts";
import { type KeyPosition, keysOf, spokenPosition } from "../domain/key-position.ts";
import { digestOfText } from "../signing/digest.ts";
import { newId128 } from "../signing/id128.ts";
import { mintToken } from "../signing/mint.ts";
import { pinnedKeys } from "../signing/public-key.ts";
import type { Signer } from "../signing/signer.ts";
import { verifyToken } from "../signing/verify.ts";
import { keepQuestion, noteReached } from "./contact.ts";
import { cpName, type Fleet, type PairedSite, siteName } from "./fleet.ts";
import type { Message, SiteAnswer } from "./ports.ts";
import { noteHead } from "./witness.ts";

export type Question = Pick<ClaimsOf<"query">, "ask"> & { readonly arg: string };

export interface Evidence {
  readonly kind: "evidence";
  readonly claims: ClaimsOf<"evidence">;
  /** The exact text beside the token. */
  readonly detail: string;
  /** Of the token: what an authorisation names as `evd`. */
  readonly digest: Digest;
}
export interface Receipt {
  readonly kind: "receipt";
  readonly claims: ClaimsOf<"receipt">;
  readonly detail: string;
  readonly token: string;
}
/** Why there is no answer: shown to people, decided on by nobody. */
export interface Silence {
  readonly kind: "silence";
  readonly why: string;
}

const answerWithinSeconds = 60;

/** Asks a site. An `outcome` question may be answered by the receipt itself. */
export async function ask(
  fleet: Fleet,
  site: PairedSite,
  question: Question,
  at?: KeyPosition,
): Promise<Evidence | Receipt | Silence> {
  const { message, digest } = await queryOf(fleet, site, question, at);
  const answer = await fleet.sites.post(
    site.url,
    message,
    answerWithinSeconds,
    site.privateAddresses,
  );
  const read = await readAnswer(fleet, site, answer, digest);
  if (read.kind === "silence") await keepQuestion(fleet, site.site, question);
  else await noteReached(fleet, site.site);
  return read;
}

/** A signed question, and the digest that its answer has to name. */
export async function queryOf(
  fleet: Fleet,
  site: PairedSite,
  question: Question,
  at?: KeyPosition,
): Promise<{ readonly message: Message; readonly digest: Digest }> {
  const { level: lvl, index: lvx } = levelOf(fleet.log.history, site.site);
  // A site keeps the level with the highest index, also one that no branch has in the end.
  const isOwn = lvx > 0 && lvx >= fleet.log.flushedSize;
  if (fleet.forgetsJournal === true && isOwn) await fleet.log.flush();
  const claims: ClaimsOf<"query"> = {
    ...envelope(fleet, site, fleet.clock.now()),
    arg: digestOfText(question.arg),
    ask: question.ask,
    lvl,
    lvx,
  };
  const { token, digest } = await mintToken("query", claims, await signerFor(fleet, site, at));
  return { message: { token, arg: question.arg }, digest };
}

/** The claims that every message to a site has. */
export function envelope(fleet: Fleet, site: PairedSite, iat: number) {
  return {
    aud: siteName(site.site),
    epoch: site.epoch,
    exp: iat + MAX_LIFETIME_SECONDS,
    iat,
    iss: cpName(fleet),
    jti: newId128(),
  };
}

/** @param at of the key; the one in force for this site where it is not given */
export function signerFor(
  fleet: Fleet,
  { site, epoch }: Pick<PairedSite, "site" | "epoch">,
  at: KeyPosition = spokenPosition(keysOf(fleet.log.history.keys, site, epoch)),
): Promise<Signer> {
  const { gen, kver } = at;
  return fleet.keys.actionSigner({ cp: cpName(fleet), site: siteName(site), epoch, gen, kver });
}

/**
 * What came back, where it is signed by this site and answers the token of digest `re`. The log
 * head that it countersigns is kept.
 */
export async function readAnswer(
  fleet: Fleet,
  site: PairedSite,
  answer: SiteAnswer,
  re: Digest,
): Promise<Evidence | Receipt | Silence> {
  const read = openAnswer(fleet, site, answer, re);
  if (read.kind !== "silence") await noteHead(fleet, site, read.claims);
  return read;
}

/** The same of a site that nobody approved yet: what it says of the log counts for nothing. */
export function openAnswer(
  fleet: Fleet,
  site: PairedSite,
  answer: SiteAnswer,
  re: Digest,
): Evidence | Receipt | Silence {
  if (answer.kind === "unreachable") return silence(`not reached: ${answer.why}`);
  if (answer.body === null) return silence(`answered ${answer.status} and nothing signed`);
  const read = readEvidence(fleet, site, answer.body) ?? readReceipt(fleet, site, answer.body);
  if (read === null) return silence(`answered ${answer.status} with nothing that verifies`);
  // A receipt is final for its action, whichever token asked for it.
  if (read.kind === "evidence" && read.claims.re !== re) {
    return silence("answered with evidence for another question");
  }
  return read;
}

const silence = (why: string): Silence => ({ kind: "silence", why });

function facts(fleet: Fleet, site: PairedSite, texts: Readonly<Record<string, string>>) {
  return {
    keys: pinnedKeys([{ x: site.key }]),
    iss: siteName(site.site),
    aud: cpName(fleet),
    epoch: site.epoch,
    now: fleet.clock.now(),
    texts,
  };
}

export function readEvidence(fleet: Fleet, site: PairedSite, message: Message): Evidence | null {
  const { token, ...beside } = message;
  const verdict = verifyToken("evidence", token, facts(fleet, site, beside));
  if (!verdict.ok) return null;
  const { claims, texts, digest } = verdict;
  return { kind: "evidence", claims, detail: texts.detail, digest };
}

export function readReceipt(fleet: Fleet, site: PairedSite, message: Message): Receipt | null {
  const { token, ...beside } = message;
  const verdict = verifyToken("receipt", token, facts(fleet, site, beside));
  if (!verdict.ok) return null;
  const { claims, texts } = verdict;
  return { kind: "receipt", claims, detail: texts.detail, token };
}
