/** Something that signs with one Ed25519 key and never shows its private half. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { KeyUse } from "../contract/claims.ts";
import { Bytes32, type Kid } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { kidOf } from "./thumbprint.ts";

export interface Signer {
  readonly kid: Kid;
  readonly use: KeyUse;
  /** The public half. */
  readonly x: Bytes32;
  /** 64 bytes. A promise, so that a key management service can stand behind it. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** DER of a PKCS #8 Ed25519 private key up to its 32 bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * A signer of a private key's 32 bytes (RFC 8032 §5.1.5).
 * @throws CountersignError `key_invalid` where there are not 32.
 */
export function signerOf(privateKey: Uint8Array, use: KeyUse = "action"): Signer {
  const key = privateKeyObject(privateKey);
  const { x } = createPublicKey(key).export({ format: "jwk" });
  const publicKey = Bytes32.parse(x);
  return {
    kid: kidOf(publicKey),
    use,
    x: publicKey,
    sign: (message) => Promise.resolve(sign(null, message, key)),
  };
}

function privateKeyObject(bytes: Uint8Array): KeyObject {
  if (bytes.length !== 32) throw keyInvalid();
  const key = Buffer.concat([PKCS8_PREFIX, bytes]);
  return createPrivateKey({ key, format: "der", type: "pkcs8" });
}

function keyInvalid(): CountersignError {
  return new CountersignError("key_invalid", "An Ed25519 private key has 32 bytes.", {
    hint: "Make a new key; this one was cut, padded or encoded twice.",
  });
}
