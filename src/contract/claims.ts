/**
 * The claims table: which tokens exist, what each says, and which texts travel beside it. The one
 * source: `connector/src/claims.php` and the table in docs/protocol.md are generated from it.
 *
 * A name has one type everywhere. All claims of a kind are required and no others may be there.
 * Rules between claims (a key-set's composition, `why` and `ans`) stand in `signing/`.
 */
import type { ActionId, Bytes32, CommitSha, Digest, Kid } from "./ids.ts";

/** The protocol spoken here; a token of another one is *waiting*, never misread. */
export const PROTO = 1;

export const MAX_TOKEN_BYTES = 8192;
/** One text beside a token. */
export const MAX_TEXT_BYTES = 1_048_576;
/** A token and its texts together. */
export const MAX_MESSAGE_BYTES = 2_097_152;
export const MAX_LIFETIME_SECONDS = 120;
/** How far in the future `iat` may lie. */
export const MAX_SKEW_SECONDS = 30;

/** Why a token is refused: the first that fails, in this order (docs/protocol.md, "Reasons"). */
export const REFUSAL_REASONS = [
  "size",
  "parts",
  "encoding",
  "header",
  "kid",
  "key",
  "signature",
  "payload",
  "claim",
  "typ",
  "iss",
  "aud",
  "epoch",
  "time",
  "beside",
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/**
 * What a value of a type word looks like: a text that matches `pattern` as a whole, or an integer
 * from `min` to 2^53 - 1. The patterns mean the same in JavaScript and PCRE.
 */
export const FORMATS = {
  bytes32: { pattern: "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]" },
  bytes64: { pattern: "[A-Za-z0-9_-]{85}[AQgw]" },
  commit: { pattern: "[0-9a-f]{40}" },
  digest: { pattern: "sha256:[0-9a-f]{64}" },
  id128: { pattern: "[A-Za-z0-9_-]{21}[AQgw]" },
  kid: { pattern: "[A-Za-z0-9_-]{22}" },
  /** A sender or receiver: the control repository's numeric id, or a site's name. */
  party: { pattern: "(cp:[1-9][0-9]{0,15}|site:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)" },
  /** Unix time or a span, in whole seconds. */
  seconds: { min: 0 },
  sub: { pattern: "[a-z2-7]{26}" },
  uint0: { min: 0 },
  uint1: { min: 1 },
  version: { pattern: "[0-9.]{1,20}" },
} as const satisfies Record<string, Format>;

export type Format = { readonly pattern: string } | { readonly min: number };
export type FormatWord = keyof typeof FORMATS;
export type ScalarType = FormatWord | { readonly enum: readonly string[] };
/** A list of objects, each with exactly these members. */
export interface ListType {
  readonly list: Readonly<Record<string, ScalarType>>;
  readonly min: number;
  readonly max: number;
}
export type ClaimType = ScalarType | ListType;

export const CLAIM_TYPES = {
  ans: {
    enum: ["hello", "inventory", "not_run", "not_seen", "readiness", "rehearsed", "running"],
  },
  arg: "digest",
  ask: { enum: ["hello", "inventory", "outcome", "readiness", "rehearse"] },
  aud: "party",
  build: "digest",
  by: "bytes64",
  det: "digest",
  epoch: "uint1",
  every: "seconds",
  evd: "digest",
  exp: "seconds",
  gen: "uint1",
  hbseq: "uint1",
  home: "digest",
  iat: "seconds",
  inv: "digest",
  iss: "party",
  jti: "id128",
  key: "bytes32",
  keys: {
    list: { kid: "kid", use: { enum: ["action", "log", "recovery"] }, x: "bytes32" },
    min: 1,
    max: 16,
  },
  kver: "uint1",
  last: "digest",
  lvl: { enum: ["contained", "hold", "normal"] },
  lvx: "uint0",
  merge: "commit",
  mode: { enum: ["apply", "recover", "rollback"] },
  out: {
    enum: [
      "already_applied",
      "applied",
      "failed_needs_review",
      "local_restore",
      "refused:disk_full",
      "refused:drifted",
      "refused:fetch_failed",
      "refused:internal",
      "refused:no_restore_point",
      "refused:not_allowed",
      "refused:not_ready",
      "refused:package_mismatch",
      "refused:package_unsafe",
      "refused:too_long",
      "refused:unhealthy",
      "refused:unsupported",
      "rolled_back",
      "rolled_back_files_only",
      "self_healed",
    ],
  },
  pend: "digest",
  plan: "digest",
  pol: "digest",
  post: "digest",
  pr: "uint1",
  pre: "digest",
  prev: "digest",
  proto: "uint1",
  re: "digest",
  root: "digest",
  rseq: "uint1",
  seq: "uint0",
  size: "uint0",
  sub: "sub",
  t0: "seconds",
  t1: "seconds",
  trust: "digest",
  ver: "version",
  why: {
    enum: [
      "busy",
      "contained",
      "locked",
      "log_fork",
      "log_invalid",
      "log_stale",
      "none",
      "overtaken",
    ],
  },
} as const satisfies Record<string, ClaimType>;

export type ClaimName = keyof typeof CLAIM_TYPES;

/** A text beside a token. `claim` holds its digest; `null` where the text proves itself. */
export interface Beside {
  readonly claim: ClaimName | null;
  readonly required: boolean;
}

export interface KindSpec {
  readonly typ: string;
  /** Who signs and therefore is `iss`; the other side is `aud`. */
  readonly sender: "cp" | "site";
  /** Sorted, as they stand in the payload. */
  readonly claims: readonly ClaimName[];
  readonly beside: Readonly<Record<string, Beside>>;
}

export const KINDS = {
  ack: {
    typ: "cs-ack+jwt",
    sender: "cp",
    claims: ["aud", "epoch", "exp", "iat", "iss", "jti", "lvl", "lvx", "pend", "re"],
    beside: { pending: { claim: "pend", required: true } },
  },
  action: {
    typ: "cs-action+jwt",
    sender: "cp",
    // prettier-ignore
    claims: [
      "aud", "epoch", "evd", "exp", "iat", "iss", "jti", "lvl", "lvx", "merge", "mode", "plan",
      "pol", "pr", "pre", "seq", "sub",
    ],
    beside: {
      plan: { claim: "plan", required: true },
      proof: { claim: null, required: true },
    },
  },
  evidence: {
    typ: "cs-evidence+jwt",
    sender: "site",
    // prettier-ignore
    claims: [
      "ans", "aud", "build", "det", "epoch", "exp", "iat", "iss", "jti", "lvl", "proto", "re",
      "root", "size", "ver", "why",
    ],
    beside: { detail: { claim: "det", required: true } },
  },
  heartbeat: {
    typ: "cs-heartbeat+jwt",
    sender: "site",
    // prettier-ignore
    claims: [
      "aud", "build", "epoch", "every", "exp", "hbseq", "iat", "inv", "iss", "jti", "last", "lvl",
      "proto", "root", "size", "ver",
    ],
    beside: {
      inventory: { claim: "inv", required: false },
      receipts: { claim: null, required: false },
    },
  },
  keyset: {
    typ: "cs-keyset+jwt",
    sender: "cp",
    claims: ["aud", "epoch", "gen", "iat", "iss", "keys", "kver"],
    beside: {},
  },
  pairing: {
    typ: "cs-pairing+jwt",
    sender: "site",
    claims: ["aud", "build", "by", "exp", "home", "iat", "iss", "jti", "key", "trust", "ver"],
    beside: {},
  },
  query: {
    typ: "cs-query+jwt",
    sender: "cp",
    claims: ["arg", "ask", "aud", "epoch", "exp", "iat", "iss", "jti", "lvl", "lvx"],
    beside: { arg: { claim: "arg", required: true } },
  },
  receipt: {
    typ: "cs-receipt+jwt",
    sender: "site",
    // prettier-ignore
    claims: [
      "aud", "build", "det", "epoch", "iat", "iss", "lvl", "mode", "out", "plan", "post", "pre",
      "prev", "proto", "re", "root", "rseq", "size", "sub", "t0", "t1", "ver",
    ],
    beside: { detail: { claim: "det", required: true } },
  },
} as const satisfies Record<string, KindSpec>;

export type Kind = keyof typeof KINDS;

interface FormatValues {
  bytes32: Bytes32;
  bytes64: string;
  commit: CommitSha;
  digest: Digest;
  id128: string;
  kid: Kid;
  party: string;
  seconds: number;
  sub: ActionId;
  uint0: number;
  uint1: number;
  version: string;
}

type ValueOf<T> = T extends FormatWord
  ? FormatValues[T]
  : T extends { readonly enum: readonly (infer Word)[] }
    ? Word
    : T extends { readonly list: infer Members }
      ? readonly { readonly [M in keyof Members]: ValueOf<Members[M]> }[]
      : never;

export type ClaimValue<N extends ClaimName> = ValueOf<(typeof CLAIM_TYPES)[N]>;

/** The payload of a verified token of a kind. */
export type ClaimsOf<K extends Kind> = {
  readonly [N in (typeof KINDS)[K]["claims"][number]]: ClaimValue<N>;
};

/** The texts beside a token of a kind, by name; what is optional may be absent. */
export type TextsOf<K extends Kind> = {
  readonly [N in TextNames<K, true>]: string;
} & { readonly [N in TextNames<K, false>]?: string };

type TextNames<K extends Kind, Required extends boolean> = {
  [N in keyof (typeof KINDS)[K]["beside"]]: (typeof KINDS)[K]["beside"][N] extends {
    readonly required: Required;
  }
    ? N
    : never;
}[keyof (typeof KINDS)[K]["beside"]];

export type KeyUse = ClaimValue<"keys">[number]["use"];
