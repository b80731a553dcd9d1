/** Key ids: the first 22 characters (132 bits) of the RFC 7638 thumbprint of the public key. */
import { type Bytes32, Kid } from "../contract/ids.ts";
import { encodeBase64url } from "./base64url.ts";
import { sha256 } from "./digest.ts";

export function kidOf(x: Bytes32): Kid {
  // RFC 7638 §3.2: the required members in lexicographic order, without white space.
  const members = `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`;
  return Kid.parse(encodeBase64url(sha256(Buffer.from(members))).slice(0, 22));
}
