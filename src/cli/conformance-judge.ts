/** The verdict on one line: an implementation's verifier and, if asked, what was seen before. */
import { type Kind, KINDS, type RefusalReason } from "../contract/claims.ts";
import { isClaimsOf } from "../signing/claim-check.ts";
import { digestOfText } from "../signing/digest.ts";
import { verifyPairing } from "../signing/pairing.ts";
import { parsePayload } from "../signing/payload.ts";
import { parseToken } from "../signing/profile.ts";
import { verifyToken } from "../signing/verify.ts";
import { type KeyedLine, type PairingLine, readLine } from "./conformance-line.ts";
import { newPairState, type PairState, takeIn } from "./conformance-state.ts";

/** A verifier of either side. `null` accepts. */
export interface Implementation {
  verify(message: KeyedLine | PairingLine): Promise<RefusalReason | null>;
  close(): Promise<void>;
}

export const typescript: Implementation = {
  verify: (message) => {
    const verdict =
      message.kind === "pairing"
        ? verifyPairing(message.token, message)
        : verifyToken(message.kind, message.token, message);
    return Promise.resolve(verdict.ok ? null : verdict.reason);
  },
  close: () => Promise.resolve(),
};

export type Reason = RefusalReason | "line" | "replay";

export interface LineVerdict {
  readonly id: string | number | null;
  readonly accept: boolean;
  readonly reason: Reason | null;
}

export interface Memory {
  /** By control plane and site. */
  readonly pairs: Map<string, PairState>;
  /** Pairing keys whose window is used up. */
  readonly windows: Set<string>;
}

export const newMemory = (): Memory => ({ pairs: new Map(), windows: new Set() });

/** `memory` is null where every line stands alone. */
export async function judgeLine(
  text: string,
  implementation: Implementation,
  memory: Memory | null,
): Promise<LineVerdict> {
  const { id, message } = readLine(text);
  const reason = message === null ? "line" : await judge(message, implementation, memory);
  return { id, accept: reason === null, reason };
}

async function judge(
  message: KeyedLine | PairingLine,
  implementation: Implementation,
  memory: Memory | null,
): Promise<Reason | null> {
  if (memory === null) return implementation.verify(message);
  if (message.kind === "pairing") {
    return (await implementation.verify(message)) ?? useWindow(memory, message);
  }
  const state = pairState(memory, message);
  return (await implementation.verify(asKnownTo(state, message))) ?? keep(state, message);
}

function useWindow({ windows }: Memory, { pairingKey }: PairingLine): "replay" | null {
  if (windows.has(pairingKey)) return "replay";
  windows.add(pairingKey);
  return null;
}

function pairState({ pairs }: Memory, { kind, iss, aud }: KeyedLine): PairState {
  const names = isFromControlPlane(kind) ? [iss, aud] : [aud, iss];
  const state = pairs.get(JSON.stringify(names)) ?? newPairState();
  pairs.set(JSON.stringify(names), state);
  return state;
}

/** A dead epoch is none, and a key that the newest key-set does not name is dead. */
function asKnownTo(state: PairState, message: KeyedLine): KeyedLine {
  const { keyset } = state;
  const epoch = (message.epoch ?? 0) < state.epoch ? undefined : message.epoch;
  if (keyset === null || !isFromControlPlane(message.kind)) return { ...message, epoch };
  const alive = Object.entries(message.keys).filter(([kid]) => keyset.kids.has(kid));
  return { ...message, epoch, keys: Object.fromEntries(alive) };
}

function keep(state: PairState, { kind, token }: KeyedLine): Reason | null {
  const parsed = parseToken(token, {});
  const claims = parsed.ok ? parsePayload(parsed.payload) : undefined;
  // Never so for an accepted token; if an implementation accepts what has no claims, say no.
  if (claims === undefined || !isClaimsOf(kind, claims)) return "claim";
  return takeIn(state, kind, { claims, digest: digestOfText(token) });
}

function isFromControlPlane(kind: Kind): boolean {
  return KINDS[kind].sender === "cp";
}
