/**
 * A clock that a test moves, for its own process and for every program that is started with this
 * file: `COUNTERSIGN_TEST_SHIFT` says by how many seconds it is ahead.
 */
const RealDate = Date;
const shift = () => Number(process.env["COUNTERSIGN_TEST_SHIFT"] ?? 0) * 1000;

class ShiftedDate extends RealDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(RealDate.now() + shift());
    else super(...(given as [number]));
  }
  static override now(): number {
    return RealDate.now() + shift();
  }
}
globalThis.Date = ShiftedDate as DateConstructor;
