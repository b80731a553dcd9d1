/** The texts beside a token: those of its kind, and each with the digest that the token holds. */
import { type Beside, type Kind, KINDS, MAX_TEXT_BYTES, type TextsOf } from "../contract/claims.ts";
import type { JsonObject } from "./canonical.ts";
import { digestOfText } from "./digest.ts";

type Texts = Readonly<Record<string, string>>;

/** `proof` and `receipts` have no claim: they are judged later, by their own signatures. */
export function areTextsOf<K extends Kind>(
  kind: K,
  texts: Texts,
  claims: JsonObject,
): texts is Texts & TextsOf<K> {
  const expected: Readonly<Record<string, Beside>> = KINDS[kind].beside;
  return (
    Object.keys(texts).every((name) => Object.hasOwn(expected, name)) &&
    Object.entries(expected).every(([name, beside]) => isText(texts[name], beside, claims))
  );
}

function isText(text: string | undefined, beside: Beside, claims: JsonObject): boolean {
  if (text === undefined) return !beside.required;
  if (!text.isWellFormed() || Buffer.byteLength(text) > MAX_TEXT_BYTES) return false;
  return beside.claim === null || claims[beside.claim] === digestOfText(text);
}
