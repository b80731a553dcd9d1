/** `countersign audit show`: what happened, who approved it, what ran. */
import { type About, entriesAbout } from "../audit/about.ts";
import type { AuditEntry } from "../contract/audit-entry.ts";
import { SiteId } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { digestOfText } from "../signing/digest.ts";
import { readEntries } from "./audit-log.ts";

export interface Story {
  readonly about: About;
  /** Whether the whole log verifies: nothing in a log that does not is worth much. */
  readonly log: { readonly ok: boolean; readonly entries: number; readonly root: string };
  readonly entries: readonly { readonly index: number; readonly entry: AuditEntry }[];
}

/** @throws CountersignError `usage`, `clone_unreadable` or `log_unreadable` */
export async function auditShow(folder: string, what: string): Promise<Story> {
  const about = aboutOf(what);
  const { entries, report } = await readEntries(folder);
  const found = entriesAbout(entries, about);
  if (found.length === 0) {
    throw new CountersignError("usage", `The log holds nothing about ${what}.`, {
      hint: "Name a pull request by its number, a site by its id, or a commit by 7 or more digits.",
    });
  }
  const { ok, entries: count, root } = report;
  return {
    about,
    log: { ok, entries: count, root },
    entries: found.flatMap((index) => {
      const entry = entries[index];
      return entry === undefined ? [] : { index, entry };
    }),
  };
}

/**
 * A number, with or without `#`, is a pull request; 7 to 40 hex digits are a commit. A site whose id
 * looks like either is named `site:<id>`.
 * @throws CountersignError `usage`
 */
export function aboutOf(what: string): About {
  const pr = /^#?(\d{1,15})$/u.exec(what)?.[1];
  if (pr !== undefined && (what.startsWith("#") || pr.length < 7))
    return { kind: "pr", pr: Number(pr) };
  if (/^[0-9a-f]{7,40}$/u.test(what)) return { kind: "commit", commit: what };
  const { data: site } = SiteId.safeParse(what.replace(/^site:/u, ""));
  if (site !== undefined) return { kind: "site", site };
  throw new CountersignError("usage", `${what} is no pull request, site or commit.`, {
    hint: "Name a pull request by its number, a site by its id, or a commit by 7 or more digits.",
  });
}

/** One line an entry, oldest first, after what the log is worth. */
export function describeStory({ log, entries }: Story): string {
  const worth = log.ok
    ? `The log verifies: ${log.entries} entries, root ${log.root}`
    : "THE LOG DOES NOT VERIFY: run `countersign audit verify`. It says:";
  const lines = entries.map(
    ({ index, entry }) => `${entry.at}  ${String(index).padStart(6)}  ${sentenceOf(entry)}`,
  );
  return [worth, ...lines].join("\n");
}

const short = (text: string): string => text.replace(/^sha256:/u, "").slice(0, 12);
const person = (id: number | null): string => (id === null ? "Countersign" : `person ${id}`);
const whose = (site: string | null): string => site ?? "the fleet";

/** Numbers are GitHub's: `https://api.github.com/user/<id>` says whose they are today. */
function sentenceOf(entry: AuditEntry): string {
  switch (entry.kind) {
    case "fleet.bootstrapped":
      return `the fleet began at ${short(entry.commit)}, by ${person(entry.by)}`;
    case "plan.shown":
      return `#${entry.pr}: plan ${short(entry.plan)} was visible for head ${short(entry.head)}`;
    case "readiness.shown":
      return `#${entry.pr}: live state ${short(entry.pre)} of ${entry.site} was visible`;
    case "verdict":
      return verdictSentence(entry);
    case "range":
      return rangeSentence(entry);
    case "authorised":
      return `#${entry.pr}: ${entry.site} may ${entry.mode} plan ${short(entry.plan)}, as ${entry.sub}${entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""}`;
    case "sent":
      return `${entry.sub}: sent to ${entry.site}`;
    case "not_run":
      return `${entry.sub}: ${entry.site} says that it did not run: ${entry.why}`;
    case "receipt":
      return `${entry.sub}: ${entry.site} ran it: ${entry.out}, receipt ${short(digestOfText(entry.token))}`;
    case "ended":
      return `${entry.sub}: ended without a run: ${entry.how}`;
    case "pairing.opened":
      return `${person(entry.by)} opened a pairing window for ${entry.site}, until ${entry.until}`;
    case "pairing.received":
      return `a key for ${entry.site} came with both signatures`;
    case "pairing.proved":
      return `${entry.site} answered with that key at its own address`;
    case "pairing":
      return `${entry.site} was paired with key ${entry.kid}, epoch ${entry.epoch}`;
    case "keyset":
      return `new keys for ${entry.site} (${entry.gen}/${entry.kver}): ${entry.phase.replace("_", " ")}, by ${person(entry.by)}`;
    case "generation":
      return `generation ${entry.gen} of the keys began, signed by the recovery key of the one before`;
    case "level":
      return `${whose(entry.site)} went to ${entry.level.toUpperCase()}: ${entry.cause}, by ${person(entry.by)}`;
    case "incident":
      return `incident #${entry.issue}: ${entry.phase}, ${entry.cause}`;
    case "commanded":
      return `${entry.by.map(person).join(" and ")} said ${entry.name}${entry.pr === null ? "" : ` for #${entry.pr}`}: ${entry.sites.join(", ")}`;
    case "answered":
      return `the commands of comment ${entry.comment} in #${entry.issue} were carried out`;
    case "hearing":
      return entry.since === null
        ? "answers in comments say from here on which commands were carried out"
        : `the log says from here on which commands were carried out, of those after ${entry.since}`;
    case "drift":
      return `${entry.site}: ${entry.count} differences from what the attested commit wants, ${entry.unmanaged} not managed`;
    case "protection":
      return `GitHub keeps people from this on the ${entry.branch} branch: ${entry.held.join(", ")}`;
    case "silence":
      return `${entry.site} ${entry.over ? "is heard again" : "is silent"}: heard last at ${entry.since}`;
    case "glass":
      return `#${entry.pr}: the glass of a gate was broken by ${entry.by.map(person).join(" and ")}`;
  }
}

type EntryOf<K extends AuditEntry["kind"]> = Extract<AuditEntry, { kind: K }>;

function verdictSentence({ pr, plan, result, counted, discounted }: EntryOf<"verdict">): string {
  const who = counted.map(({ id, review }) => `${person(id)} (review ${review})`);
  const not = discounted.map(({ id, reasons }) => `${person(id)} (${reasons.join(", ")})`);
  const approved = who.length === 0 ? "approved by nobody" : `approved by ${who.join(", ")}`;
  const passedOver = not.length === 0 ? "" : `; not counted: ${not.join(", ")}`;
  return `#${pr}: plan ${short(plan)} ${result}: ${approved}${passedOver}`;
}

function rangeSentence({ pr, result, to, by, reasons }: EntryOf<"range">): string {
  const from = pr === null ? "" : `#${pr}: `;
  const why = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
  const whoseHands = by.length === 0 ? "" : `, by ${by.map(person).join(", ")}`;
  return `${from}${short(to)} on the default branch is ${result}${why}${whoseHands}`;
}
