/**
 * Carries out what a comment commands, and answers it once. The answer names the comment in a
 * hidden mark, or the log does, so that a job that runs again finds it; what is done before it can
 * be done twice.
 */
import { Facts } from "../contract/facts.ts";
import type { FleetConfig } from "../contract/fleet-config.ts";
import {
  COMMAND_NAMES,
  type CommandName,
  type ParsedCommand,
  parseCommands,
} from "../domain/commands.ts";
import { judgeCommands } from "../domain/rights.ts";
import {
  editedText,
  helpText,
  judgedText,
  lookingText,
  misusedText,
  notHereText,
  refusedText,
  unableText,
  unknownText,
} from "../render/command-words.ts";
import { pinProblem } from "../render/pin-answer.ts";
import { abandon } from "./abandon.ts";
import { type Answer, answerMark, answers, type Handled, said } from "./answer.ts";
import { commandLevel, type LevelCommand } from "./contain.ts";
import { reach } from "../failpoint.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { pairCommand } from "./pair-window.ts";
import { pinProposal } from "./pin-proposal.ts";
import type { IssueComment, PullRequest } from "./forge-port.ts";
import type { Job } from "./store-port.ts";
import { reviewed } from "./glass.ts";
import { retry } from "./retry.ts";
import { readPolicy } from "./review.ts";
import { rotate } from "./rotate.ts";
import { rollback } from "./rollback.ts";
import { readRoles } from "./roles.ts";

interface Asked {
  readonly name: CommandName;
  readonly target: string | null;
  /** A reason, or the key that `pair` carries. */
  readonly text: string | null;
  readonly issue: number;
  readonly comment: IssueComment;
  /** `null` where the comment stands on an issue. */
  readonly pull: PullRequest | null;
}

type Handler = (fleet: Fleet, asked: Asked) => Promise<Handled>;

/** What this version carries out; whoever adds a command adds it here. */
const handlers: Readonly<Partial<Record<CommandName, Handler>>> = {
  help: async () => said(helpText(able)),
  plan: async (fleet, { pull }) => lookAgain(fleet, pull),
  recheck: async (fleet, { pull }) => {
    fleet.forge.forgetPeople();
    return lookAgain(fleet, pull);
  },
  hold: level("hold"),
  panic: level("panic"),
  compromised: level("compromised"),
  release: level("release"),
  override: async (fleet, { pull }) => judgedWithPlan(fleet, pull),
  "break-glass": async (fleet, { pull }) => judgedWithPlan(fleet, pull),
  pair: (fleet, asked) => pairCommand(fleet, asked),
  rotate: async (fleet, { target, comment }) =>
    said(await rotate(fleet, target, comment.user?.id ?? null)),
  retry: async (fleet, asked) => retry(fleet, { ...(await spoken(fleet, asked)), name: "retry" }),
  resume: async (fleet, asked) => retry(fleet, { ...(await spoken(fleet, asked)), name: "resume" }),
  abandon: async (fleet, asked) =>
    abandon(fleet, { ...(await spoken(fleet, asked)), name: "abandon" }),
  rollback: async (fleet, asked) =>
    rollback(fleet, { ...(await spoken(fleet, asked)), name: "rollback" }),
  reviewed: async (fleet, asked) =>
    reviewed(fleet, { ...(await spoken(fleet, asked)), name: "reviewed" }),
  pin: async (fleet, { pull, target }) =>
    pull === null ? said(pinProblem.no_pull) : pinProposal(fleet, pull, target),
};
const able: ReadonlySet<CommandName> = new Set(
  COMMAND_NAMES.filter((name) => handlers[name] !== undefined),
);
/** Anyone may say these, or their right is judged where they take effect. */
const free: ReadonlySet<CommandName> = new Set([
  "help",
  "plan",
  "hold",
  "panic",
  "compromised",
  "release",
  "override",
  "break-glass",
  "retry",
  "resume",
  "abandon",
  "rollback",
  "reviewed",
]);

const maxCommands = 10;

/** @param id the comment's; one that is gone, is the App's own or has its answer is left alone */
export async function command(fleet: Fleet, issue: number, id: number): Promise<readonly Job[]> {
  const comments = await fleet.forge.commentsOf(issue);
  const comment = comments.find((one) => one.id === id);
  if (comment === undefined || isOwn(comment) || isAnswered(fleet, comments, id)) return [];
  const commands = parseCommands(comment.body).slice(0, maxCommands);
  if (commands.length === 0) return [];
  const done = await carryOut(fleet, { issue, comment, commands });
  if (done === "again") {
    return [{ kind: "command", key: `${issue} ${id}`, runAt: fleet.clock.now() + 2 }];
  }
  await answer(fleet, { issue, id, comments }, done.text);
  return done.jobs;
}

interface Answering {
  readonly issue: number;
  readonly id: number;
  readonly comments: readonly IssueComment[];
}

