/** base64url without padding (RFC 4648 §5), one spelling per value. */

export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/**
 * The bytes, or `undefined` where the text is not what encoding them again gives. Spare bits,
 * padding, white space and the `+/` alphabet would be further spellings of one signature.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
