/**
 * A new generation of the control plane's keys: key-sets that the recovery key of the one before
 * has signed, one for each site. That signature is their whole authority, whoever brings them.
 * Source: docs/protocol.md, "Keys".
 */
import type { KeyUse } from "../contract/claims.ts";
import type { Generation } from "../contract/keyset-entry.ts";
import { type Kid, SiteId } from "../contract/ids.ts";
import { parseCanonical } from "./canonical.ts";
import { isPlainObject, parsePayload } from "./payload.ts";
import { parseToken } from "./profile.ts";
import { pinnedKeys } from "./public-key.ts";
import { verifyRecorded } from "./verify.ts";

/** What has been pinned so far, and by whom. */
export interface GenerationFacts {
  readonly before: Generation;
  /** The control repository's numeric id. */
  readonly repo: number;
  /** Unix time, in whole seconds. */
  readonly now: number;
}

/** One site's first key-set of a generation. */
export interface FirstKeyset extends Generation {
  readonly site: SiteId;
  readonly epoch: number;
  /** Of its action key. */
  readonly kid: Kid;
  readonly token: string;
}

/** `undefined` for anything but the next generation's first key-set, by the recovery key before. */
export function openFirstKeyset(
  token: string,
  { before, repo, now }: GenerationFacts,
): FirstKeyset | undefined {
  const named = addressOf(token);
  if (named === undefined) return undefined;
  const verdict = verifyRecorded("keyset", token, {
    keys: pinnedKeys([{ x: before.recovery, use: "recovery" }]),
    iss: `cp:${repo}`,
    aud: `site:${named.site}`,
    epoch: named.epoch,
    now,
  });
  if (!verdict.ok) return undefined;
  const { gen, keys } = verdict.claims;
  const of = (wanted: KeyUse) => keys.find(({ use }) => use === wanted);
  const [action, log, recovery] = [of("action"), of("log"), of("recovery")];
  const isWhole = action !== undefined && log !== undefined && recovery !== undefined;
  if (!isWhole || gen !== before.gen + 1) return undefined;
  return { ...named, gen, kid: action.kid, log: log.x, recovery: recovery.x, token };
}

/** Which site and epoch it says it is for: that chooses nothing but what it is verified against. */
function addressOf(token: string): { readonly site: SiteId; readonly epoch: number } | undefined {
  const parsed = parseToken(token, {});
  const payload = parsed.ok ? parsePayload(parsed.payload) : undefined;
  const aud = payload?.["aud"];
  const epoch = payload?.["epoch"];
  const site = SiteId.safeParse(typeof aud === "string" ? aud.replace(/^site:/u, "") : null);
  return site.success && typeof epoch === "number" ? { site: site.data, epoch } : undefined;
}

/** `keys/<generation>.jsonl`: one message a line, in the order of their sites' names. */
export const keysText = (sets: readonly Pick<FirstKeyset, "token">[]): string =>
  sets.map(({ token }) => `${JSON.stringify({ token })}\n`).join("");

/**
 * The sets of such a file; `undefined` where one line is not of the next generation, where two
 * bring other keys for all, or are for one site: then nothing of it is believed.
 */
export function readKeysText(
  text: string,
  facts: GenerationFacts,
): readonly [FirstKeyset, ...FirstKeyset[]] | undefined {
  const lines = text.split("\n");
  if (lines.pop() !== "") return undefined;
  const sets = lines.flatMap((line) => openFirstKeyset(tokenIn(line), facts) ?? []);
  const [first, ...others] = sets;
  if (first === undefined || sets.length !== lines.length) return undefined;
  const isOne = others.every(
    ({ log, recovery }) => log === first.log && recovery === first.recovery,
  );
  const isOnce = new Set(sets.map(({ site }) => site)).size === sets.length;
  return isOne && isOnce ? [first, ...others] : undefined;
}

function tokenIn(line: string): string {
  const value = parseCanonical(line);
  if (!isPlainObject(value)) return "";
  const { token, ...more } = value;
  return typeof token === "string" && Object.keys(more).length === 0 ? token : "";
}

/**
 * The newest generation that a chain of such files leads to, each signed by the recovery key of
 * the one before it.
 * @param fileOf the text of `keys/<generation>.jsonl`, where there is one
 */
export async function newestGeneration(
  anchors: Generation,
  {
    repo,
    now,
    fileOf,
  }: Pick<GenerationFacts, "repo" | "now"> & {
    readonly fileOf: (gen: number) => Promise<string | null>;
  },
): Promise<Generation> {
  let before = anchors;
  for (;;) {
    const text = await fileOf(before.gen + 1);
    const [next] = (text === null ? undefined : readKeysText(text, { before, repo, now })) ?? [];
    if (next === undefined) return before;
    before = { gen: next.gen, log: next.log, recovery: next.recovery };
  }
}
