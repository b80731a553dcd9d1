/**
 * The token profile's outer layer: is this text a token at all, before any key is looked up?
 *
 * A JWS compact serialisation (RFC 7515 §3.1) in exactly one spelling. General libraries accept
 * padding, white space, duplicate and further members, and megabytes; every one of them would be a
 * way for two verifiers to read one token differently.
 */
import { MAX_MESSAGE_BYTES, MAX_TOKEN_BYTES } from "../contract/claims.ts";
import { decodeBase64url } from "./base64url.ts";

export interface ParsedToken {
  readonly ok: true;
  /** As the header says; not compared with anything yet. */
  readonly kid: string;
  readonly typ: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What was signed: RFC 7515 §5.2. */
  readonly signed: Buffer;
}

export type ParseResult =
  | ParsedToken
  | { readonly ok: false; readonly reason: "size" | "parts" | "encoding" | "header" };

type Texts = Readonly<Record<string, string>>;

/** Reads a token and measures it with the texts beside it. */
export function parseToken(token: string, texts: Texts): ParseResult {
  if (!fitsLimits(token, texts)) return { ok: false, reason: "size" };
  const parts = token.split(".");
  const [head, body, seal] = parts;
  if (parts.length !== 3 || head === undefined || body === undefined || seal === undefined) {
    return { ok: false, reason: "parts" };
  }
  const [header, payload, signature] = [decodePart(head), decodePart(body), decodePart(seal)];
  if (header === undefined || payload === undefined || signature?.length !== 64) {
    return { ok: false, reason: "encoding" };
  }
  const members = parseHeader(header);
  if (members === undefined) return { ok: false, reason: "header" };
  return { ok: true, ...members, payload, signature, signed: Buffer.from(`${head}.${body}`) };
}

function fitsLimits(token: string, texts: Texts): boolean {
  const tokenBytes = Buffer.byteLength(token);
  const textBytes = Object.values(texts).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return tokenBytes <= MAX_TOKEN_BYTES && tokenBytes + textBytes <= MAX_MESSAGE_BYTES;
}

function decodePart(text: string): Buffer | undefined {
  return text === "" ? undefined : decodeBase64url(text);
}

/** Exactly these members in this order; printable ASCII without quote or backslash inside. */
const HEADER = /^\{"alg":"Ed25519","kid":"([ !#-[\]-~]*)","typ":"([ !#-[\]-~]*)"\}$/u;

function parseHeader(bytes: Buffer): { kid: string; typ: string } | undefined {
  const [, kid, typ] = HEADER.exec(bytes.toString("latin1")) ?? [];
  return kid === undefined || typ === undefined ? undefined : { kid, typ };
}
