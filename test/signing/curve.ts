/**
 * Ed25519 written a second time, plainly, in affine coordinates: the tests need what libraries
 * never make, such as points of small or mixed order and signatures with a chosen R.
 */
import { createHash } from "node:crypto";

export const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;
export type Point = readonly [x: bigint, y: bigint];

const mod = (value: bigint, by = P): bigint => ((value % by) + by) % by;

export function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power(base, exponent / 2n);
  return exponent % 2n === 0n ? mod(half * half) : mod(mod(half * half) * base);
}

const inverse = (value: bigint): bigint => power(mod(value), P - 2n);
const D = mod(-121665n * inverse(121666n));

/** A square root, or `undefined`. */
export function root(square: bigint): bigint | undefined {
  const candidates = [power(square, (P + 3n) / 8n)];
  candidates.push(mod(candidates[0]! * power(2n, (P - 1n) / 4n)));
  return candidates.find((value) => mod(value * value) === mod(square));
}

export function xOf(y: bigint): bigint | undefined {
  return root(mod((y * y - 1n) * inverse(D * y * y + 1n)));
}

export const IDENTITY: Point = [0n, 1n];
const BASE_Y = mod(4n * inverse(5n));
const BASE_X = xOf(BASE_Y)!;
export const BASE: Point = [BASE_X % 2n === 0n ? BASE_X : P - BASE_X, BASE_Y];

export function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const product = mod(D * x1 * x2 * y1 * y2);
  return [
    mod((x1 * y2 + x2 * y1) * inverse(1n + product)),
    mod((y1 * y2 + x1 * x2) * inverse(1n - product)),
  ];
}

export function times(point: Point, scalar: bigint): Point {
  if (scalar === 0n) return IDENTITY;
  const half = times(point, scalar / 2n);
  const whole = add(half, half);
  return scalar % 2n === 0n ? whole : add(whole, point);
}

export function encode([x, y]: Point): Buffer {
  return littleEndian(y | ((x & 1n) << 255n));
}

export function littleEndian(value: bigint): Buffer {
  return Buffer.from(Buffer.from(value.toString(16).padStart(64, "0"), "hex").toReversed());
}

/** The eight points whose order divides 8: multiples of L times a point that has all factors. */
export function smallOrderPoints(): Point[] {
  for (let y = 2n; ; y += 1n) {
    const x = xOf(y);
    if (x === undefined) continue;
    const point = times([x, y], L);
    if (encode(times(point, 4n)).equals(encode(IDENTITY))) continue;
    return Array.from({ length: 8 }, (_, index) => times(point, BigInt(index)));
  }
}

const hash = (...parts: Uint8Array[]): Buffer =>
  createHash("sha512").update(Buffer.concat(parts)).digest();
const number = (bytes: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);

export function secretScalar(seed: Uint8Array): bigint {
  const half = hash(seed).subarray(0, 32);
  half[0]! &= 248;
  half[31]! &= 63;
  half[31]! |= 64;
  return number(half);
}

/** A signature with any public key bytes and any R; `nonce` is R's discrete logarithm. */
export function signWith(
  message: Uint8Array,
  { scalar, publicKey, R, nonce }: { scalar: bigint; publicKey: Buffer; R: Buffer; nonce: bigint },
): Buffer {
  const challenge = mod(number(hash(R, publicKey, message)), L);
  return Buffer.concat([R, littleEndian(mod(nonce + challenge * scalar, L))]);
}

/** The same signature with S + L: another spelling, which careless verifiers accept. */
export function withLargerS(signature: Uint8Array): Buffer {
  return Buffer.concat([
    signature.subarray(0, 32),
    littleEndian(number(signature.subarray(32)) + L),
  ]);
}

/** The group equation S·B = R + k·A alone, for an R that is the identity. */
export function holdsWithIdentityR(
  message: Uint8Array,
  { key, signature }: { key: Point; signature: Uint8Array },
): boolean {
  const [R, S] = [signature.subarray(0, 32), number(signature.subarray(32))];
  const challenge = mod(number(hash(R, encode(key), message)), L);
  return encode(times(BASE, S)).equals(encode(times(key, challenge)));
}
