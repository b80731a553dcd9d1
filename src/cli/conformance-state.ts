/**
 * What one control plane and one site remember of each other's messages, so that replays can be
 * tested: in the product these are rows of the connector's and the control plane's stores. Levels
 * (`lvl`, `lvx`) are remembered by receivers too, but never refuse a message.
 */
import type { ClaimsOf, RefusalReason } from "../contract/claims.ts";
import type { Digest } from "../contract/ids.ts";
import { isSuccessor, type KeyPosition } from "../signing/keyset.ts";
import type { KeyedKind } from "../signing/verify.ts";

export interface PairState {
  /** Of the newest pairing that has spoken; messages of an older one are dead. */
  epoch: number;
  /** Highest index of an action's authorisation. */
  seq: number;
  readonly subs: Set<string>;
  /** Of queries and acks: accepted once. */
  readonly jtis: Set<string>;
  heartbeat: { readonly epoch: number; readonly hbseq: number; readonly digest: Digest } | null;
  /** Digest of the receipt by `sub`, and by epoch and `rseq`. */
  readonly receipts: Map<string, Digest>;
  keyset: (KeyPosition & { readonly kids: ReadonlySet<string> }) | null;
}

export function newPairState(): PairState {
  return {
    epoch: 0,
    seq: -1,
    subs: new Set(),
    jtis: new Set(),
    heartbeat: null,
    receipts: new Map(),
    keyset: null,
  };
}

export type StateReason = Extract<RefusalReason, "claim"> | "replay";

/** A verified message, whose epoch is not below the state's: the verifier was told so. */
export interface Taken<K extends KeyedKind> {
  readonly claims: ClaimsOf<K>;
  readonly digest: Digest;
}

/** Takes a message in, or says why its like was taken in before: then nothing moves. */
export function takeIn<K extends KeyedKind>(
  state: PairState,
  kind: K,
  message: Taken<K>,
): StateReason | null {
  const memory: Memory<K> = MEMORIES[kind];
  const reason = memory.judge(state, message);
  if (reason !== null) return reason;
  memory.keep(state, message);
  state.epoch = Math.max(state.epoch, memory.spokenEpoch(message.claims));
  return null;
}

interface Memory<K extends KeyedKind> {
  judge(state: PairState, message: Taken<K>): StateReason | null;
  keep(state: PairState, message: Taken<K>): void;
  /** 0 for a greeting: a new pairing runs beside the old one until it says more than that. */
  spokenEpoch(claims: ClaimsOf<K>): number;
}

const replayIf = (seen: boolean): StateReason | null => (seen ? "replay" : null);
const epochOf = ({ epoch }: { readonly epoch: number }): number => epoch;
const isGreeting = (word: string): boolean => word === "hello" || word === "inventory";

const MEMORIES: { readonly [K in KeyedKind]: Memory<K> } = {
  ack: {
    judge: ({ jtis, heartbeat }, { claims }) =>
      replayIf(jtis.has(claims.jti) || claims.re !== heartbeat?.digest),
    keep: ({ jtis }, { claims }) => void jtis.add(claims.jti),
    spokenEpoch: epochOf,
  },
  action: {
    // A known `sub` is answered by what is stored of it; a new one that is not newer is overtaken.
    judge: ({ subs, seq }, { claims }) => replayIf(subs.has(claims.sub) || claims.seq <= seq),
    keep: (state, { claims }) => {
      state.subs.add(claims.sub);
      state.seq = claims.seq;
    },
    spokenEpoch: epochOf,
  },
  evidence: {
    judge: () => null,
    keep: () => undefined,
    spokenEpoch: ({ ans, epoch }) => (isGreeting(ans) ? 0 : epoch),
  },
  heartbeat: {
    // `hbseq` counts from 1 in each epoch.
    judge: ({ heartbeat }, { claims }) =>
      replayIf(heartbeat?.epoch === claims.epoch && claims.hbseq <= heartbeat.hbseq),
    keep: (state, { claims: { epoch, hbseq }, digest }) => {
      state.heartbeat = { epoch, hbseq, digest };
    },
    spokenEpoch: epochOf,
  },
  keyset: {
    judge: keysetReason,
    keep: (state, { claims: { gen, kver, keys } }) => {
      state.keyset = { gen, kver, kids: new Set(keys.map(({ kid }) => kid)) };
    },
    spokenEpoch: epochOf,
  },
  query: {
    judge: ({ jtis }, { claims }) => replayIf(jtis.has(claims.jti)),
    keep: ({ jtis }, { claims }) => void jtis.add(claims.jti),
    spokenEpoch: ({ ask, epoch }) => (isGreeting(ask) ? 0 : epoch),
  },
  receipt: {
    // Byte for byte the same is acknowledged again; another with its action or number is not.
    judge: ({ receipts }, { claims, digest }) =>
      replayIf(receiptNames(claims).some((name) => (receipts.get(name) ?? digest) !== digest)),
    keep: ({ receipts }, { claims, digest }) => {
      for (const name of receiptNames(claims)) receipts.set(name, digest);
    },
    spokenEpoch: epochOf,
  },
};

function receiptNames({ sub, epoch, rseq }: ClaimsOf<"receipt">): string[] {
  return [`sub ${sub}`, `rseq ${epoch} ${rseq}`];
}

/** An older or equal position was taken before; one too far ahead is no successor. */
function keysetReason(
  { keyset }: PairState,
  { claims: { gen, kver } }: Taken<"keyset">,
): StateReason | null {
  if (keyset === null || isSuccessor({ gen, kver }, keyset)) return null;
  const behind = gen < keyset.gen || (gen === keyset.gen && kver <= keyset.kver);
  return behind ? "replay" : "claim";
}
