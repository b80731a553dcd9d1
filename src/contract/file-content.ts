/** What a file of the control repository holds, and what can be refused before it is parsed. */
import type { Place } from "./finding.ts";

export const MAX_YAML_BYTES = 65_536;

/** A file's text, or the raw bytes of one that is not valid UTF-8. */
export type FileContent = string | Uint8Array;

const START: Place = { line: 1, column: 1 };

export interface ContentRefusal {
  readonly message: string;
  readonly place: Place;
}

/** What can be said before anything is parsed. */
export function refuseContent(content: FileContent): ContentRefusal | null {
  if (typeof content !== "string" || !content.isWellFormed()) {
    return { message: "not valid UTF-8", place: START };
  }
  if (utf8Length(content) > MAX_YAML_BYTES) {
    return { message: `larger than ${MAX_YAML_BYTES} bytes`, place: START };
  }
  const odd = ODD_CHARACTER.exec(content);
  if (odd === null) return null;
  const code = odd[0].charCodeAt(0).toString(16).padStart(4, "0").toUpperCase();
  const message = `control or direction character U+${code}`;
  return { message, place: placeInText(content, odd.index) };
}

/** Direction marks make a reviewer read another text than the one that is parsed. */
const ODD_CHARACTER = /[^\t\n\r\u0020-\u007e\u00a0-\u2027\u202f-\u2065\u206a-\u{10ffff}]|\r(?!\n)/u;

function utf8Length(text: string): number {
  if (text.length > MAX_YAML_BYTES || text.length * 3 <= MAX_YAML_BYTES) return text.length;
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    const half = unit >= 0xd800 && unit <= 0xdfff;
    bytes += unit < 0x800 || half ? 1 : 2;
  }
  return bytes;
}

function placeInText(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lastLine = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastLine };
}
