/**
 * One line of the audit log, RFC 8785 JSON. Entries hold numeric ids, digests and links: names
 * and free text stay where their author wrote them. Source: docs/protocol.md, "Audit log".
 */
import { z } from "zod";
import { ActionId, Bytes32, CommitSha, Digest, Instant, Kid, NumericId, SiteId } from "./ids.ts";
import { AnsweredEntry, CommandedEntry, HearingEntry } from "./command-entry.ts";
import { DriftEntry } from "./drift-entry.ts";
import { GenerationEntry, KeysetEntry } from "./keyset-entry.ts";
import { ProtectionEntry, SilenceEntry } from "./watch-entry.ts";

export const Level = z.enum(["normal", "hold", "contained"]);
export type Level = z.infer<typeof Level>;

export const Mode = z.enum(["apply", "recover", "rollback"]);
export type Mode = z.infer<typeof Mode>;

/** How an action ended, as its receipt says: docs/protocol.md, "Receipt". Closed. */
export const RefusalCode = z.enum([
  "drifted",
  "unhealthy",
  "not_ready",
  "too_long",
  "fetch_failed",
  "package_mismatch",
  "package_unsafe",
  "no_restore_point",
  "disk_full",
  "not_allowed",
  "unsupported",
  "internal",
]);
export const Outcome = z.union([
  z.enum([
    "applied",
    "already_applied",
    "rolled_back",
    "rolled_back_files_only",
    "self_healed",
    "failed_needs_review",
    "local_restore",
  ]),
  z.templateLiteral(["refused:", RefusalCode]),
]);
export type Outcome = z.infer<typeof Outcome>;

const at = Instant;
const pr = NumericId;
/** The newest entry of the default branch's activity list that this line has accounted for. */
const activity = NumericId.exactOptional();
const word = z.string().regex(/^[a-z][a-z0-9_.]{0,63}$/u);

/** Where the log starts: the first policy is taken as it stands, and its keys anchor the log. */
export const BootstrappedEntry = z.strictObject({
  activity,
  at,
  by: NumericId.nullable(),
  commit: CommitSha,
  config: Digest,
  kind: z.literal("fleet.bootstrapped"),
  log: Bytes32,
  recovery: Bytes32,
  repo: NumericId,
});

/** A plan became visible to reviewers; an approval given before this moment does not count. */
export const PlanShownEntry = z.strictObject({
  at,
  config: Digest,
  head: CommitSha,
  kind: z.literal("plan.shown"),
  plan: Digest,
  pr,
});

/** Live state that `countersign/rollback` showed for a site from this moment on. */
export const ReadinessShownEntry = z.strictObject({
  at,
  evd: Digest,
  kind: z.literal("readiness.shown"),
  plan: Digest,
  pr,
  pre: Digest,
  site: SiteId,
});

/** Every counted and every discounted review behind a verdict, by person and review id. */
export const VerdictEntry = z.strictObject({
  at,
  config: Digest,
  counted: z.array(z.strictObject({ id: NumericId, review: NumericId })),
  discounted: z.array(
    z.strictObject({ id: NumericId, reasons: z.array(word), review: NumericId.nullable() }),
  ),
  gates: z.array(
    z.strictObject({ name: Digest, result: z.enum(["passed", "waiting", "blocked"]) }),
  ),
  head: CommitSha,
  kind: z.literal("verdict"),
  plan: Digest,
  pr,
  result: z.enum(["passed", "waiting", "blocked"]),
});

/** How one step of the default branch was settled. Decided once. */
export const RangeEntry = z.strictObject({
  activity,
  at,
  by: z.array(NumericId),
  from: CommitSha,
  kind: z.literal("range"),
  plan: Digest.nullable(),
  pr: pr.nullable(),
  reasons: z.array(word),
  result: z.enum(["attested", "authorised", "unattested"]),
  to: CommitSha,
});

/** A merged plan may run on one site. The connector checks that this very line is on record. */
export const AuthorisedEntry = z.strictObject({
  at,
  attempt: z.int().min(1),
  evd: Digest,
  fleet: Digest,
  kind: z.literal("authorised"),
  merge: CommitSha,
  mode: Mode,
  plan: Digest,
  pol: Digest,
  pr,
  pre: Digest,
  site: SiteId,
  sub: ActionId,
});
export type AuthorisedEntry = z.infer<typeof AuthorisedEntry>;

/** A token for `sub` left for its site. The token itself is never stored. */
export const SentEntry = z.strictObject({
  at,
  kind: z.literal("sent"),
  site: SiteId,
  sub: ActionId,
  token: Digest,
});

