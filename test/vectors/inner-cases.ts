/** Token vectors from the payload on: payload, claim, typ, iss, aud, epoch, time, beside. */
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { isBytes32 } from "../../src/signing/public-key.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import * as curve from "../signing/curve.ts";
import {
  action,
  claimsWith,
  CP,
  cpKeys,
  DETAIL,
  entry,
  EPOCH,
  GOOD,
  headerText,
  KEYED_KINDS,
  log,
  NOW,
  recovery,
  seal,
  signer,
  signerFor,
  SITE,
  siteKeys,
  tokenOf,
} from "../signing/world.ts";
import { claims, type Draft, facts, payload } from "./token-case.ts";

const replace = (from: string, to: string) => (text: string) => {
  if (!text.includes(from)) throw new Error(`nothing to replace: ${from}`);
  return text.replace(from, to);
};
const lvx = (to: string) => replace('"lvx":7', `"lvx":${to}`);

const payloads: Draft[] = [
  payload("payload-white-space", "payload", replace(":", ": ")),
  payload("payload-newline-at-the-end", "payload", (text) => `${text}\n`),
  payload("payload-unsorted", "payload", (text) => {
    return text.replace(/^\{("arg":"[^"]*"),("ask":"[^"]*")/u, "{$2,$1");
  }),
  payload("payload-member-twice", "payload", replace('"ask":', '"ask":"hello","ask":')),
  payload("payload-list", "payload", (text) => `[${text}]`),
  payload("payload-text", "payload", () => '"hello"'),
  payload("payload-number", "payload", () => "1"),
  payload("payload-null", "payload", () => "null"),
  payload("payload-empty-object", "payload", () => "{}"),
  payload("payload-no-json", "payload", (text) => text.slice(0, -1)),
  payload("payload-true", "payload", lvx("true")),
  payload("payload-false", "payload", lvx("false")),
  payload("payload-null-member", "payload", lvx("null")),
  payload("payload-float", "payload", lvx("7.0")),
  payload("payload-fraction", "payload", lvx("7.5")),
  payload("payload-exponent", "payload", lvx("7e0")),
  payload("payload-infinity", "payload", lvx("1e400")),
  payload("payload-negative", "payload", lvx("-1")),
  payload("payload-minus-zero", "payload", lvx("-0")),
  payload("payload-leading-zero", "payload", lvx("07")),
  payload("payload-2-to-the-53", "payload", lvx("9007199254740992")),
  payload("payload-2-to-the-64", "payload", lvx("18446744073709551616")),
  payload("payload-empty-object-inside", "payload", lvx("{}")),
  payload("payload-depth-4", "payload", lvx('[[["a"]]]')),
  payload("payload-depth-3-is-a-claim", "claim", lvx('[["a"]]')),
  payload("payload-empty-list-is-a-claim", "claim", lvx("[]")),
  payload("payload-integer-like-name", "payload", replace("{", '{"7":1,')),
  payload("payload-negative-integer-like-name", "payload", replace("{", '{"-7":1,')),
  payload("payload-leading-zero-name", "payload", replace("{", '{"007":1,')),
  payload("payload-name-with-a-letter-is-a-claim", "claim", replace("{", '{"7a":1,')),
  payload("payload-empty-name-is-a-claim", "claim", replace("{", '{"":1,')),
  payload("payload-name-proto-is-a-claim", "claim", replace("{", '{"__proto__":1,')),
  payload("payload-escape", "payload", replace("hello", String.raw`h\u0065llo`)),
  payload("payload-not-ascii", "payload", replace("hello", "hellö")),
  payload("payload-control-character", "payload", replace("hello", "hel\tlo")),
  payload("payload-delete-character", "payload", replace("hello", "hel\u007flo")),
  payload(
    "payload-unsorted-inside",
    "payload",
    (text) => {
      return text.replace(/("kid":"[^"]*"),("use":"[^"]*")/u, "$2,$1");
    },
    "keyset",
  ),
];

/** Every claim of every kind, once left out and once more than there may be. */
export const COMPLETENESS: readonly Draft[] = KEYED_KINDS.flatMap((kind) => [
  ...Object.keys(GOOD[kind].claims)
    .toSorted()
    .map((name) => claims(`claim-${kind}-without-${name}`, kind, "claim", { [name]: undefined })),
  claims(`claim-${kind}-with-nbf`, kind, "claim", { nbf: NOW }),
]);

const D = digestOfText("");
const types: Draft[] = [
  claims("claim-digest-upper-case", "query", "claim", { arg: D.toUpperCase() }),
  claims("claim-digest-without-prefix", "query", "claim", { arg: D.slice(7) }),
  claims("claim-digest-short", "query", "claim", { arg: D.slice(0, -1) }),
  claims("claim-digest-long", "query", "claim", { arg: `${D}0` }),
  claims("claim-word-unknown", "query", "claim", { ask: "run" }),
  claims("claim-word-in-another-case", "query", "claim", { lvl: "HOLD" }),
  claims("claim-word-is-a-number", "query", "claim", { lvl: 1 }),
  claims("claim-number-is-a-text", "query", "claim", { iat: String(NOW) }),
  claims("claim-party-without-kind", "query", "claim", { iss: "4217" }),
  claims("claim-party-leading-zero", "query", "claim", { iss: "cp:04217" }),
  claims("claim-party-17-digits", "query", "claim", { iss: "cp:12345678901234567" }),
  claims("claim-party-list", "query", "claim", { aud: [SITE] }),
  claims("claim-party-64-characters", "query", "claim", { aud: `site:${"a".repeat(64)}` }),
  claims("claim-party-upper-case", "query", "claim", { aud: "site:Acme" }),
  claims("claim-party-hyphen-first", "query", "claim", { aud: "site:-acme" }),
  claims("claim-party-hyphen-last", "query", "claim", { aud: "site:acme-" }),
  claims("claim-jti-short", "query", "claim", { jti: "A".repeat(21) }),
  claims("claim-jti-spare-bits", "query", "claim", { jti: `${"A".repeat(21)}B` }),
  claims("claim-epoch-zero", "query", "claim", { epoch: 0 }),
  claims("claim-sub-upper-case", "action", "claim", { sub: "A".repeat(26) }),
  claims("claim-sub-with-a-one", "action", "claim", { sub: "1".repeat(26) }),
  claims("claim-sub-25", "action", "claim", { sub: "a".repeat(25) }),
  claims("claim-commit-abbreviated", "action", "claim", { merge: "abcdef0" }),
  claims("claim-mode-unknown", "action", "claim", { mode: "force" }),
  claims("claim-pr-zero", "action", "claim", { pr: 0 }),
  claims("claim-out-unknown", "receipt", "claim", { out: "refused:because" }),
  claims("claim-rseq-zero", "receipt", "claim", { rseq: 0 }),
  claims("claim-ver-21-characters", "receipt", "claim", { ver: "1".repeat(21) }),
  claims("claim-ver-letters", "receipt", "claim", { ver: "1.0-beta" }),
  claims("claim-ver-empty", "receipt", "claim", { ver: "" }),
  claims("claim-proto-unknown", "receipt", "claim", { proto: 2 }),
  claims("claim-proto-unknown-before-all-claims", "evidence", "claim", { proto: 9, why: 1 }),
  claims("claim-proto-zero", "evidence", "claim", { proto: 0 }),
  claims("claim-proto-text", "heartbeat", "claim", { proto: "1" }),
  claims("claim-hbseq-zero", "heartbeat", "claim", { hbseq: 0 }),
  claims("claim-not-run-without-why", "evidence", "claim", { ans: "not_run" }),
  claims("claim-why-without-not-run", "evidence", "claim", { why: "busy" }),
];

const next = entry(signer("next action key"));
const other = (use: "action" | "log" | "recovery", name = "another") => entry(signer(name, use));
const many = Array.from({ length: 15 }, (_, index) => other("action", `key ${index}`));
const [LOG, RECOVERY] = [entry(log), entry(recovery)];
const mixed = encodeBase64url(
  curve.encode(curve.add(curve.times(curve.BASE, 5n), curve.smallOrderPoints()[1]!)),
);
const weakEntry = { kid: isBytes32(mixed) ? kidOf(mixed) : "", use: "action", x: mixed };
const keyset = (id: string, over: Record<string, unknown>) =>
  claims(`keyset-${id}`, "keyset", "claim", over);
const byRecovery = (id: string, reason: string | null, over: Record<string, unknown>) =>
  claims(`keyset-${id}`, "keyset", reason, { gen: 2, kver: 1, ...over }, recovery);

const keysets: Draft[] = [
  keyset("empty", { keys: [] }),
  keyset("17-keys", { keys: [...many, LOG, RECOVERY] }),
  claims("keyset-16-keys", "keyset", null, { keys: [...many.slice(1), LOG, RECOVERY] }),
  keyset("entry-with-more", { keys: [{ ...next, v: 1 }, LOG, RECOVERY] }),
  keyset("entry-with-less", { keys: [{ kid: next.kid, x: next.x }, LOG, RECOVERY] }),
  keyset("entry-is-a-text", { keys: ["a", LOG, RECOVERY] }),
  keyset("use-unknown", { keys: [{ ...next, use: "sign" }, LOG, RECOVERY] }),
  keyset("kid-twice", { keys: [next, next, LOG, RECOVERY] }),
  keyset("kid-twice-with-two-uses", { keys: [next, { ...LOG, use: "action" }, LOG, RECOVERY] }),
  keyset("kid-not-the-thumbprint", { keys: [{ ...next, kid: action.kid }, LOG, RECOVERY] }),
  keyset("weak-key", { keys: [weakEntry, LOG, RECOVERY] }),
  keyset("no-action-key", { keys: [LOG, RECOVERY] }),
  keyset("no-log-key", { keys: [next, RECOVERY] }),
  keyset("no-recovery-key", { keys: [next, LOG] }),
  keyset("two-log-keys", { keys: [next, LOG, other("log"), RECOVERY] }),
  keyset("two-recovery-keys", { keys: [next, LOG, other("recovery"), RECOVERY] }),
  keyset("action-key-changes-the-log-key", { keys: [next, other("log"), RECOVERY] }),
  keyset("action-key-changes-the-recovery-key", { keys: [next, LOG, other("recovery")] }),
  keyset("action-key-swaps-log-and-recovery", {
    keys: [next, { ...LOG, use: "recovery" }, { ...RECOVERY, use: "log" }],
  }),
  keyset("action-key-begins-a-generation", { gen: 2, kver: 1 }),
  keyset("gen-zero", { gen: 0 }),
  keyset("kver-zero", { kver: 0 }),
  byRecovery("recovery-key-replaces-everything", null, {
    keys: [next, other("log", "new log"), other("recovery", "new recovery")],
  }),
  byRecovery("recovery-key-signs-a-version", "claim", { kver: 2 }),
  byRecovery("recovery-key-signs-the-first-generation", "claim", { gen: 1 }),
  facts("keyset-log-key-not-pinned", "keyset", "claim", {
    keys: { [action.kid]: cpKeys[action.kid], [recovery.kid]: cpKeys[recovery.kid] },
  }),
];

/** A good token of one kind offered as another, and its claims under another kind's typ. */
const kinds: Draft[] = KEYED_KINDS.flatMap((kind, index) => {
  const as = KEYED_KINDS[(index + 1) % KEYED_KINDS.length]!;
  return [
    {
      id: `typ-${kind}-offered-as-${as}`,
      kind: as,
      reason: "claim",
      make: async () => ({
        token: await tokenOf(kind, claimsWith(kind)),
        facts: { keys: { ...cpKeys, ...siteKeys }, beside: GOOD[kind].texts },
      }),
    },
    {
      id: `typ-${kind}-with-the-typ-of-${as}`,
      kind,
      reason: "typ",
      make: async () => ({ token: await tokenWithTyp(kind, as) }),
    },
  ];
});

async function tokenWithTyp(
  kind: (typeof KEYED_KINDS)[number],
  as: string,
  over = {},
): Promise<string> {
  const by = signerFor(kind);
  const header = headerText(kind, by.kid).replace(`cs-${kind}+jwt`, `cs-${as}+jwt`);
  return seal(header, canonicalText(claimsWith(kind, over)), by);
}

const addresses: Draft[] = [
  claims("iss-another-control-plane", "query", "iss", { iss: "cp:4218" }),
  claims("iss-the-site-itself", "query", "iss", { iss: SITE, aud: CP }),
  claims("aud-another-site", "query", "aud", { aud: "site:acme-shop-2" }),
  claims("aud-the-control-plane", "query", "aud", { aud: CP }),
  facts("iss-pinned-with-another-case", "query", "iss", { iss: "CP:4217" }),
  facts("aud-pinned-prefix", "query", "aud", { aud: "site:acme" }),
  claims("epoch-lower", "query", "epoch", { epoch: EPOCH - 1 }),
  claims("epoch-higher", "query", "epoch", { epoch: EPOCH + 1 }),
  ...KEYED_KINDS.map((kind) => facts(`epoch-none-here-${kind}`, kind, "epoch", { epoch: null })),
  facts("iss-longest-names", "query", "iss", { iss: `cp:${"9".repeat(16)}` }),
  claims("party-longest-names-are-claims", "query", "iss", {
    iss: `cp:${"9".repeat(16)}`,
    aud: `site:${"a".repeat(63)}`,
  }),
];

const time = (id: string, reason: string | null, iat: number, exp: number) =>
  claims(`time-${id}`, "query", reason, { iat: NOW + iat, exp: NOW + exp });

const times: Draft[] = [
  time("iat-30-ahead", null, 30, 60),
  time("iat-31-ahead", "time", 31, 60),
  time("life-of-120", null, -60, 60),
  time("life-of-121", "time", -60, 61),
  time("life-of-1-to-its-last-second", null, 0, 1),
  time("ends-now", "time", -10, 0),
  time("ended", "time", -60, -1),
  time("exp-is-iat", "time", 5, 5),
  time("exp-before-iat", "time", 10, 5),
  claims("time-receipt-30-ahead", "receipt", null, { iat: NOW + 30 }),
  claims("time-receipt-31-ahead", "receipt", "time", { iat: NOW + 31 }),
  claims("time-receipt-years-old", "receipt", null, { iat: 1 }),
  claims("time-keyset-31-ahead", "keyset", "time", { iat: NOW + 31 }),
  claims("time-keyset-years-old", "keyset", null, { iat: 0 }),
];

const accepted: Draft[] = [
  ...KEYED_KINDS.map((kind) => facts(`good-${kind}`, kind, null, {})),
  claims("good-largest-number", "receipt", null, { size: Number.MAX_SAFE_INTEGER }),
  claims("good-smallest-numbers", "action", null, { lvx: 0, pr: 1, seq: 0 }),
  claims("good-not-run", "evidence", null, { ans: "not_run", why: "log_fork" }),
  claims("good-refused", "receipt", null, { out: "refused:no_restore_point" }),
  facts("good-heartbeat-alone", "heartbeat", null, { beside: {} }),
  facts("good-heartbeat-with-receipts", "heartbeat", null, { beside: { receipts: "[1]" } }),
  facts("good-proof-is-judged-later", "action", null, {
    beside: { ...GOOD.action.texts, proof: "no proof" },
  }),
];

const beside = (id: string, kind: (typeof KEYED_KINDS)[number], texts: Record<string, string>) =>
  facts(`beside-${id}`, kind, "beside", { beside: texts });

const texts: Draft[] = [
  beside("missing", "query", {}),
  beside("other-text", "query", { arg: " " }),
  beside("further-text", "query", { arg: "", plan: "" }),
  beside("other-name", "query", { args: "" }),
  beside("name-in-another-case", "query", { ARG: "" }),
  beside("name-of-an-object", "query", { arg: "", constructor: "" }),
  beside("plan-missing", "action", { proof: "{}" }),
  beside("proof-missing", "action", { plan: GOOD.action.texts["plan"]! }),
  beside("plan-of-one-byte-more", "action", { plan: `${GOOD.action.texts["plan"]}\n`, proof: "" }),
  beside("keyset-with-text", "keyset", { keys: "[]" }),
  beside("inventory-other-text", "heartbeat", { inventory: "{}" }),
  beside("heartbeat-with-detail", "heartbeat", { detail: DETAIL }),
  beside("pending-missing", "ack", {}),
  beside("receipt-detail-missing", "receipt", {}),
  beside("evidence-detail-other", "evidence", { detail: "{}" }),
];

/** Wrong in many ways at once: the first in the order of reasons is named. */
const order: Draft[] = [
  claims("order-iss-before-aud", "query", "iss", { iss: "cp:1", aud: "site:b", epoch: 9 }),
  {
    id: "order-typ-before-iss",
    kind: "query",
    reason: "typ",
    make: async () => ({ token: await tokenWithTyp("query", "ack", { iss: "cp:1" }) }),
  },
  claims("order-aud-before-epoch", "query", "aud", { aud: "site:b", epoch: 9, exp: NOW }),
  claims("order-epoch-before-time", "query", "epoch", { epoch: 9, exp: NOW }),
  claims("order-claim-before-iss", "query", "claim", { iss: "cp:1", ask: "run", exp: NOW }),
  facts("order-time-before-beside", "query", "time", { now: NOW + 999, beside: {} }),
  facts("order-kid-before-all-claims", "query", "kid", { keys: {}, iss: "cp:1", beside: {} }),
];

export const INNER: readonly Draft[] = [
  ...accepted,
  ...payloads,
  ...types,
  ...keysets,
  ...kinds,
  ...addresses,
  ...times,
  ...texts,
  ...order,
];
