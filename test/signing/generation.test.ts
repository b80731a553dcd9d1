import { describe, expect, it } from "vitest";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import {
  keysText,
  newestGeneration,
  openFirstKeyset,
  readKeysText,
} from "../../src/signing/generation.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { log, recovery, seedOf } from "./world.ts";

const repo = 4217;
const now = 1_760_000_000;
const before = { gen: 1, log: log.x, recovery: recovery.x };
const facts = { before, repo, now };
const key = (name: string, use?: "log" | "recovery") => signerOf(seedOf(name), use);
const next = { action: key("a2"), log: key("l2", "log"), recovery: key("r2", "recovery") };

async function set(
  site: string,
  over: Partial<ClaimsOf<"keyset">> = {},
  by: Signer = recovery,
): Promise<{ token: string }> {
  const keys = [next.action, next.log, next.recovery].map(({ kid, use, x }) => ({ kid, use, x }));
  const common = { aud: `site:${site}`, epoch: 3, iss: `cp:${repo}`, iat: now };
  return mintToken("keyset", { ...common, gen: 2, kver: 1, keys, ...over }, by);
}

describe("a first key-set", () => {
  it("is opened by the recovery key of the generation before, for its own site and epoch", async () => {
    const { token } = await set("shop");
    expect(openFirstKeyset(token, facts)).toEqual({
      site: "shop",
      epoch: 3,
      gen: 2,
      kid: next.action.kid,
      log: next.log.x,
      recovery: next.recovery.x,
      token,
    });
  });
  it.each<[string, Partial<ClaimsOf<"keyset">>, Signer?]>([
    ["of a generation later", { gen: 3 }],
    ["of another control plane", { iss: "cp:4218" }],
    ["from the future", { iat: now + 31 }],
    ["by another recovery key", {}, key("thief", "recovery")],
  ])("%s is none", async (_, over, by) => {
    const { token } = await set("shop", over, by);
    expect(openFirstKeyset(token, facts)).toBeUndefined();
  });
  it.each(["", "a.b.c", "x", `${"e30".repeat(3)}.e30.e30`])("is not %j", (token) => {
    expect(openFirstKeyset(token, facts)).toBeUndefined();
  });
});

describe("a file of key-sets", () => {
  it("brings the same keys for all, one set for each site", async () => {
    const text = keysText([await set("blog"), await set("shop")]);
    expect(readKeysText(text, facts)?.map(({ site }) => site)).toEqual(["blog", "shop"]);
  });
  it("is believed as a whole or not at all", async () => {
    const [blog, shop] = [await set("blog"), await set("shop")];
    const text = keysText([blog, shop]);
    const other = { ...next, log: key("l3", "log") };
    const keys = Object.values(other).map(({ kid, use, x }) => ({ kid, use, x }));
    const bad = [
      "",
      text.slice(0, -1),
      `${text}\n`,
      `${text}{}\n`,
      `${text}[]\n`,
      `${text}not JSON\n`,
      text.replace('{"token"', '{"more":1,"token"'),
      text.replace('{"token":', '{"token": '),
      keysText([blog, blog]),
      keysText([blog, await set("shop", { keys })]),
      keysText([blog, await set("shop", {}, key("thief", "recovery"))]),
      '{"token":1}\n',
    ];
    for (const one of bad) expect(readKeysText(one, facts), one).toBeUndefined();
  });
});

describe("a chain of generations", () => {
  it("leads as far as each recovery key has signed the next, and no further", async () => {
    const third = [key("a3"), key("l3", "log"), key("r3", "recovery")] as const;
    const keys = third.map(({ kid, use, x }) => ({ kid, use, x }));
    const files = new Map([
      [2, keysText([await set("shop")])],
      [3, keysText([await set("shop", { gen: 3, keys }, next.recovery)])],
      [4, keysText([await set("shop", { gen: 4 }, next.recovery)])],
    ]);
    const fileOf = async (gen: number) => files.get(gen) ?? null;
    const newest = await newestGeneration(before, { repo, now, fileOf });
    expect(newest).toEqual({ gen: 3, log: third[1].x, recovery: third[2].x });
    const none = await newestGeneration(before, { repo, now, fileOf: async () => null });
    expect(none).toEqual(before);
  });
});
