/**
 * The texts of a pairing: the answer that the log key signs, the string that an administrator
 * pastes, and the six words that two people compare. Source: docs/protocol.md, "Pairing".
 */
import type { Bytes32, Digest } from "../contract/ids.ts";
import { type PairingOffer, PairingString } from "../contract/pairing.ts";
import { decodeBase64url, encodeBase64url } from "./base64url.ts";
import { canonicalText, parseCanonical } from "./canonical.ts";
import { deriveKey, pairingKeyInfo } from "./derive.ts";
import { digestOfText, sha256 } from "./digest.ts";
import { type Signer, signerOf } from "./signer.ts";
import { WORDS } from "./words.ts";

const WORD_COUNT = 6;
const WORD_BITS = 11n;

/** The RFC 8785 text whose digest a pairing token names as `trust`. */
export const offerText = (offer: PairingOffer): string => canonicalText(offer);

export const trustOf = (offer: PairingOffer): Digest => digestOfText(offerText(offer));

/**
 * The pairing key of a secret: whoever was shown the string can sign with it, and the control
 * plane knows its public half alone. `site` with its prefix.
 */
export function pairingSigner(secret: Uint8Array, site: string): Signer {
  return signerOf(deriveKey(secret, pairingKeyInfo(site)));
}

export const writePairingString = (given: PairingString): string =>
  encodeBase64url(Buffer.from(canonicalText(given)));

/** `null` for everything that is not exactly such a string. */
export function readPairingString(text: string): PairingString | null {
  const bytes = decodeBase64url(text);
  const value = bytes === undefined ? undefined : parseCanonical(bytes.toString("utf8"));
  return PairingString.safeParse(value).data ?? null;
}

/** What both screens say of a pairing: 66 bits over everything that either side will pin. */
export function sixWords(
  offer: PairingOffer,
  { home, key }: { readonly home: string; readonly key: Bytes32 },
): string {
  const hash = sha256(Buffer.from(canonicalText({ ...offer, home, key })));
  const bits = BigInt(`0x${hash.toString("hex")}`) >> (256n - WORD_BITS * BigInt(WORD_COUNT));
  const places = Array.from({ length: WORD_COUNT }, (_, index) =>
    Number((bits >> (WORD_BITS * BigInt(WORD_COUNT - 1 - index))) & 2047n),
  );
  return places.map((place) => WORDS[place]).join(" ");
}
