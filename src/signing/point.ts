/**
 * Which 32 bytes are an Ed25519 public key that verifies for one signer only (RFC 8032 §5.1).
 *
 * Libraries accept non-canonical encodings, points of small order and points outside the
 * prime-order subgroup: with such a key one signature can hold for many messages, or for one
 * verifier and not for another. Only public values pass here, so nothing is constant-time.
 */

const P = 2n ** 255n - 19n;
/** The order of the prime-order subgroup. */
const L = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const D = mod(-121_665n * power(121_666n, P - 2n));
const SQRT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** Extended coordinates (RFC 8032 §5.1.4): x = X/Z, y = Y/Z, xy = T/Z. */
interface Point {
  readonly X: bigint;
  readonly Y: bigint;
  readonly Z: bigint;
  readonly T: bigint;
}

const IDENTITY: Point = { X: 0n, Y: 1n, Z: 1n, T: 0n };

/** Both y of the points of order 8 follow from this known encoding; the other is its negative. */
const Y_OF_ORDER_8 = littleEndian(
  Buffer.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "hex"),
);

/** The y of all eight points of small order: orders 1, 2, 4 and 8. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  1n,
  P - 1n,
  0n,
  Y_OF_ORDER_8,
  P - Y_OF_ORDER_8,
]);

/** A canonical encoding of a point on the curve, of prime order: fit to be pinned. */
export function isStrongPublicKey(bytes: Uint8Array): boolean {
  if (!isCanonicalLargeOrder(bytes)) return false;
  const point = decompress(bytes);
  return point !== undefined && isIdentity(multiply(point, L));
}

/**
 * For a signature's R: a canonical encoding, not of small order. Whether it is on the curve needs
 * no check here: verification compares the bytes with those of a computed point.
 */
export function isCanonicalLargeOrder(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const y = encodedY(bytes);
  return y < P && !SMALL_ORDER_Y.has(y);
}

/** For a signature's S: below the group's order, or a second signature would hold too. */
export function isReducedScalar(bytes: Uint8Array): boolean {
  return bytes.length === 32 && littleEndian(bytes) < L;
}

/** The point that `y` and the sign of x encode; `undefined` where no x fits (RFC 8032 §5.1.3). */
function decompress(bytes: Uint8Array): Point | undefined {
  const y = encodedY(bytes);
  const x = squareRootOfRatio(mod(y * y - 1n), mod(D * y * y + 1n));
  if (x === undefined) return undefined;
  const sign = littleEndian(bytes) >> 255n;
  const X = (x & 1n) === sign ? x : P - x;
  return { X, Y: y, Z: 1n, T: mod(X * y) };
}

/** x with v·x² = u, or `undefined`. */
function squareRootOfRatio(u: bigint, v: bigint): bigint | undefined {
  const v3 = mod(v * v * v);
  const v7 = mod(v3 * v3 * v);
  const x = mod(u * v3 * power(mod(u * v7), (P - 5n) / 8n));
  const check = mod(v * x * x);
  if (check === u) return x;
  return check === mod(-u) ? mod(x * SQRT_OF_MINUS_ONE) : undefined;
}

/** Double and add; the addition formula is complete, so no case is special. */
function multiply(point: Point, scalar: bigint): Point {
  let result = IDENTITY;
  for (const bit of scalar.toString(2)) {
    result = add(result, result);
    if (bit === "1") result = add(result, point);
  }
  return result;
}

function add(one: Point, other: Point): Point {
  const a = mod((one.Y - one.X) * (other.Y - other.X));
  const b = mod((one.Y + one.X) * (other.Y + other.X));
  const c = mod(2n * D * one.T * other.T);
  const d = mod(2n * one.Z * other.Z);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return { X: mod(e * f), Y: mod(g * h), Z: mod(f * g), T: mod(e * h) };
}

function isIdentity(point: Point): boolean {
  return point.X === 0n && point.Y === point.Z;
}

function encodedY(bytes: Uint8Array): bigint {
  return littleEndian(bytes) & (2n ** 255n - 1n);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString("hex")}`);
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
