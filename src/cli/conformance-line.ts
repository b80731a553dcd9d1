/**
 * One line of the conformance program: a message and the facts it is to be judged by. What makes a
 * line no such thing is found here, once for every implementation. Read by hand rather than by a
 * schema library, which would drop a member named `__proto__` that a verifier has to see.
 */
import { type Kind, KINDS } from "../contract/claims.ts";
import { type Bytes32, Digest } from "../contract/ids.ts";
import { isPinnedKey } from "../signing/public-key.ts";
import type { KeyedKind } from "../signing/verify.ts";

interface Common {
  readonly token: string;
  readonly iss: string;
  readonly aud: string;
  readonly now: number;
  readonly texts: Readonly<Record<string, string>>;
}

export interface KeyedLine extends Common {
  readonly kind: KeyedKind;
  /** The values are the verifier's to judge, when a `kid` names them. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** `undefined`: the verifier has none, and refuses. */
  readonly epoch: number | undefined;
}

export interface PairingLine extends Common {
  readonly kind: "pairing";
  readonly home: Digest;
  readonly trust: Digest;
  readonly pairingKey: Bytes32;
}

export interface ReadLine {
  /** `null` where the line has none. */
  readonly id: string | number | null;
  /** `null` where a member is missing or ill-typed: the verdict is `line`. */
  readonly message: KeyedLine | PairingLine | null;
}

type Members = Readonly<Record<string, unknown>>;

export function readLine(text: string): ReadLine {
  const members = parse(text);
  if (!isObject(members)) return { id: null, message: null };
  const { id } = members;
  if (typeof id !== "string" && typeof id !== "number") return { id: null, message: null };
  return { id, message: readMessage(members) };
}

function readMessage(members: Members): KeyedLine | PairingLine | null {
  const kind = kindOf(members["typ"]);
  const common = readCommon(members);
  if (kind === undefined || common === null) return null;
  return kind === "pairing"
    ? readPairing(members, common)
    : readKeyed(members, { ...common, kind });
}

function readCommon({ token, iss, aud, now, beside = {} }: Members): Common | null {
  if (!isText(token) || !isText(iss) || !isText(aud) || !isWhole(now)) return null;
  return isTexts(beside) ? { token, iss, aud, now, texts: beside } : null;
}

function readKeyed(
  members: Members,
  common: Common & { readonly kind: KeyedKind },
): KeyedLine | null {
  const { keys, epoch } = members;
  if (!isObject(keys) || !Object.keys(keys).every(isText)) return null;
  if (!Object.hasOwn(members, "epoch")) return { ...common, keys, epoch: undefined };
  return isWhole(epoch) ? { ...common, keys, epoch } : null;
}

function readPairing(members: Members, common: Common): PairingLine | null {
  const home = Digest.safeParse(members["home"]);
  const trust = Digest.safeParse(members["trust"]);
  const { by } = members;
  if (Object.hasOwn(members, "epoch") || !home.success || !trust.success) return null;
  if (!isPinnedKey(by) || by.use !== undefined) return null;
  return { ...common, kind: "pairing", home: home.data, trust: trust.data, pairingKey: by.x };
}

const KIND_OF_TYP: ReadonlyMap<unknown, Kind> = new Map(
  kinds().map((kind) => [KINDS[kind].typ, kind]),
);

function kindOf(typ: unknown): Kind | undefined {
  return KIND_OF_TYP.get(typ);
}

function kinds(): Kind[] {
  return Object.keys(KINDS).filter((name): name is Kind => Object.hasOwn(KINDS, name));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A lone surrogate has no UTF-8: no implementation could be handed such a text. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.entries(value).every((pair) => pair.every(isText));
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}
