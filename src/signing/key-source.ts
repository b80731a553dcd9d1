/**
 * The control plane's keys, all derived from one seed that never leaves this module. The database
 * holds none, so a lost database loses none.
 */
import { CountersignError } from "../errors.ts";
import { decodeBase64url } from "./base64url.ts";
import {
  type ActionKeyName,
  actionKeyInfo,
  deriveKey,
  type LogKeyName,
  logKeyInfo,
} from "./derive.ts";
import { remembered } from "./remembered.ts";
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
  // Deriving costs as much as signing, and heartbeats ask for the same keys again and again.
  const action = remembered(8192, (info: string) => signerOf(deriveKey(seed, info)));
  const log = remembered(1024, (info: string) => signerOf(deriveKey(seed, info), "log"));
  return {
    actionSigner: (name) => Promise.resolve(action(actionKeyInfo(name))),
    logSigner: (name) => Promise.resolve(log(logKeyInfo(name))),
  };
}

function seedInvalid(): CountersignError {
  return new CountersignError("seed_invalid", "The seed is not 32 bytes in base64url.", {
    hint: "Make one with `countersign init` and hand it over unchanged, without padding or quotes.",
  });
}
