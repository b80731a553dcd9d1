/**
 * What people command about levels: hold, panic, compromised and release, each from comments of one issue or
 * pull request. Tightening takes effect at once; a release only where its cause is gone, and with
 * as many people as the level asks for. docs/protocol.md, "Containment".
 */
import { pathOfSite } from "../contract/control-repository.ts";
import type { AuditEntry } from "../contract/audit-entry.ts";
import { Facts, type FactsInput } from "../contract/facts.ts";
import { SiteId } from "../contract/ids.ts";
import { parseCommands } from "../domain/commands.ts";
import { type LevelMove, moveLevel } from "../domain/containment.ts";
import { type CommandJudgement, judgeCommands } from "../domain/rights.ts";
import { levelText } from "../render/command-answer.ts";
import { causeOf } from "./cause.ts";
import { type Fleet, instantOf } from "./fleet.ts";
import { gatherFacts } from "./gather.ts";
import { ownLevel } from "./levels.ts";
import type { IssueComment } from "./forge-port.ts";
import { readPolicy } from "./review.ts";

export type LevelCommand = "hold" | "panic" | "compromised" | "release";

export interface LevelAsked {
  readonly name: LevelCommand;
  /** A site's id or `fleet`; `panic` is always about the fleet. */
  readonly target: string;
  /** Where it was said, with all that was said there. */
  readonly issue: number;
  readonly comments: readonly IssueComment[];
}

/** Judges and carries out. @returns the answer for the comment, as Markdown */
export async function commandLevel(fleet: Fleet, asked: LevelAsked): Promise<string> {
  const scope = await scopeOf(fleet, asked);
  if (scope === "unknown") return levelText({ kind: "no_such_site", target: asked.target });
  const judged = await judge(fleet, asked, scope);
  if (!judged.allowed) return levelText({ kind: "refused", reason: judged.reason });
  const before = ownLevel(fleet.log.history, scope).level;
  await fleet.log.append((history) => {
    const { level, causes } = ownLevel(history, scope);
    const next = moveLevel(level, moveOf(asked.name));
    const cause = causeWord(asked.name, judged);
    // A person's word is a cause of its own: what ends another one does not end it.
    if (next === level && (level === "normal" || causes.includes(cause))) return null;
    const entry: AuditEntry = {
      at: instantOf(fleet.clock.now()),
      by: judged.by[0] ?? null,
      cause,
      kind: "level",
      level: next,
      site: scope,
    };
    return { entries: [entry], jobs: [{ kind: "sweep", key: "", runAt: fleet.clock.now() }] };
  });
  await fleet.log.flush();
  const { level } = ownLevel(fleet.log.history, scope);
  return levelText({ kind: "done", scope: scope ?? "the fleet", before, level });
}

/** A key that somebody reports is detected by a person: its end is a new key, and no word alone. */
function moveOf(name: LevelCommand): LevelMove {
  if (name === "release") return { kind: "released" };
  if (name === "compromised") return { kind: "detected", cause: "key_compromised" };
  return { kind: "commanded", command: name };
}

function causeWord(name: LevelCommand, judged: CommandJudgement & { allowed: true }): string {
  if (name === "hold") return "commanded";
  if (name === "panic") return "panic";
  if (name === "compromised") return "key_compromised";
  return judged.onePerson ? "released_by_one_person" : "released";
}

/** A site that nobody knows would be held by a slip of the pen, and the one that is meant would not. */
async function scopeOf(
  { forge, log }: Fleet,
  { name, target }: LevelAsked,
): Promise<SiteId | null | "unknown"> {
  if (name === "panic" || target === "fleet") return null;
  const { data: site } = SiteId.safeParse(target);
  const { attested, pairings, siteLevels } = log.history;
  if (site === undefined || attested === null) return "unknown";
  if (pairings.has(site) || siteLevels.has(site)) return site;
  return (await forge.controlTree(attested)).has(pathOfSite(site)) ? site : "unknown";
}

async function judge(
  fleet: Fleet,
  asked: LevelAsked,
  scope: SiteId | null,
): Promise<CommandJudgement> {
  const { attested } = fleet.log.history;
  const policy = attested === null ? null : await readPolicy(fleet, attested);
  if (policy?.reading.kind !== "read") return { allowed: false, reason: "facts_unread" };
  const { config } = policy.reading;
  // A level is about sites, not about a plan: without one nobody is a contributor to it.
  const { plan: _none, ...gathered } = await gatherFacts(fleet, {
    pull: null,
    config,
    configText: policy.text,
    configDigest: policy.digest,
    plan: { state: "ok", digest: null, changes: [] },
    checks: {},
  });
  const cause = asked.name === "release" ? await causeOf(fleet, scope) : null;
  const facts = Facts.parse({ ...gathered, commands: spoken(asked), cause });
  const [judged] = judgeCommands(config, facts);
  return judged ?? { allowed: false, reason: "unknown_command" };
}

/** All comments there that say the same: a release at CONTAINED takes two people. */
function spoken({ name, target, comments }: LevelAsked): NonNullable<FactsInput["commands"]> {
  return comments.flatMap(({ user, body, createdAt, editedAt }) =>
    parseCommands(body).flatMap((command) =>
      command.kind === "command" &&
      command.name === name &&
      (name === "panic" || command.target === target)
        ? {
            name,
            target: name === "panic" ? "fleet" : target,
            by: user,
            reason: command.text,
            at: createdAt,
            edited: editedAt !== null,
          }
        : [],
    ),
  );
}
