/**
 * The control plane's keys, all derived from one seed that never leaves this module. The database
 * holds none, so a lost database loses none.
 */
import type { KeyUse } from "../contract/claims.ts";
import { CountersignError } from "../errors.ts";
import { decodeBase64url } from "./base64url.ts";
import { canonicalText, type Json } from "./canonical.ts";
import {
  type ActionKeyName,
  actionKeyInfo,
  deriveKey,
  type LogKeyName,
  logKeyInfo,
} from "./derive.ts";
import { type Signer, signerOf } from "./signer.ts";

/** Promises, so that a key management service can stand behind it. */
export interface KeySource {
  /** Signs actions, queries, acks and the next version of the key-set of one site. */
  actionSigner(name: ActionKeyName): Promise<Signer>;
  /** Signs the checkpoints of the audit log, and the answer to a pairing. */
  logSigner(name: LogKeyName): Promise<Signer>;
}

/**
 * Keys from a seed as the environment or a secret manager hands it over: 32 bytes in base64url.
 * @throws CountersignError `seed_invalid`
 */
export function keySourceOf(seedText: string): KeySource {
  const seed = decodeBase64url(seedText);
  if (seed?.length !== 32) throw seedInvalid();
  const signerFor = rememberedSigners(seed);
  return {
    actionSigner: (name) => Promise.resolve(signerFor(actionKeyInfo(name), "action")),
    logSigner: (name) => Promise.resolve(signerFor(logKeyInfo(name), "log")),
  };
}

const REMEMBERED_SIGNERS = 8192;

/** Deriving costs as much as signing, and heartbeats ask for the same keys again and again. */
function rememberedSigners(seed: Uint8Array): (info: Json, use: KeyUse) => Signer {
  const known = new Map<string, Signer>();
  return (info, use) => {
    const id = canonicalText(info);
    const signer = known.get(id) ?? signerOf(deriveKey(seed, info), use);
    if (known.size >= REMEMBERED_SIGNERS) known.clear();
    known.set(id, signer);
    return signer;
  };
}

function seedInvalid(): CountersignError {
  return new CountersignError("seed_invalid", "The seed is not 32 bytes in base64url.", {
    hint: "Make one with `countersign init` and hand it over unchanged, without padding or quotes.",
  });
}
