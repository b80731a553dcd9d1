/**
 * Does an entry stand on earlier ones? A fold over the log: what was authorised, which keys a site
 * has, which actions have their receipt. Source: docs/protocol.md, "Audit log".
 */
import type { AuditEntry, AuthorisedEntry, EntryOf } from "../contract/audit-entry.ts";
import type { ActionId, Bytes32, SiteId } from "../contract/ids.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { actionIdOf } from "../signing/action-id.ts";
import { openFirstKeyset } from "../signing/generation.ts";
import { isKeyOf } from "../signing/public-key.ts";
import type { LogFaultCode } from "./faults.ts";
import { generationOf } from "./generations.ts";
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
  /** Oldest first. */
  readonly generations: Generation[];
}

export function entryJudge(facts: JudgeFacts): EntryJudge {
  const past: Past = { authorised: new Map(), sites: new Map(), generations: [] };
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
      past.generations.push({ gen: 1, log: entry.log, recovery: entry.recovery });
      return entry.repo === facts.repo && entry.log === facts.firstLogKey
        ? []
        : ["not_bootstrapped"];
    case "generation":
      return judgeGeneration(entry, index, { facts, past });
    case "keyset":
      return judgeKeyset(entry, facts, past);
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

function judgeGeneration(
  entry: EntryOf<"generation">,
  index: number,
  { facts, past }: { facts: JudgeFacts; past: Past },
): readonly LogFaultCode[] {
  const before = past.generations.at(-1);
  const next = generationOf(entry, { before, repo: facts.repo, index });
  if (next === undefined || !facts.knewHead(entry, index)) return ["generation"];
  past.generations.push(next);
  return [];
}

/** The first set of a later generation is the recovery key's; every other one is the seed's. */
function judgeKeyset(
  { at, site, epoch, gen, kid, kver, phase, token }: EntryOf<"keyset">,
  { repo }: JudgeFacts,
  { generations }: Past,
): readonly LogFaultCode[] {
  if (!generations.some((known) => known.gen === gen)) return ["keyset"];
  const isFirst = gen > 1 && kver === 1 && phase === "ordered";
  if (!isFirst) return token === undefined ? [] : ["keyset"];
  const before = generations.find((known) => known.gen === gen - 1);
  if (token === undefined || before === undefined) return ["keyset"];
  const set = openFirstKeyset(token, { before, repo, now: Date.parse(at) / 1000 });
  const isThat = set?.site === site && set.epoch === epoch && set.kid === kid;
  const known = generations.find((one) => one.gen === gen);
  return isThat && set.log === known?.log && set.recovery === known.recovery ? [] : ["keyset"];
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