async function answer(
  fleet: Fleet,
  { issue, id, comments }: Answering,
  text: string,
): Promise<void> {
  const body = `${answerMark(id)}\n${text}`;
  // The very words are there already where a run ended between them and the log.
  const isSaid =
    fleet.answersInLog === true &&
    comments.some((one) => one.own && one.body.trim() === body.trim());
  if (!isSaid) await fleet.forge.say(issue, body);
  if (fleet.answersInLog !== true) return;
  reach("command.said");
  const at = instantOf(fleet.clock.now());
  await fleet.log.append(({ answered }) =>
    answered.has(id) ? null : { entries: [{ at, comment: id, issue, kind: "answered" }] },
  );
  await fleet.log.flush();
}

function isAnswered(fleet: Fleet, comments: readonly IssueComment[], id: number): boolean {
  if (fleet.log.history.answered.has(id)) return true;
  return fleet.answersInLog !== true && comments.some((one) => answers(one, id));
}

const isOwn = ({ own, body }: IssueComment): boolean => own && body.startsWith("<!-- countersign:");

interface Said {
  readonly issue: number;
  readonly comment: IssueComment;
  readonly commands: readonly ParsedCommand[];
}

async function carryOut(fleet: Fleet, { issue, comment, commands }: Said): Promise<Handled> {
  if (comment.editedAt !== null) return said(editedText);
  const pull = await fleet.forge.pull(issue);
  const done: Answer[] = [];
  for (const parsed of commands) {
    const one = await carryOutOne(fleet, parsed, { issue, comment, pull });
    if (one === "again") return "again";
    done.push(one);
  }
  const texts = new Set(done.map(({ text }) => text));
  const jobs = new Map(done.flatMap((one) => one.jobs).map((job) => [job.key, job]));
  return { text: [...texts].join("\n\n"), jobs: [...jobs.values()] };
}

async function carryOutOne(
  fleet: Fleet,
  parsed: ParsedCommand,
  where: Pick<Asked, "issue" | "comment" | "pull">,
): Promise<Handled> {
  if (parsed.kind === "unknown") return said(unknownText(parsed.word));
  if (parsed.kind === "misused") return said(misusedText(parsed.usage));
  const { name, target, text } = parsed;
  const handler = handlers[name];
  if (handler === undefined) return said(unableText(name));
  const asked: Asked = { name, target, text, ...where };
  const refusal = free.has(name) ? null : await refusalOf(fleet, asked);
  return refusal === null ? handler(fleet, asked) : said(refusal);
}

/** Who may ask: the roles of the policy in force, and who opened the proposal. */
async function refusalOf(fleet: Fleet, asked: Asked): Promise<string | null> {
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (policy?.reading.kind !== "read") return pinProblem.no_policy;
  const { config } = policy.reading;
  const facts = await askingFacts(fleet, config, asked);
  const [judged] = judgeCommands(config, facts);
  if (judged?.allowed === true) return null;
  return refusedText(asked.name, judged?.reason ?? "facts_unread");
}

async function askingFacts(fleet: Fleet, config: FleetConfig, asked: Asked): Promise<Facts> {
  const { repository, clock } = fleet;
  const { name, target, comment, pull } = asked;
  const { user: by, createdAt: at, editedAt } = comment;
  const roles = await readRoles(fleet, config, by === null ? [] : [by]);
  return Facts.parse({
    id: `comment ${comment.id}`,
    now: new Date(clock.now() * 1000).toISOString(),
    repository: { id: repository.id, defaultBranch: repository.defaultBranch, owners: null },
    people: roles.people,
    teams: roles.teams,
    config: null,
    proposal: pull === null ? null : { ...unread, number: pull.number, openedBy: pull.openedBy.id },
    commands: [{ name, target, by, at, edited: editedAt !== null }],
  });
}

const unread = { state: null, draft: null, base: null, head: null };

/** With everything that was said there: a right may ask for several people. */
async function spoken(fleet: Fleet, { target, issue, comment, pull }: Asked) {
  const comments = await fleet.forge.commentsOf(issue);
  return { target, issue, comment, comments, pull: pull?.number ?? null };
}

/** All that was said there counts: leaving CONTAINED takes two people. */
function level(name: LevelCommand): Handler {
  return async (fleet, { issue, target }) => {
    const comments = await fleet.forge.commentsOf(issue);
    return said(await commandLevel(fleet, { name, target: target ?? "fleet", issue, comments }));
  };
}

/** The comment itself is the fact: whether it counts is judged with the plan, every time anew. */
function judgedWithPlan(fleet: Fleet, pull: PullRequest | null): Answer {
  if (pull === null) return said(notHereText);
  const runAt = fleet.clock.now();
  return { text: judgedText, jobs: [{ kind: "review", key: String(pull.number), runAt }] };
}

function lookAgain(fleet: Fleet, pull: PullRequest | null): Answer {
  if (pull === null) return said("There is no proposal here to look at.");
  const runAt = fleet.clock.now();
  return { text: lookingText, jobs: [{ kind: "review", key: String(pull.number), runAt }] };
}
