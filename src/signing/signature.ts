/** One Ed25519 signature (RFC 8032), cofactorless, without the freedoms that libraries leave. */
import { verify } from "node:crypto";
import type { Bytes32 } from "../contract/ids.ts";
import { isCanonicalLargeOrder, isReducedScalar } from "./point.ts";
import { verificationKey } from "./public-key.ts";

/**
 * `false` also for a weak key, a reducible S, and an R that is not canonical or of small order.
 * Today's OpenSSL refuses the last three by itself; which one is linked must not matter.
 */
export function signatureHolds(x: Bytes32, message: Uint8Array, signature: Uint8Array): boolean {
  const key = verificationKey(x);
  if (key === undefined || signature.length !== 64) return false;
  if (!isCanonicalLargeOrder(signature.subarray(0, 32))) return false;
  if (!isReducedScalar(signature.subarray(32))) return false;
  return verify(null, message, key, signature);
}
