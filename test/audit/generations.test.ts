import { describe, expect, it } from "vitest";
import { makeBundle, verifyBundle } from "../../src/audit/bundle.ts";
import { signCheckpoint } from "../../src/audit/checkpoint.ts";
import { treeOf } from "../../src/audit/merkle.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { AuditEntry } from "../../src/contract/audit-entry.ts";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { log, NOW, recovery, seedOf } from "../signing/world.ts";
import { acme, AT, bootstrapped, cloneOf, headOf, line, REPO } from "./log.ts";

const key = (name: string, use?: "log" | "recovery") => signerOf(seedOf(name), use);
const next = { action: key("a2"), log: key("l2", "log"), recovery: key("r2", "recovery") };
const thief = key("thief", "recovery");

async function token(over: Partial<ClaimsOf<"keyset">> = {}, by: Signer = recovery) {
  const keys = Object.values(next).map(({ kid, use, x }) => ({ kid, use, x }));
  const common = { aud: `site:${acme}`, epoch: 3, iss: `cp:${REPO}`, iat: NOW };
  return (await mintToken("keyset", { ...common, gen: 2, kver: 1, keys, ...over }, by)).token;
}
const begin = line(bootstrapped);
const generation = async (over: object = {}): Promise<string> =>
  line({
    at: AT,
    gen: 2,
    kind: "generation",
    log: next.log.x,
    recovery: next.recovery.x,
    ...headOf(treeOf([begin]), 1),
    token: await token(),
    ...over,
  });
const keyset = async (over: object = {}): Promise<string> => {
  const what = { epoch: 3, gen: 2, kid: next.action.kid, kver: 1, phase: "ordered", site: acme };
  return line({ at: AT, by: null, kind: "keyset", ...what, token: await token(), ...over });
};

async function codes(lines: readonly string[], by = next.log) {
  const copy = await cloneOf(lines, by);
  const { bad } = verifyLog({ repo: REPO, logKey: log.x, against: [], ...copy });
  return bad.map(({ index, code }) => [index, code]);
}
const without = (text: string, name: string): string => {
  const { [name]: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
  return line(rest);
};

describe("a log over a change of generation", () => {
  it("verifies, and from there on under the new log key alone", async () => {
    const good = [begin, await generation(), await keyset()];
    expect(await codes(good)).toEqual([]);
    expect(await codes(good, log)).toEqual([[null, "checkpoint"]]);
    expect(await codes([begin], log)).toEqual([]);
  });
  it("is held against heads that either key has signed", async () => {
    const good = [begin, await generation(), await keyset()];
    const text = await signCheckpoint(REPO, headOf(treeOf(good), 1), log);
    const copy = await cloneOf(good, next.log);
    const against = [{ kind: "checkpoint", text } as const];
    expect(verifyLog({ repo: REPO, logKey: log.x, ...copy, against })).toMatchObject({ ok: true });
  });
  it.each<[string, () => Promise<string>]>([
    ["by another key", async () => generation({ token: await token({}, thief) })],
    ["of two generations later", () => generation({ gen: 3 })],
    ["with another log key than its set", () => generation({ log: thief.x })],
    ["with another recovery key than its set", () => generation({ recovery: thief.x })],
    ["with another size", () => generation({ size: 2 })],
    ["with another root", () => generation({ ...headOf(treeOf([begin, begin]), 2), size: 1 })],
  ])("finds a generation %s", async (_, made) => {
    expect(await codes([begin, await made()], log)).toContainEqual([1, "generation"]);
  });
  it("finds one before the log began", async () => {
    expect(await codes([await generation()], log)).toContainEqual([0, "not_bootstrapped"]);
  });
  it.each<[string, () => Promise<string>]>([
    ["by another key", async () => keyset({ token: await token({}, thief) })],
    ["of a generation that is not on record", () => keyset({ gen: 3 })],
    ["for another site than its token", () => keyset({ site: "acme-blog" })],
    ["for another epoch than its token", () => keyset({ epoch: 4 })],
    ["with another key than its token", () => keyset({ kid: thief.kid })],
    ["without its token", async () => without(await keyset(), "token")],
    ["in force with a token", () => keyset({ phase: "in_force" })],
    ["of a later version with a token", () => keyset({ kver: 2 })],
    [
      "with other keys for all",
      async () => {
        const keys = [next.action, log, next.recovery].map(({ kid, use, x }) => ({ kid, use, x }));
        return keyset({ token: await token({ keys }) });
      },
    ],
  ])("finds a key-set %s", async (_, made) => {
    expect(await codes([begin, await generation(), await made()])).toEqual([[2, "keyset"]]);
  });
  it("takes what the seed signs without a token: the later versions, and what is in force", async () => {
    const inForce = without(await keyset({ phase: "in_force" }), "token");
    const later = without(await keyset({ kver: 2 }), "token");
    expect(await codes([begin, await generation(), await keyset(), inForce, later])).toEqual([]);
  });
  it("is proved by a bundle that brings the generations along", async () => {
    const lines = [begin, await generation(), await keyset()];
    const { checkpoint } = await cloneOf(lines, next.log);
    const entries = lines.map((text) => AuditEntry.parse(JSON.parse(text)));
    const facts = { repo: REPO, log: log.x, checkpoint, lines, entries, texts: new Map() };
    const bundle = makeBundle({ ...facts, indices: [2] });
    expect(bundle.entries.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(verifyBundle(bundle, log.x)).toMatchObject({ ok: true });
    const cut = { ...bundle, entries: bundle.entries.filter(({ index }) => index !== 1) };
    expect(verifyBundle(cut, log.x)).toMatchObject({ ok: false });
  });
});
