import { verify as verifyWithNode, createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { decodeBase64url, encodeBase64url } from "../../src/signing/base64url.ts";
import {
  isCanonicalLargeOrder,
  isReducedScalar,
  isStrongPublicKey,
} from "../../src/signing/point.ts";
import { isBytes32 } from "../../src/signing/public-key.ts";
import { signatureHolds } from "../../src/signing/signature.ts";
import * as curve from "./curve.ts";
import { action, seedOf, signer, siteKey } from "./world.ts";

const message = Buffer.from("a message");
const small = curve.smallOrderPoints();
const honest = decodeBase64url(action.x)!;
const scalar = curve.secretScalar(seedOf("action key"));
const honestPoint = curve.times(curve.BASE, scalar);

function x(bytes: Uint8Array) {
  const text = encodeBase64url(bytes);
  if (!isBytes32(text)) throw new Error("not 32 bytes");
  return text;
}

describe("the curve that these tests write a second time", () => {
  it("agrees with Node about a public key and a signature", () => {
    expect(curve.encode(honestPoint)).toEqual(honest);
    const R = curve.encode(curve.times(curve.BASE, 5n));
    const signature = curve.signWith(message, { scalar, publicKey: honest, R, nonce: 5n });
    expect(signatureHolds(action.x, message, signature)).toBe(true);
  });
  it("finds eight different points of small order", () => {
    expect(new Set(small.map((point) => curve.encode(point).toString("hex"))).size).toBe(8);
  });
});

describe("isStrongPublicKey", () => {
  it.each(["a", "b", "c", "d", "e", "f"])("accepts an honest key (%s)", (name) => {
    expect(isStrongPublicKey(decodeBase64url(signer(name).x)!)).toBe(true);
  });
  it.each(small.map((point) => curve.encode(point)))("refuses small order: %#", (bytes) => {
    expect(isStrongPublicKey(bytes)).toBe(false);
  });
  it.each(small.slice(1))(
    "refuses an honest key moved by a point of small order: %#",
    (...point) => {
      expect(isStrongPublicKey(curve.encode(curve.add(honestPoint, point)))).toBe(false);
    },
  );
  it.each(Array.from({ length: 19 }, (_, y) => BigInt(y)))(
    "refuses the second spelling y + p of y = %s, with either sign",
    (y) => {
      expect(isStrongPublicKey(curve.littleEndian(curve.P + y))).toBe(false);
      expect(isStrongPublicKey(curve.littleEndian(curve.P + y + 2n ** 255n))).toBe(false);
    },
  );
  it.each([1n, curve.P - 1n])("refuses the sign of x = 0 at y = %s", (y) => {
    expect(isStrongPublicKey(curve.littleEndian(y + 2n ** 255n))).toBe(false);
  });
  it("refuses a y that is on no point, and accepts its neighbours only by their order", () => {
    const offCurve = [2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].filter((y) => curve.xOf(y) === undefined);
    expect(offCurve.length).toBeGreaterThan(0);
    for (const y of offCurve) expect(isStrongPublicKey(curve.littleEndian(y))).toBe(false);
  });
  it.each([0, 31, 33, 64])("refuses %i bytes", (length) => {
    expect(isStrongPublicKey(Buffer.alloc(length, 9))).toBe(false);
  });
});

describe("isCanonicalLargeOrder and isReducedScalar", () => {
  it("draws the line for S exactly at the group's order", () => {
    expect(isReducedScalar(curve.littleEndian(curve.L - 1n))).toBe(true);
    expect(isReducedScalar(curve.littleEndian(curve.L))).toBe(false);
    expect(isReducedScalar(Buffer.alloc(31))).toBe(false);
  });
  it("draws the line for R exactly at the field's prime and the small orders", () => {
    expect(isCanonicalLargeOrder(curve.littleEndian(2n))).toBe(true);
    expect(isCanonicalLargeOrder(curve.littleEndian(curve.P - 2n))).toBe(true);
    expect(isCanonicalLargeOrder(curve.littleEndian(curve.P))).toBe(false);
    expect(isCanonicalLargeOrder(Buffer.alloc(33, 2))).toBe(false);
    for (const point of small) expect(isCanonicalLargeOrder(curve.encode(point))).toBe(false);
  });
});

describe("signatureHolds", () => {
  it("holds for the signer's message and for no other key, message or length", async () => {
    const signature = await action.sign(message);
    expect(signatureHolds(action.x, message, signature)).toBe(true);
    expect(signatureHolds(siteKey.x, message, signature)).toBe(false);
    expect(signatureHolds(action.x, Buffer.from("another"), signature)).toBe(false);
    expect(signatureHolds(action.x, message, signature.subarray(0, 63))).toBe(false);
  });
  it("refuses the second spelling of S", async () => {
    const signature = curve.withLargerS(await action.sign(message));
    expect(signatureHolds(action.x, message, signature)).toBe(false);
  });
  it("refuses an R of small order for which the equation holds", () => {
    const R = curve.encode(curve.IDENTITY);
    const signature = curve.signWith(message, { scalar, publicKey: honest, R, nonce: 0n });
    expect(curve.holdsWithIdentityR(message, { key: honestPoint, signature })).toBe(true);
    expect(signatureHolds(action.x, message, signature)).toBe(false);
  });
  it("refuses a key of mixed order with a signature that Node accepts", () => {
    const publicKey = curve.encode(curve.add(honestPoint, small[1]!));
    const key = createPublicKey({
      format: "jwk",
      key: { crv: "Ed25519", kty: "OKP", x: x(publicKey) },
    });
    const R = curve.encode(curve.times(curve.BASE, 5n));
    const accepted = Array.from({ length: 100 }, (_, index) => Buffer.from(`message ${index}`))
      .map((text) => ({
        text,
        signature: curve.signWith(text, { scalar, publicKey, R, nonce: 5n }),
      }))
      .find(({ text, signature }) => verifyWithNode(null, text, key, signature));
    expect(accepted).toBeDefined();
    expect(signatureHolds(x(publicKey), accepted!.text, accepted!.signature)).toBe(false);
  });
});