/** The site answered that a sent action did not run and may come again with a new token. */
export const NotRunEntry = z.strictObject({
  at,
  kind: z.literal("not_run"),
  site: SiteId,
  sub: ActionId,
  why: word,
});

/** The site's signed statement, as it came. `detail` is the digest of the text beside it. */
export const ReceiptEntry = z.strictObject({
  at,
  detail: Digest,
  kind: z.literal("receipt"),
  /** The token's own `out`, so that a log can be read without decoding; verification compares them. */
  out: Outcome,
  /** Whether the site's tables or columns are others than before; absent where it does not tell. */
  schema: z.enum(["changed", "same"]).exactOptional(),
  site: SiteId,
  sub: ActionId,
  token: z.string().max(8192),
});

/** An authorisation ended without a receipt; what had its end may be abandoned afterwards. */
export const EndedEntry = z.strictObject({
  at,
  how: z.enum(["lapsed", "abandoned", "overtaken"]),
  kind: z.literal("ended"),
  sub: ActionId,
});

/** A person opened a window for one pairing; a later one for the same site closes it. */
export const PairingOpenedEntry = z.strictObject({
  at,
  by: NumericId,
  /** The comment that opened it, and the issue or pull request that it stands on. */
  comment: NumericId,
  epoch: z.int().min(1),
  gen: z.int().min(1),
  /** Of the home URL. */
  home: Digest,
  issue: NumericId,
  kind: z.literal("pairing.opened"),
  kver: z.int().min(1),
  /** Public half of the pairing key: who was shown the string holds the other. */
  pairing: Bytes32,
  site: SiteId,
  trust: Digest,
  until: Instant,
});

/** A site's key came with both signatures. This uses the window up. */
export const PairingReceivedEntry = z.strictObject({
  at,
  epoch: z.int().min(1),
  key: Bytes32,
  kid: Kid,
  kind: z.literal("pairing.received"),
  site: SiteId,
  token: Digest,
});

/** The site's own address answered with that key: `evd` is its evidence, `inv` the inventory's text. */
export const PairingProvedEntry = z.strictObject({
  at,
  by: NumericId,
  epoch: z.int().min(1),
  evd: Digest,
  gen: z.int().min(1),
  inv: Digest,
  key: Bytes32,
  kid: Kid,
  kind: z.literal("pairing.proved"),
  kver: z.int().min(1),
  site: SiteId,
});

/** A site's connector key, taken over by a merged pairing pull request. */
export const PairingEntry = z.strictObject({
  at,
  commit: CommitSha,
  epoch: z.int().min(1),
  key: Bytes32,
  kid: Kid,
  kind: z.literal("pairing"),
  pr: pr.nullable(),
  site: SiteId,
});

/** A containment level of a site, or of the fleet where `site` is null. */
export const LevelEntry = z.strictObject({
  at,
  by: NumericId.nullable(),
  cause: word,
  kind: z.literal("level"),
  level: Level,
  site: SiteId.nullable(),
});

/** An incident issue changed its phase. */
export const IncidentEntry = z.strictObject({
  at,
  cause: word,
  issue: NumericId,
  kind: z.literal("incident"),
  phase: z.enum(["detected", "contained", "in_review", "recovering", "closed"]),
  /** The proposal that brings its sites back. */
  proposal: NumericId.exactOptional(),
  /** Where the range ends that it is about. */
  range: CommitSha.exactOptional(),
  site: SiteId.nullable(),
  sub: ActionId.nullable(),
});

/** A gate of an authorised plan had no approvals: its glass was broken, by these people. */
export const GlassEntry = z.strictObject({
  at,
  by: z.array(NumericId),
  gate: Digest,
  kind: z.literal("glass"),
  merge: CommitSha,
  plan: Digest,
  pr,
});

export const AuditEntry = z.discriminatedUnion("kind", [
  BootstrappedEntry,
  PlanShownEntry,
  ReadinessShownEntry,
  VerdictEntry,
  RangeEntry,
  AuthorisedEntry,
  SentEntry,
  NotRunEntry,
  ReceiptEntry,
  EndedEntry,
  PairingOpenedEntry,
  PairingReceivedEntry,
  PairingProvedEntry,
  PairingEntry,
  KeysetEntry,
  GenerationEntry,
  LevelEntry,
  IncidentEntry,
  CommandedEntry,
  AnsweredEntry,
  HearingEntry,
  GlassEntry,
  DriftEntry,
  ProtectionEntry,
  SilenceEntry,
]);
export type AuditEntry = z.infer<typeof AuditEntry>;
export type EntryOf<K extends AuditEntry["kind"]> = Extract<AuditEntry, { kind: K }>;
