/**
 * What has happened so far: a fold of the audit log, and the only state a decision may use.
 * The App keeps the same log in its store, the Action reads it from the branch.
 */
import type {
  AuditEntry,
  AuthorisedEntry,
  EntryOf,
  Level,
  Outcome,
} from "../contract/audit-entry.ts";
import type { ActionId, CommitSha, SiteId } from "../contract/ids.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { keysAfter, keysPairedAt, type SiteKeys } from "./key-position.ts";
import { AT_REST, type LevelState, levelStateAfter } from "./level-state.ts";
import type { PairingWindow, ProvedKey } from "./pairing-window.ts";
import { appendTo, type Writable } from "./writable.ts";

export interface Authorisation {
  readonly entry: AuthorisedEntry;
  /** Its line's index in the log: the action's `seq`. */
  readonly seq: number;
  /** When its newest token left; `null` before, and after the site said that it did not run. */
  readonly sentAt: string | null;
  /** How many tokens left for it. */
  readonly tries: number;
  readonly end: Ending | null;
  /** A person gave up what was left of it. */
  readonly abandoned: boolean;
}
export interface Ending {
  readonly how: Outcome | EntryOf<"ended">["how"];
  readonly at: string;
  /** The line that says so. */
  readonly index: number;
}
export interface History {
  readonly size: number;
  readonly bootstrapped: EntryOf<"fleet.bootstrapped"> | null;
  /** Up to where the default branch was authorised. */
  readonly attested: CommitSha | null;
  /** Ranges since then that were not; oldest first. */
  readonly unattested: readonly EntryOf<"range">[];
  readonly ranges: readonly EntryOf<"range">[];
  readonly shown: readonly EntryOf<"plan.shown">[];
  readonly readiness: readonly EntryOf<"readiness.shown">[];
  readonly verdicts: readonly EntryOf<"verdict">[];
  /** In the order of their authorisation. */
  readonly authorisations: ReadonlyMap<ActionId, Authorisation>;
  readonly actionsByPull: ReadonlyMap<number, readonly ActionId[]>;
  readonly actionsBySite: ReadonlyMap<SiteId, readonly ActionId[]>;
  /** Where the newest `resume` of a merged plan stands, by its pull request. */
  readonly resumed: ReadonlyMap<number, number>;
  /** Actions whose receipt says that the site's tables or columns are others than before. */
  readonly schemaChanged: ReadonlySet<ActionId>;
  readonly pairings: ReadonlyMap<SiteId, EntryOf<"pairing">>;
  /** What became of each site's newest pairing window. */
  readonly windows: ReadonlyMap<SiteId, PairingWindow>;
  /** Keys that a site's own address answered with, oldest first. */
  readonly proved: ReadonlyMap<SiteId, readonly ProvedKey[]>;
  /** Which keys the control plane speaks to a site with, where they are not the first. */
  readonly keys: ReadonlyMap<SiteId, SiteKeys>;
  /** The newest generation of keys, also one only ordered: it ends a theft of the one before. */
  readonly generation: number;
  /** The keys for all of the newest generation that is in force; `null` before the bootstrap. */
  readonly anchors: Generation | null;
  readonly fleetLevel: LevelState;
  readonly siteLevels: ReadonlyMap<SiteId, LevelState>;
  /** The newest entry of each incident issue. */
  readonly incidents: ReadonlyMap<number, EntryOf<"incident">>;
  /** Comments whose commands were carried out, where the log keeps them. */
  readonly answered: ReadonlySet<number>;
  /** Since when the log keeps them; `null` where answers in comments say it. */
  readonly heardSince: string | null;
}

type Mutable = Writable<History>;

/** A log that is still being written: `history` is its newest state at any time. */
export interface HistoryReader {
  readonly history: History;
  read(entry: AuditEntry): void;
}

