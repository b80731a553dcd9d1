/**
 * Does an entry stand on earlier ones? A fold over the log: what was authorised, which keys a site
 * has, which actions have their receipt. Source: docs/protocol.md, "Audit log".
 */
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ActionId, Bytes32, SiteId } from "../contract/ids.ts";
import { actionIdOf } from "../signing/action-id.ts";
import { isKeyOf } from "../signing/public-key.ts";
import type { LogFaultCode } from "./faults.ts";
import { judgeReceipt, type KnewHead, type SitePast } from "./receipt-judge.ts";

export interface JudgeFacts {
  readonly repo: number;
  /** The log key that `countersign.yml` names since bootstrap. */
  readonly firstLogKey: Bytes32;
  readonly knewHead: KnewHead;
}

/** Judges the entries of one log, each once and in order. */
export type EntryJudge = (entry: AuditEntry, index: number) => readonly LogFaultCode[];

/** What the entries so far established. */
interface Past {
  readonly authorised: Map<ActionId, AuthorisedEntry>;
  readonly sites: Map<SiteId, SitePast>;
}

export function entryJudge(facts: JudgeFacts): EntryJudge {
  const past: Past = { authorised: new Map(), sites: new Map() };
  return (entry, index) => {
    const begins = entry.kind === "fleet.bootstrapped";
    if ((index === 0) !== begins) return ["not_bootstrapped"];
    return judgeEntry(entry, index, { facts, past });
  };
}

function judgeEntry(
  entry: AuditEntry,
  index: number,
  { facts, past }: { facts: JudgeFacts; past: Past },
): readonly LogFaultCode[] {
  switch (entry.kind) {
    case "fleet.bootstrapped":
      return entry.repo === facts.repo && entry.log === facts.firstLogKey
        ? []
        : ["not_bootstrapped"];
    case "authorised":
      return judgeAuthorised(entry, facts, past);
    case "sent":
      return past.authorised.get(entry.sub)?.site === entry.site ? [] : ["not_authorised"];
    case "ended":
      return past.authorised.has(entry.sub) ? [] : ["not_authorised"];
    case "pairing":
      return judgePairing(entry, sitePast(past, entry.site));
    case "receipt":
      return judgeReceipt(entry, {
        index,
        repo: facts.repo,
        knewHead: facts.knewHead,
        site: sitePast(past, entry.site),
        authorised: past.authorised.get(entry.sub),
      });
    default:
      return []; // names nothing that an earlier entry would have to establish
  }
}

function judgeAuthorised(
  entry: AuthorisedEntry,
  { repo }: JudgeFacts,
  { authorised }: Past,
): readonly LogFaultCode[] {
  if (actionIdOf({ ...entry, repo }) !== entry.sub) return ["authorised_id"];
  if (authorised.has(entry.sub)) return ["authorised_twice"];
  authorised.set(entry.sub, entry);
  return [];
}

function judgePairing(entry: EntryOf<"pairing">, site: SitePast): readonly LogFaultCode[] {
  if (!isKeyOf(entry.kid, entry.key)) return ["pairing_key"];
  if (site.keys.some(({ epoch }) => epoch >= entry.epoch)) return ["pairing_epoch"];
  site.keys.push({ epoch: entry.epoch, key: entry.key });
  return [];
}

function sitePast({ sites }: Past, site: SiteId): SitePast {
  const known = sites.get(site) ?? { keys: [], answered: new Set(), numbers: new Set() };
  sites.set(site, known);
  return known;
}
