/** Makes tokens: only such as a verifier accepts that pinned the signer's key. */
import { type ClaimsOf, type Kind, KINDS, MAX_TOKEN_BYTES } from "../contract/claims.ts";
import type { Digest } from "../contract/ids.ts";
import { CountersignError } from "../errors.ts";
import { encodeBase64url } from "./base64url.ts";
import { canonicalText } from "./canonical.ts";
import { isClaimsOf } from "./claim-check.ts";
import { digestOfText } from "./digest.ts";
import { type CommonClaims, envelopeFault } from "./envelope.ts";
import { keepsRules, maySign } from "./kind-rules.ts";
import { parsePayload } from "./payload.ts";
import { pinnedKeys } from "./public-key.ts";
import type { Signer } from "./signer.ts";

export interface MintedToken {
  /** JWS compact serialisation. */
  readonly token: string;
  readonly digest: Digest;
}

/**
 * Signs the claims as a token of a kind.
 * @throws CountersignError `token_invalid` for claims, or a signer, that no verifier would accept.
 */
export async function mintToken<K extends Kind>(
  kind: K,
  claims: ClaimsOf<K>,
  signer: Signer,
): Promise<MintedToken> {
  const header = Buffer.from(
    canonicalText({ alg: "Ed25519", kid: signer.kid, typ: KINDS[kind].typ }),
  );
  const payload = Buffer.from(canonicalText(claims));
  if (!isMintable(kind, payload, signer)) throw tokenInvalid(kind);

  const signed = `${encodeBase64url(header)}.${encodeBase64url(payload)}`;
  const signature = await signer.sign(Buffer.from(signed));
  const token = `${signed}.${encodeBase64url(signature)}`;
  if (token.length > MAX_TOKEN_BYTES) throw tokenInvalid(kind);
  return { token, digest: digestOfText(token) };
}

function isMintable(kind: Kind, payload: Buffer, signer: Signer): boolean {
  const claims = parsePayload(payload);
  if (claims === undefined || !isClaimsOf(kind, claims) || !maySign(kind, signer.use)) return false;
  const keys = isClaimsOf("keyset", claims) ? pinnedKeys(claims.keys) : {};
  return keepsRules(kind, claims, { keys, signedWith: signer.use }) && isAddressed(kind, claims);
}

/** From the side that may send this kind to the other one, and alive when it is made. */
function isAddressed(kind: Kind, claims: CommonClaims): boolean {
  const { sender, typ } = KINDS[kind];
  const { iss, aud, epoch, iat } = claims;
  const receiver = sender === "cp" ? "site" : "cp";
  return (
    iss.startsWith(`${sender}:`) &&
    aud.startsWith(`${receiver}:`) &&
    envelopeFault(kind, typ, claims, { iss, aud, epoch, now: iat }) === undefined
  );
}

function tokenInvalid(kind: Kind): CountersignError {
  return new CountersignError("token_invalid", `No verifier would accept this ${kind} token.`, {
    hint: "This is a defect of the program or a wrong key: nothing was signed or sent.",
  });
}
