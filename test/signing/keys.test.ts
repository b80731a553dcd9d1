import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { deriveKey, pairingKeyInfo } from "../../src/signing/derive.ts";
import { isSuccessor } from "../../src/signing/keyset.ts";
import { keySourceOf } from "../../src/signing/key-source.ts";
import { signatureHolds } from "../../src/signing/signature.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { kidOf } from "../../src/signing/thumbprint.ts";
import { CP, seedOf, SITE } from "./world.ts";

const SEED = Buffer.alloc(32, 7);
const keys = keySourceOf(SEED.toString("base64url"));
const name = { cp: CP, site: SITE, epoch: 1, gen: 1, kver: 1 };
const withCode = (code: ErrorCode) => expect.objectContaining({ code });

describe("keySourceOf", () => {
  it("derives the same keys from the same seed, as a second implementation does", async () => {
    const { createHmac } = await import("node:crypto");
    const hmac = (key: Uint8Array, data: Uint8Array) =>
      createHmac("sha256", key).update(data).digest();
    // RFC 5869 with an empty salt, for one block of output.
    const hkdf = (secret: Uint8Array, info: string) =>
      hmac(hmac(Buffer.alloc(32), secret), Buffer.concat([Buffer.from(info), Buffer.of(1)]));

    const action = await keys.actionSigner(name);
    const info = '["countersign action v1","cp:4217","site:acme-shop",1,1,1]';
    expect(action.x).toBe(signerOf(hkdf(SEED, info)).x);
    const log = await keys.logSigner({ cp: CP, gen: 2 });
    expect(log.x).toBe(signerOf(hkdf(SEED, '["countersign log v1","cp:4217",2]')).x);
    const secret = Buffer.alloc(16, 1);
    expect(deriveKey(secret, pairingKeyInfo(SITE))).toEqual(
      hkdf(secret, '["countersign pairing v1","site:acme-shop"]'),
    );
  });
  it("gives another key for another site, epoch, generation, version, repository or seed", async () => {
    const others = [
      name,
      { ...name, site: "site:acme-blog" },
      { ...name, cp: "cp:4218" },
      { ...name, epoch: 2 },
      { ...name, gen: 2 },
      { ...name, kver: 2 },
    ];
    const signers = await Promise.all(others.map((other) => keys.actionSigner(other)));
    signers.push(
      await keys.logSigner({ cp: CP, gen: 1 }),
      await keys.logSigner({ cp: CP, gen: 2 }),
    );
    const stranger = keySourceOf(seedOf("another seed").toString("base64url"));
    signers.push(await stranger.actionSigner(name));
    expect(new Set(signers.map(({ x }) => x)).size).toBe(9);
    expect(new Set(signers.map(({ kid }) => kid)).size).toBe(9);
  });
  it("remembers signers without mixing them up, however many there are", async () => {
    const [first] = await Promise.all([
      keys.actionSigner(name),
      keys.logSigner({ cp: CP, gen: 1 }),
    ]);
    expect(await keys.actionSigner({ ...name })).toBe(first);
    for (let epoch = 1; epoch <= 8200; epoch += 1) await keys.actionSigner({ ...name, epoch });
    expect((await keys.actionSigner(name)).x).toBe(first.x);
  });
  it("shows neither the seed nor a private key", async () => {
    const shown = JSON.stringify([keys, await keys.actionSigner(name)]);
    expect(shown).not.toContain(SEED.toString("base64url"));
    expect(Object.keys(await keys.actionSigner(name)).toSorted()).toEqual([
      "kid",
      "sign",
      "use",
      "x",
    ]);
  });
  it.each(["", "short", SEED.toString("base64"), `${SEED.toString("base64url")}=`, "A".repeat(44)])(
    "refuses %j as a seed",
    (seed) => {
      expect(() => keySourceOf(seed)).toThrow(withCode("seed_invalid"));
    },
  );
});

describe("signerOf", () => {
  it("signs as RFC 8032 §7.1 says (test 1)", async () => {
    const secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const signer = signerOf(Buffer.from(secret, "hex"));
    expect(Buffer.from(signer.x, "base64url").toString("hex")).toBe(
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    );
    const signature = await signer.sign(Buffer.alloc(0));
    expect(Buffer.from(signature).toString("hex")).toBe(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac" +
        "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    );
    expect(signatureHolds(signer.x, Buffer.alloc(0), signature)).toBe(true);
  });
  it("names its key by the thumbprint of RFC 8037 appendix A.3", () => {
    const x = signerOf(
      Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex"),
    ).x;
    expect(kidOf(x)).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".slice(0, 22));
  });
  it.each([0, 31, 33])("refuses %i bytes", (length) => {
    expect(() => signerOf(Buffer.alloc(length))).toThrow(withCode("key_invalid"));
  });
});

describe("isSuccessor", () => {
  const pinned = { gen: 3, kver: 5 };
  it.each([
    { gen: 3, kver: 6 },
    { gen: 4, kver: 1 },
  ])("accepts %o after generation 3, version 5", (set) => {
    expect(isSuccessor(set, pinned)).toBe(true);
  });
  it.each([
    { gen: 3, kver: 5 },
    { gen: 3, kver: 4 },
    { gen: 3, kver: 7 },
    { gen: 4, kver: 6 },
    { gen: 4, kver: 2 },
    { gen: 5, kver: 1 },
    { gen: 3, kver: 1 },
    { gen: 2, kver: 6 },
  ])("refuses %o", (set) => {
    expect(isSuccessor(set, pinned)).toBe(false);
  });
});
