/**
 * Signed notes (C2SP signed-note): a text, an empty line, and one line with the signer's name and
 * an Ed25519 signature over the text. Exactly one signature, in exactly one spelling.
 */
import type { Bytes32 } from "../contract/ids.ts";
import { decodeBase64url } from "../signing/base64url.ts";
import { sha256 } from "../signing/digest.ts";
import { signatureHolds } from "../signing/signature.ts";
import type { Signer } from "../signing/signer.ts";

export type OpenedNote =
  | {
      readonly ok: true;
      /** With its last newline. */
      readonly text: string;
      /** Which of the keys signed it. */
      readonly key: Bytes32;
    }
  | { readonly ok: false; readonly reason: "form" | "signer" | "signature" };

/** Signs a text that ends with a newline, in the name of `name`. */
export async function signNote(text: string, name: string, signer: Signer): Promise<string> {
  const signature = await signer.sign(Buffer.from(text));
  const seal = Buffer.concat([keyHash(name, signer.x), signature]);
  return `${text}\n— ${name} ${seal.toString("base64")}\n`;
}

/** Opens a note that `name` must have signed with one of these keys. */
export function openNote(note: string, name: string, keys: readonly Bytes32[]): OpenedNote {
  const parsed = parseNote(note);
  if (parsed === undefined) return { ok: false, reason: "form" };
  const { text, signer, seal } = parsed;
  const key = keys.find((candidate) => keyHash(name, candidate).equals(seal.subarray(0, 4)));
  if (signer !== name || key === undefined) return { ok: false, reason: "signer" };
  return signatureHolds(key, Buffer.from(text), seal.subarray(4))
    ? { ok: true, text, key }
    : { ok: false, reason: "signature" };
}

/** 4 bytes that name the key and 64 of signature: 68 bytes with one sign of padding. */
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]{90}[AEIMQUYcgkosw048]=)\n$/u;
const CONTROL_BUT_NEWLINE = /[^\P{Cc}\n]/u;

function parseNote(note: string): { text: string; signer: string; seal: Buffer } | undefined {
  const end = note.lastIndexOf("\n\n");
  const text = note.slice(0, end + 1);
  const [, signer, base64] = SIGNATURE_LINE.exec(note.slice(end + 2)) ?? [];
  if (end < 1 || signer === undefined || base64 === undefined) return undefined;
  if (!note.isWellFormed() || CONTROL_BUT_NEWLINE.test(text)) return undefined;
  return { text, signer, seal: Buffer.from(base64, "base64") };
}

/** C2SP signed-note, "Signatures": the first 4 bytes of SHA-256(name, newline, 0x01, key). */
function keyHash(name: string, x: Bytes32): Buffer {
  const key = decodeBase64url(x) ?? Buffer.alloc(0);
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(1), key])).subarray(0, 4);
}
