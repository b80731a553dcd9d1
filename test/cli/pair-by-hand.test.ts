import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newKeys } from "../../src/cli/init.ts";
import { pairByHand } from "../../src/cli/pair-by-hand.ts";
import { keySourceOf } from "../../src/signing/key-source.ts";

const keys = newKeys(4711);
const policy = `version: 1
log: { key: ${keys.logKey}, recovery: ${keys.recoveryKey} }
roles: { operators: { teams: [acme/ops] } }
gates: [{ name: all, require: [{ role: operators, count: 1 }] }]
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-pair-"));
  mkdirSync(path.join(folder, "sites"));
  writeFileSync(path.join(folder, "countersign.yml"), policy);
  writeFileSync(
    path.join(folder, "sites", "shop.yml"),
    "url: https://shop.acme.example\ntier: production\n",
  );
  const git = (...args: string[]) =>
    execFileSync("git", [
      "-C",
      folder,
      "-c",
      "user.name=t",
      "-c",
      "user.email=t@example.org",
      ...args,
    ]);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-q", "-m", "first");
});
afterAll(() => rmSync(folder, { recursive: true }));

const asked = { site: "shop", repository: "4711", seed: keys.seed };

describe("countersign pair-by-hand", () => {
  it("prints exactly what the site pins, and no secret", async () => {
    const text = await pairByHand(folder, asked);
    const trust: { keys: { use: string; x: string }[] } = JSON.parse(
      /'(\{.*\})'/u.exec(text)?.[1] ?? "",
    );
    const name = { cp: "cp:4711", site: "site:shop", epoch: 1, gen: 1, kver: 1 };
    const action = await keySourceOf(keys.seed).actionSigner(name);
    expect(trust).toMatchObject({
      cp: "cp:4711",
      site: "site:shop",
      home: "https://shop.acme.example",
    });
    expect(trust.keys.map(({ use, x }) => [use, x])).toEqual([
      ["action", action.x],
      ["log", keys.logKey],
      ["recovery", keys.recoveryKey],
    ]);
    expect(text).not.toContain(keys.seed);
    expect(text).toContain("sites/shop.yml");
  });
  it.each([
    [{ ...asked, site: "Shop" }, /site's id/u],
    [{ ...asked, site: "blog" }, /sites\/blog\.yml is missing/u],
    [{ ...asked, repository: "x" }, /numeric id/u],
    [{ ...asked, seed: undefined }, /COUNTERSIGN_SEED/u],
  ])("says what is missing for %o", async (wrong, message) => {
    await expect(pairByHand(folder, wrong)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(message),
    });
  });
});