/** Reads a log entry by entry. Later entries win where they speak of the same thing. */
export function startHistory(): HistoryReader {
  const history: Mutable = {
    size: 0,
    bootstrapped: null,
    attested: null,
    unattested: [],
    ranges: [],
    shown: [],
    readiness: [],
    verdicts: [],
    authorisations: new Map(),
    actionsByPull: new Map(),
    actionsBySite: new Map(),
    resumed: new Map(),
    schemaChanged: new Set(),
    pairings: new Map(),
    windows: new Map(),
    proved: new Map(),
    keys: new Map(),
    generation: 1,
    anchors: null,
    fleetLevel: AT_REST,
    siteLevels: new Map(),
    incidents: new Map(),
    answered: new Set(),
    heardSince: null,
  };
  return {
    history,
    read(entry) {
      note(history, entry, history.size);
      history.size += 1;
    },
  };
}

export function readHistory(entries: Iterable<AuditEntry>): History {
  const reader = startHistory();
  for (const entry of entries) reader.read(entry);
  return reader.history;
}

function note(history: Mutable, entry: AuditEntry, index: number): void {
  switch (entry.kind) {
    case "fleet.bootstrapped":
      history.bootstrapped ??= entry;
      history.anchors ??= { gen: 1, log: entry.log, recovery: entry.recovery };
      history.attested ??= entry.commit;
      return;
    case "plan.shown":
      return void history.shown.push(entry);
    case "readiness.shown":
      return void history.readiness.push(entry);
    case "verdict":
      return void history.verdicts.push(entry);
    case "range":
      return noteRange(history, entry);
    case "authorised":
      noteAuthorised(history, entry, index);
      return;
    case "sent":
      return noteSent(history, entry);
    case "not_run":
      return amend(history, entry.sub, { sentAt: null });
    case "receipt":
      noteSchema(history, entry);
      amend(history, entry.sub, { end: { how: entry.out, at: entry.at, index } });
      return;
    case "ended":
      noteEnded(history, entry, index);
      return;
    case "pairing.opened":
      return void history.windows.set(entry.site, { opened: entry, received: null });
    case "pairing.received":
      noteReceived(history, entry);
      return;
    case "pairing.proved":
      history.proved.set(entry.site, [...(history.proved.get(entry.site) ?? []), { entry, index }]);
      return;
    case "pairing":
      notePairing(history, entry);
      return;
    case "keyset":
      history.keys.set(entry.site, keysAfter(history.keys, entry));
      history.generation = Math.max(history.generation, entry.gen);
      return;
    case "generation":
      history.anchors = { gen: entry.gen, log: entry.log, recovery: entry.recovery };
      history.generation = Math.max(history.generation, entry.gen);
      return;
    case "level":
      noteLevel(history, entry, index);
      return;
    case "incident":
      return void history.incidents.set(entry.issue, entry);
    case "answered":
      return void history.answered.add(entry.comment);
    case "hearing":
      history.heardSince = entry.since;
      return;
    case "commanded":
      if (entry.name === "resume" && entry.pr !== null) history.resumed.set(entry.pr, index);
      return;
    case "glass":
    case "drift":
    case "protection":
    case "silence":
      return; // words say why; what follows from them are entries of their own
  }
}

function noteReceived(history: Mutable, entry: EntryOf<"pairing.received">): void {
  const window = history.windows.get(entry.site);
  if (window === undefined || window.received !== null) return;
  history.windows.set(entry.site, { ...window, received: entry });
}

/** With a key come the control plane's own that its site pinned. */
function notePairing(history: Mutable, entry: EntryOf<"pairing">): void {
  const { site, epoch, key } = entry;
  history.pairings.set(site, entry);
  const proved = history.proved.get(site) ?? [];
  const from = proved.findLast(({ entry: one }) => one.epoch === epoch && one.key === key);
  if (from !== undefined) history.keys.set(site, keysPairedAt(from.entry));
}

