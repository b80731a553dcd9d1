/** The issue about something that was detected at one site, and what people do about it. */
import type { LevelCause } from "../domain/containment.ts";
import { code } from "./markdown.ts";

interface Words {
  readonly title: string;
  readonly what: string;
  readonly next: string;
}

const other: Words = {
  title: "something is wrong",
  what: "Something was detected that has to be looked at.",
  next: "Look at the site and at the audit log, then release it with a reason.",
};

const words: Readonly<Partial<Record<LevelCause, Words>>> = {
  restored_or_cloned: {
    title: "two sites with one key, or a restored backup",
    what: "A heartbeat came whose number was there before and which was made later than the one on record. Either a copy of the site runs with the same key, or its database was set back.",
    next: "Find out which: a copy has to be switched off or unpaired (`wp countersign unpair`). Then pair the site again; that gives it a new key and ends this level.",
  },
  receipt_mismatch: {
    title: "a receipt that contradicts the record",
    what: "The site signed a receipt for an action, or under a number, that has another one on record, or for something that nobody authorised.",
    next: "Compare both in the audit log (`countersign audit verify`), and look at the site. If its key may be in other hands, pair it again.",
  },
  local_restore: {
    title: "restored by hand",
    what: "An administrator restored files at the site itself. The branch still wants what was restored.",
    next: "Ask who did it and why, then open a proposal that says what the site runs now, and release it.",
  },
};

export function troubleTitle(site: string, cause: LevelCause): string {
  return `Incident: ${site}: ${(words[cause] ?? other).title}`;
}

export function troubleBody(about: {
  readonly site: string;
  readonly cause: LevelCause;
  readonly level: string;
}): string {
  const { what, next } = words[about.cause] ?? other;
  return `${code(about.site)} is at ${about.level.toUpperCase()}: nothing but an approved recovery runs there.

${what}

**What to do.** ${next}

\`/countersign release ${about.site} <reason>\` here ends the level once its cause is gone.`;
}
