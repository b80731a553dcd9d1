/**
 * The log's head, signed: a C2SP checkpoint (tlog-checkpoint) without extension lines.
 * Whoever signs two of one size with different roots has proved the fork against itself.
 */
import type { Bytes32, Digest } from "../contract/ids.ts";
import { asDigest, hashOf } from "../signing/digest.ts";
import type { Signer } from "../signing/signer.ts";
import { openNote, signNote } from "./note.ts";

/** How much of the log there is, and its RFC 6962 root. */
export interface LogHead {
  readonly size: number;
  readonly root: Digest;
}

export type OpenedCheckpoint =
  | ({ readonly ok: true; readonly key: Bytes32 } & LogHead)
  | { readonly ok: false; readonly reason: "form" | "signer" | "signature" };

/** `repo` is the control repository's numeric id. */
export function originOf(repo: number): string {
  return `countersign/${repo}`;
}

export function signCheckpoint(repo: number, head: LogHead, signer: Signer): Promise<string> {
  const origin = originOf(repo);
  const root = hashOf(head.root).toString("base64");
  return signNote(`${origin}\n${head.size}\n${root}\n`, origin, signer);
}

/** The head that a checkpoint states, if one of these log keys signed it for this repository. */
export function openCheckpoint(
  checkpoint: string,
  repo: number,
  keys: readonly Bytes32[],
): OpenedCheckpoint {
  const origin = originOf(repo);
  const note = openNote(checkpoint, origin, keys);
  if (!note.ok) return note;
  const head = headOf(note.text, origin);
  return head === undefined ? { ok: false, reason: "form" } : { ok: true, key: note.key, ...head };
}

/** Origin, size without leading zeros, and 32 bytes in base64 with its one sign of padding. */
const BODY = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)\n$/u;

function headOf(text: string, origin: string): LogHead | undefined {
  const [, named, digits, base64] = BODY.exec(text) ?? [];
  const size = Number(digits);
  if (named !== origin || base64 === undefined || !Number.isSafeInteger(size)) return undefined;
  return { size, root: asDigest(Buffer.from(base64, "base64")) };
}