function noteRange(history: Mutable, entry: EntryOf<"range">): void {
  history.ranges.push(entry);
  if (entry.result === "unattested") {
    history.unattested.push(entry);
    return;
  }
  history.attested = entry.to;
  history.unattested = [];
}

/** One line per `sub`: another one would forget what was sent, and how it ended. */
function noteAuthorised(history: Mutable, entry: AuthorisedEntry, seq: number): void {
  if (history.authorisations.has(entry.sub)) return;
  history.authorisations.set(entry.sub, { entry, seq, sentAt: null, ...nothing });
  appendTo(history.actionsByPull, entry.pr, entry.sub);
  appendTo(history.actionsBySite, entry.site, entry.sub);
}
const nothing = { tries: 0, end: null, abandoned: false } as const;

/**
 * What was sent may have run: it neither lapses nor is given up. Giving up changes no end, and
 * takes back none that was good.
 */
function noteEnded(history: Mutable, { sub, how, at }: EntryOf<"ended">, index: number): void {
  const known = history.authorisations.get(sub);
  if (how !== "overtaken" && known?.end === null && known.sentAt !== null) return;
  amend(history, sub, { end: { how, at, index } });
  const now = history.authorisations.get(sub);
  if (how !== "abandoned" || known === undefined || now === undefined) return;
  if (!endedWell(known.end) || known.entry.mode === "rollback") {
    history.authorisations.set(sub, { ...now, abandoned: true });
  }
}

function noteSent(history: Mutable, { sub, at }: EntryOf<"sent">): void {
  const tries = (history.authorisations.get(sub)?.tries ?? 0) + 1;
  amend(history, sub, { sentAt: at, tries });
}

/** A word of its own, or that files alone came back; of the receipt that ends the action. */
function noteSchema(history: Mutable, { sub, schema, out }: EntryOf<"receipt">): void {
  if (history.authorisations.get(sub)?.end !== null) return;
  if (schema === "changed" || out === "rolled_back_files_only") history.schemaChanged.add(sub);
}

/** The first end is final: a later line about the same action changes nothing. */
function amend(history: Mutable, sub: ActionId, change: Partial<Authorisation>): void {
  const known = history.authorisations.get(sub);
  if (known === undefined || known.end !== null) return;
  history.authorisations.set(sub, { ...known, ...change });
}

function noteLevel(history: Mutable, entry: EntryOf<"level">, index: number): void {
  const { site } = entry;
  const known = (site === null ? history.fleetLevel : history.siteLevels.get(site)) ?? AT_REST;
  const state = levelStateAfter(known, entry, index);
  if (site === null) history.fleetLevel = state;
  else history.siteLevels.set(site, state);
}

const order: Record<Level, number> = { normal: 0, hold: 1, contained: 2 };

/**
 * The level that holds for a site: the higher of its own and the fleet's. `index` is that of the
 * newest entry that concerns either, which is what messages carry as `lvx`.
 */
export function levelOf(history: History, site: SiteId): LevelState {
  const own = history.siteLevels.get(site) ?? AT_REST;
  const fleet = history.fleetLevel;
  const higher = order[fleet.level] > order[own.level] ? fleet : own;
  return { ...higher, index: Math.max(own.index, fleet.index) };
}

const well = new Set<Ending["how"]>(["applied", "already_applied"]);
export const endedWell = (end: Ending | null): boolean => end !== null && well.has(end.how);

/** A site's authorisations, oldest first. */
export function authorisationsOf(history: History, site: SiteId): Authorisation[] {
  return authorisationsAt(history, history.actionsBySite.get(site));
}

/** The actions of one merged plan, oldest first. */
export function authorisationsFor(history: History, pr: number): Authorisation[] {
  return authorisationsAt(history, history.actionsByPull.get(pr));
}

function authorisationsAt(history: History, subs: readonly ActionId[] = []): Authorisation[] {
  return subs.flatMap((sub) => history.authorisations.get(sub) ?? []);
}
