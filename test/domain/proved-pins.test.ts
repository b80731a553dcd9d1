import { beforeEach, describe, expect, it } from "vitest";
import { type History, startHistory } from "../../src/domain/history.ts";
import { isProved, pinOf, unmergedKeys } from "../../src/domain/proved-pins.ts";
import * as e from "../support/entries.ts";
import { site } from "../support/ids.ts";

let history: History;
beforeEach(() => {
  const reader = startHistory();
  for (const entry of [
    e.bootstrapped(),
    e.pairingOpened("shop"),
    e.pairingReceived("shop"),
    e.pairingProved("shop"),
    e.pairingProved("shop", { epoch: 2 }),
    e.pairing("shop", 1),
  ]) {
    reader.read(entry);
  }
  history = reader.history;
});
const shop = site("shop");

describe("isProved", () => {
  it("holds for exactly the key, the epoch and the place in the log", () => {
    const pin = pinOf(history.proved.get(shop)![0]!);
    expect(pin).toMatchObject({ epoch: 1, since: 3 });
    expect(isProved(history, shop, pin)).toBe(true);
    const other = { ...pin.key, x: e.pairingProved("shop", { epoch: 2 }).key };
    for (const wrong of [
      { ...pin, epoch: 2 },
      { ...pin, since: 4 },
      { ...pin, key: { ...other, x: `${"B".repeat(42)}A` as typeof other.x } },
    ]) {
      expect(isProved(history, shop, wrong)).toBe(false);
    }
    expect(isProved(history, site("blog"), pin)).toBe(false);
  });
});

describe("unmergedKeys", () => {
  it("are the newest of each site above what is in force", () => {
    expect(unmergedKeys(history).get(shop)?.entry.epoch).toBe(2);
    const reader = startHistory();
    reader.read(e.pairingProved("shop"));
    expect(unmergedKeys(reader.history).get(shop)?.index).toBe(0);
    reader.read(e.pairing("shop", 1));
    expect(unmergedKeys(reader.history).size).toBe(0);
  });
});

describe("a window in the history", () => {
  it("is used by its first pairing, and a later window takes its place", () => {
    const reader = startHistory();
    reader.read(e.pairingReceived("shop"));
    expect(reader.history.windows.size).toBe(0);
    reader.read(e.pairingOpened("shop"));
    expect(reader.history.windows.get(shop)?.received).toBeNull();
    const first = e.pairingReceived("shop");
    reader.read(first);
    reader.read(e.pairingReceived("shop"));
    expect(reader.history.windows.get(shop)?.received).toBe(first);
    reader.read(e.pairingOpened("shop", { epoch: 2 }));
    expect(reader.history.windows.get(shop)).toMatchObject({
      opened: { epoch: 2 },
      received: null,
    });
  });
});
