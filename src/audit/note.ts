/**
 * Signed notes (C2SP signed-note): a text, an empty line, and lines with a signer's name and a
 * signature over the text. Lines of other signers are passed over, as C2SP asks, so that others
 * may countersign; one of ours has to be there, and every one of ours has to hold.
 */
import type { Bytes32 } from "../contract/ids.ts";
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
  const named = parsed.seals.filter((seal) => seal.signer === name);
  const ours = named.flatMap(({ bytes }) => {
    const key = keys.find((candidate) => keyHash(name, candidate).equals(bytes.subarray(0, 4)));
    return key === undefined ? [] : [{ key, signature: bytes.subarray(4) }];
  });
  const [first] = ours;
  if (first === undefined) return { ok: false, reason: "signer" };
  const { text } = parsed;
  const hold = ours.every(({ key, signature }) =>
    signatureHolds(key, Buffer.from(text), signature),
  );
  return hold ? { ok: true, text, key: first.key } : { ok: false, reason: "signature" };
}

interface ParsedNote {
  readonly text: string;
  readonly seals: readonly Seal[];
}
interface Seal {
  readonly signer: string;
  /** 4 bytes that name the key, then the signature. */
  readonly bytes: Buffer;
}

const MAX_SIGNATURES = 16;
const CONTROL_BUT_NEWLINE = /[^\P{Cc}\n]/u;

function parseNote(note: string): ParsedNote | undefined {
  const end = note.lastIndexOf("\n\n");
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2).split("\n");
  const rest = lines.pop();
  const seals = lines.map(parseSeal).filter((seal) => seal !== undefined);
  const complete = end > 0 && rest === "" && seals.length === lines.length;
  if (!complete || lines.length > MAX_SIGNATURES) return undefined;
  if (!note.isWellFormed() || CONTROL_BUT_NEWLINE.test(text)) return undefined;
  return { text, seals };
}

const SIGNATURE_LINE = /^— ([^ +]+) ([A-Za-z0-9+/]+={0,2})$/u;

function parseSeal(line: string): Seal | undefined {
  const [, signer, base64] = SIGNATURE_LINE.exec(line) ?? [];
  if (signer === undefined || base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, "base64");
  return bytes.toString("base64") === base64 ? { signer, bytes } : undefined;
}

/** C2SP signed-note, "Signatures": the first 4 bytes of SHA-256(name, newline, 0x01, key). */
function keyHash(name: string, x: Bytes32): Buffer {
  const named = [Buffer.from(`${name}\n`), Buffer.of(1), Buffer.from(x, "base64url")];
  return sha256(Buffer.concat(named)).subarray(0, 4);
}
