/**
 * What leaves with the ack of a heartbeat: messages that could not be pushed, minted now. The same
 * rules hold as for a push; only the carrier is another. docs/protocol.md, "Pull delivery".
 */
import { CountersignError } from "../errors.ts";
import { MAX_TEXT_BYTES } from "../contract/claims.ts";
import { canonicalText } from "../signing/canonical.ts";
import { digestOfText } from "../signing/digest.ts";
import { queryOf } from "./ask.ts";
import { isPulled } from "./contact.ts";
import { tokenIsDead } from "./deliver.ts";
import type { Fleet, PairedSite } from "./fleet.ts";
import { issueAction } from "./issue.ts";
import { pendingGreeting } from "./keysets.ts";
import { nextAction } from "./may-run.ts";
import type { Message } from "./ports.ts";
import type { NewQuestion } from "./store-port.ts";

/** A question that nobody has asked again for so long is of no interest any more. */
const questionSeconds = 3600;
/** The site answers them one after the other, in one request. */
const mostQuestions = 4;
/** A message is JSON inside the list, which is JSON: four of them and an action have to fit. */
const mostBytes = MAX_TEXT_BYTES / 16;
const fits = (text: string): boolean => Buffer.byteLength(text) <= mostBytes;

/** The text beside an ack: an RFC 8785 list of messages, `[]` where nothing waits. */
export async function pendingText(fleet: Fleet, site: PairedSite): Promise<string> {
  return canonicalText(await pendingMessages(fleet, site));
}

async function pendingMessages(fleet: Fleet, site: PairedSite): Promise<readonly Message[]> {
  // While new keys come beside the ack, whether the site took them is all that is asked.
  const greeting = await pendingGreeting(fleet, site);
  if (greeting !== null) return [greeting];
  const questions = await fleet.store.questions(fleet.repository.id, site.site);
  const asked = questions.length === 0 ? [] : await askedNow(fleet, site, questions);
  const action = await pulledAction(fleet, site);
  return action === null ? asked : [...asked, action];
}

async function askedNow(
  fleet: Fleet,
  site: PairedSite,
  questions: readonly NewQuestion[],
): Promise<readonly Message[]> {
  const { id: repo } = fleet.repository;
  const oldest = fleet.clock.now() - questionSeconds;
  await fleet.store.dropQuestions(repo, site.site, oldest);
  const messages: Message[] = [];
  // What is managed is said by the newest one alone: an older one would take it back.
  const inventory = questions.find(({ ask }) => ask === "inventory");
  const fresh = questions.filter(
    (one) => isAsked(one) && (one.ask !== "inventory" || one === inventory) && one.at >= oldest,
  );
  for (const question of fresh.slice(0, mostQuestions)) {
    messages.push(await askNow(fleet, site, question));
  }
  return messages;
}

const isAsked = ({ ask, arg }: NewQuestion): boolean =>
  ask !== "hello" && ask !== "outcome" && fits(arg);

async function askNow(fleet: Fleet, site: PairedSite, question: NewQuestion): Promise<Message> {
  const { message, digest } = await queryOf(fleet, site, question);
  await fleet.store.noteAsked(fleet.repository.id, question, digest);
  return message;
}

/** The site's next action, or the question what became of the one that was sent. */
async function pulledAction(fleet: Fleet, site: PairedSite): Promise<Message | null> {
  const next = nextAction(fleet.log.history, site.site);
  if (next === undefined || !(await isPulled(fleet, site.site))) return null;
  if (next.sentAt === null) return issued(fleet, site, next);
  if (!tokenIsDead(fleet, next)) return null;
  const arg = next.entry.sub;
  const at = fleet.clock.now();
  const question = { site: site.site, ask: "outcome", arg, digest: digestOfText(arg), at } as const;
  await fleet.store.putQuestion(fleet.repository.id, question);
  return askNow(fleet, site, question);
}

/** A fault here is the deliver job's to tell: the beat is answered all the same. */
async function issued(
  fleet: Fleet,
  site: PairedSite,
  next: Parameters<typeof issueAction>[2],
): Promise<Message | null> {
  const plan = await fleet.log.text(next.entry.plan);
  if (plan !== null && !fits(plan)) return null;
  try {
    const action = await issueAction(fleet, site, next);
    return action === null ? null : action.message;
  } catch (error) {
    if (error instanceof CountersignError && error.code !== "log_mismatch") return null;
    throw error;
  }
}
