/**
 * `countersign pair <site>`: opens the window for one pairing, and prints the string for the site's
 * administrator. The secret in it is made here, and is nowhere else. docs/protocol.md, "Pairing".
 */
import { randomBytes } from "node:crypto";
import { originOf } from "../audit/checkpoint.ts";
import { openNote } from "../audit/note.ts";
import { pathOfKeys, pathOfSite } from "../contract/control-repository.ts";
import { readFleetConfig } from "../contract/fleet-config.ts";
import { type Bytes32, SiteId } from "../contract/ids.ts";
import { PairingOffer } from "../contract/pairing.ts";
import { checkSchema } from "../contract/schema-finding.ts";
import { SiteFile } from "../contract/site-file.ts";
import { readYaml } from "../contract/yaml-document.ts";
import { CountersignError } from "../errors.ts";
import { parseCanonical } from "../signing/canonical.ts";
import { newestGeneration } from "../signing/generation.ts";
import { pairingSigner, writePairingString } from "../signing/pairing-text.ts";
import { type Clone, openClone } from "./clone.ts";
import { openIssueAsPerson, openVoice, sayAsPerson, type Voice } from "./say-as-person.ts";

export interface PairOptions {
  readonly site: string;
  readonly clone: string;
  readonly repository: string | undefined;
  /** Where the comment stands; an issue of its own unless given. */
  readonly issue: string | undefined;
}

export type PairReport =
  | {
      readonly kind: "opened";
      /** Secret: for the administrator's screen alone. */
      readonly string: string;
      readonly minutes: number;
      readonly issue: number;
    }
  /** The App's answer opens nothing: it says why. */
  | { readonly kind: "refused"; readonly answer: string };

/**
 * @throws CountersignError `usage`, `clone_unreadable`, `github_unreachable` or `github_refused`;
 * `token_invalid` where the answer is not signed by the log key that the clone leads to
 */
export async function pairSite(options: PairOptions): Promise<PairReport> {
  const { data: site } = SiteId.safeParse(options.site);
  if (site === undefined) throw usage(`${JSON.stringify(options.site)} is no site's id.`);
  const clone = await openClone(options.clone);
  const { home, logOf } = await readAnchors(clone, site);
  const voice = await openVoice(options);
  const log = await logOf(voice.id);
  const issue = await issueOf(voice, site, options.issue);
  const secret = randomBytes(16);
  const { x } = pairingSigner(secret, `site:${site}`);
  const answer = await sayAsPerson(voice, issue, `/countersign pair ${site} ${x}`);
  const window = readWindow(answer, { repo: voice.id, site, log });
  if (window === null) return { kind: "refused", answer };
  const { offer, url, until } = window;
  const string = writePairingString({ ...offer, home, s: secret.toString("base64url"), url });
  const minutes = Math.max(0, Math.floor((until - Date.now()) / 60_000));
  return { kind: "opened", string, minutes, issue };
}

async function issueOf(voice: Voice, site: SiteId, given: string | undefined): Promise<number> {
  if (given === undefined) {
    const body = "`countersign pair` opens the window for a pairing in a comment below.";
    return openIssueAsPerson(voice, `Pairing of ${site}`, body);
  }
  if (/^[1-9]\d{0,9}$/u.test(given)) return Number(given);
  throw usage(`${JSON.stringify(given)} is no issue's number.`);
}

interface Window {
  readonly offer: PairingOffer;
  readonly url: string;
  /** Unix milliseconds. */
  readonly until: number;
}

/** `null` where the App opened nothing. What it opened is believed by its signature alone. */
export function readWindow(
  answer: string,
  given: { readonly repo: number; readonly site: SiteId; readonly log: Bytes32 },
): Window | null {
  const [, note] = /^```countersign-pairing\n(.*?)^```$/msu.exec(answer) ?? [];
  if (note === undefined) return null;
  const opened = openNote(note, originOf(given.repo), [given.log]);
  if (!opened.ok) throw forged(`its note is refused (${opened.reason})`);
  const offer = PairingOffer.safeParse(parseCanonical(opened.text.replace(/\n$/u, ""))).data;
  const isOurs =
    offer?.site === `site:${given.site}` &&
    offer.cp === `cp:${given.repo}` &&
    offer.log === given.log;
  if (offer === undefined || !isOurs) throw forged("it is about another site or control plane");
  // Neither is signed: another address gets a token that only this control plane can use.
  const [, url = ""] = /will send its key to `([^`\s]+)`/u.exec(answer) ?? [];
  const until = Date.parse(/is open until `([^`]+)`/u.exec(answer)?.[1] ?? "");
  if (Number.isNaN(until)) throw forged("it does not say until when it is open");
  return { offer, url, until };
}

async function readAnchors(
  clone: Clone,
  site: SiteId,
): Promise<{ readonly home: string; readonly logOf: (repo: number) => Promise<Bytes32> }> {
  const commit = await clone.resolve("HEAD");
  const policy = commit === null ? null : await clone.file(commit, "countersign.yml");
  const file = commit === null ? null : await clone.file(commit, pathOfSite(site));
  const config = policy === null ? null : readFleetConfig(policy);
  const log = config?.kind === "valid" ? config.config.log : undefined;
  if (log === undefined) throw usage("countersign.yml has no `log:`, or is not valid.");
  const reading = file === null ? null : readYaml(pathOfSite(site), file);
  const checked = reading?.kind === "read" ? checkSchema(reading.document, SiteFile) : null;
  if (checked?.kind !== "valid") throw usage(`${pathOfSite(site)} is missing or not valid.`);
  return {
    home: checked.value.url,
    async logOf(repo) {
      const first = { gen: 1, log: log.key, recovery: log.recovery };
      const fileOf = async (gen: number) =>
        commit === null ? null : clone.file(commit, pathOfKeys(gen));
      const now = Math.floor(Date.now() / 1000);
      return (await newestGeneration(first, { repo, now, fileOf })).log;
    },
  };
}

export function describePairing(report: PairReport, site: string): string {
  if (report.kind === "refused")
    return `No window was opened. The App's answer:\n\n${report.answer}`;
  const { string, minutes, issue } = report;
  return `The window for ${site} is open for ${minutes} minutes and one pairing (#${issue}). Give this string to the site's
administrator on a way that only the two of you can read; it is shown this once:

${string}

At the site: Tools, Countersign, open pairing, paste. Or with a shell: wp countersign pair <string>
Then compare the six words on that screen with those on the pull request that follows.`;
}

function forged(why: string): CountersignError {
  return new CountersignError("token_invalid", `The answer is not to be trusted: ${why}.`, {
    hint: "Pull the clone first. If it says the same again, somebody answers in the App's place: pair nothing.",
  });
}

function usage(message: string): CountersignError {
  return new CountersignError("usage", message, {
    hint: "Run it in a fresh clone of the control repository: countersign pair <site>.",
  });
}
