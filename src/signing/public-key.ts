/**
 * Public keys that may verify: pinned in local state as JWK, named by `kid`, never taken from a
 * message (but for a pairing, which only proves possession).
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import type { KeyUse } from "../contract/claims.ts";
import { Bytes32, type Kid } from "../contract/ids.ts";
import { decodeBase64url } from "./base64url.ts";
import { isStrongPublicKey } from "./point.ts";
import { remembered } from "./remembered.ts";
import { kidOf } from "./thumbprint.ts";

/** `use` stands only at log and recovery keys; a key without it is an action or a site key. */
export interface PinnedKey {
  readonly crv: "Ed25519";
  readonly kty: "OKP";
  readonly use?: "log" | "recovery";
  readonly x: Bytes32;
}

/** By `kid`. The values are judged when they are used, since they come from a file or a row. */
export type PinnedKeys = Readonly<Record<string, unknown>>;

export type FoundKey =
  | { readonly ok: true; readonly kid: Kid; readonly x: Bytes32; readonly use: KeyUse }
  | { readonly ok: false; readonly reason: "kid" | "key" };

export function pinnedKey(x: Bytes32, use: KeyUse = "action"): PinnedKey {
  return use === "action"
    ? { crv: "Ed25519", kty: "OKP", x }
    : { crv: "Ed25519", kty: "OKP", use, x };
}

/** Keys as a verifier takes them, each under its own `kid`. */
export function pinnedKeys(keys: Iterable<{ x: Bytes32; use?: KeyUse }>): PinnedKeys {
  return Object.fromEntries(Array.from(keys, ({ x, use }) => [kidOf(x), pinnedKey(x, use)]));
}

/** The pinned key that `kid` names. Only this one is looked at. */
export function findKey(keys: PinnedKeys, kid: string): FoundKey {
  if (!Object.hasOwn(keys, kid)) return { ok: false, reason: "kid" };
  const key = keys[kid];
  if (!isPinnedKey(key) || kidOf(key.x) !== kid || verificationKey(key.x) === undefined) {
    return { ok: false, reason: "key" };
  }
  return { ok: true, kid: kidOf(key.x), x: key.x, use: key.use ?? "action" };
}

/** Exactly the members of a pinned key, each of its type. Whether it is weak is asked elsewhere. */
export function isPinnedKey(value: unknown): value is PinnedKey {
  if (typeof value !== "object" || value === null) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  const use = members.get("use");
  const named = use === "log" || use === "recovery";
  return (
    members.size === (named ? 4 : 3) &&
    members.get("crv") === "Ed25519" &&
    members.get("kty") === "OKP" &&
    isBytes32(members.get("x"))
  );
}

export function isBytes32(value: unknown): value is Bytes32 {
  return Bytes32.safeParse(value).success;
}

/** `kid` is the thumbprint of `x`, and `x` is a key that may be pinned. */
export function isKeyOf(kid: Kid, x: Bytes32): boolean {
  return kidOf(x) === kid && verificationKey(x) !== undefined;
}

/**
 * The key in the form that verifies; `undefined` where it is weak (see `point.ts`). Judging one
 * costs milliseconds and always ends the same way, so the newest are remembered.
 */
export const verificationKey: (x: Bytes32) => KeyObject | undefined = remembered(16_384, judgeKey);

function judgeKey(x: Bytes32): KeyObject | undefined {
  const bytes = decodeBase64url(x);
  if (bytes === undefined || !isStrongPublicKey(bytes)) return undefined;
  return createPublicKey({ format: "jwk", key: { crv: "Ed25519", kty: "OKP", x } });
}
