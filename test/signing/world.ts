/** One control plane and one site with fixed keys, and a good message of every kind. */
import { createHash } from "node:crypto";
import { type ClaimsOf, type Kind, KINDS, type KeyUse } from "../../src/contract/claims.ts";
import { ActionId, type Bytes32 } from "../../src/contract/ids.ts";
import { encodeBase64url } from "../../src/signing/base64url.ts";
import { canonicalText, type Json, type JsonObject } from "../../src/signing/canonical.ts";
import { digestOfText, EMPTY_DIGEST } from "../../src/signing/digest.ts";
import { type PinnedKeys, pinnedKeys } from "../../src/signing/public-key.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { digest, sha } from "../support/ids.ts";

export const CP = "cp:4217";
export const SITE = "site:acme-shop";
export const NOW = 1_760_000_000;
export const EPOCH = 3;

export const seedOf = (name: string): Buffer => createHash("sha256").update(name).digest();
export const signer = (name: string, use: KeyUse = "action"): Signer => signerOf(seedOf(name), use);
export const id128 = (name: string): string => encodeBase64url(seedOf(name).subarray(0, 16));

export const action = signer("action key");
export const log = signer("log key", "log");
export const recovery = signer("recovery key", "recovery");
export const siteKey = signer("site key");
export const pairingKey = signer("pairing key");
export const stranger = signer("a stranger's key");

/** What a site pins, and what the control plane pins of this site. */
export const cpKeys: PinnedKeys = pinnedKeys([action, log, recovery]);
export const siteKeys: PinnedKeys = pinnedKeys([siteKey]);

export const entry = ({
  kid,
  use,
  x,
}: Signer): { kid: Signer["kid"]; use: KeyUse; x: Bytes32 } => ({
  kid,
  use,
  x,
});

const fresh = { iat: NOW - 10, exp: NOW + 50 };
const toSite = { iss: CP, aud: SITE };
const fromSite = { iss: SITE, aud: CP };
const level = { lvl: "normal", lvx: 7 } as const;
const head = { size: 12, root: digest("root of 12") };
const software = { ver: "0.1.0", build: digest("connector") };
export const PLAN = '{"health":[],"steps":[],"version":1,"volatile":[]}';
export const DETAIL = '{"steps":[]}';
export const INVENTORY = '{"plugins":[]}';

interface Good<K extends Kind> {
  readonly claims: ClaimsOf<K>;
  readonly texts: Readonly<Record<string, string>>;
}

export const GOOD: { readonly [K in Exclude<Kind, "pairing">]: Good<K> } = {
  ack: {
    claims: {
      ...toSite,
      ...fresh,
      ...level,
      epoch: EPOCH,
      jti: id128("ack"),
      pend: digestOfText("[]"),
      re: digest("heartbeat token"),
    },
    texts: { pending: "[]" },
  },
  action: {
    claims: {
      ...toSite,
      ...fresh,
      ...level,
      epoch: EPOCH,
      evd: digest("evidence"),
      jti: id128("action"),
      merge: sha("merge"),
      mode: "apply",
      plan: digestOfText(PLAN),
      pol: digest("countersign.yml"),
      pr: 17,
      pre: digest("pre"),
      seq: 9,
      sub: ActionId.parse("abcdefghijklmnopqrstuvwxyz"),
    },
    texts: { plan: PLAN, proof: "{}" },
  },
  evidence: {
    claims: {
      ...fromSite,
      ...fresh,
      ...head,
      ...software,
      ans: "hello",
      det: digestOfText(DETAIL),
      epoch: EPOCH,
      jti: id128("evidence"),
      lvl: "normal",
      proto: 1,
      re: digest("query token"),
      why: "none",
    },
    texts: { detail: DETAIL },
  },
  heartbeat: {
    claims: {
      ...fromSite,
      ...fresh,
      ...head,
      ...software,
      epoch: EPOCH,
      every: 300,
      hbseq: 1,
      inv: digestOfText(INVENTORY),
      jti: id128("heartbeat"),
      last: EMPTY_DIGEST,
      lvl: "normal",
      proto: 1,
    },
    texts: { inventory: INVENTORY, receipts: "[]" },
  },
  keyset: {
    claims: {
      ...toSite,
      epoch: EPOCH,
      gen: 1,
      iat: NOW - 10,
      keys: [entry(signer("next action key")), entry(log), entry(recovery)],
      kver: 2,
    },
    texts: {},
  },
  query: {
    claims: {
      ...toSite,
      ...fresh,
      ...level,
      arg: EMPTY_DIGEST,
      ask: "hello",
      epoch: EPOCH,
      jti: id128("query"),
    },
    texts: { arg: "" },
  },
  receipt: {
    claims: {
      ...fromSite,
      ...head,
      ...software,
      det: digestOfText(DETAIL),
      epoch: EPOCH,
      iat: NOW - 10,
      lvl: "normal",
      mode: "apply",
      out: "applied",
      plan: digestOfText(PLAN),
      post: digest("post"),
      pre: digest("pre"),
      prev: EMPTY_DIGEST,
      proto: 1,
      re: digest("action token"),
      rseq: 1,
      sub: ActionId.parse("abcdefghijklmnopqrstuvwxyz"),
      t0: NOW - 40,
      t1: NOW - 11,
    },
    texts: { detail: DETAIL },
  },
};

export type KeyedKind = keyof typeof GOOD;
export const KEYED_KINDS = Object.keys(GOOD).filter((kind): kind is KeyedKind => kind in GOOD);

export const isFromSite = (kind: Kind): boolean => KINDS[kind].sender === "site";
export const signerFor = (kind: Kind): Signer => (isFromSite(kind) ? siteKey : action);
export const keysFor = (kind: Kind): PinnedKeys => (isFromSite(kind) ? siteKeys : cpKeys);
export const partiesFor = (kind: Kind): { iss: string; aud: string } =>
  isFromSite(kind) ? { iss: SITE, aud: CP } : { iss: CP, aud: SITE };

export const headerText = (kind: Kind, kid: string): string =>
  canonicalText({ alg: "Ed25519", kid, typ: KINDS[kind].typ });

/** Any header and payload under a true signature, whatever the profile says of them. */
export async function seal(header: string, payload: string, by: Signer): Promise<string> {
  const signed = `${encodeBase64url(Buffer.from(header))}.${encodeBase64url(Buffer.from(payload))}`;
  return `${signed}.${encodeBase64url(await by.sign(Buffer.from(signed)))}`;
}

/** A token of this kind with these claims; `undefined` takes a claim out. */
export function tokenOf(kind: Kind, claims: object, by: Signer = signerFor(kind)): Promise<string> {
  return seal(headerText(kind, by.kid), canonicalText(plain(claims)), by);
}

/** The claims of a good message with some replaced. */
export function claimsWith(kind: KeyedKind, over: Record<string, unknown> = {}): JsonObject {
  return plain({ ...GOOD[kind].claims, ...over });
}

function plain(value: object): JsonObject {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy as JsonObject;
}

export const PAIRING = {
  ...fromSite,
  ...fresh,
  ...software,
  home: digestOfText("https://shop.example/"),
  jti: id128("pairing"),
  trust: digest("trust"),
} as const;
