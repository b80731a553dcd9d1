import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PackageLock } from "../../src/contract/package-lock.ts";
import type { PackageReading } from "../../src/contract/package-reading.ts";
import { Confirmed, type Question } from "../../src/wordpress/confirmed.ts";
import { digest } from "../support/ids.ts";
import { id, templateAt } from "./package-world.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const lock = PackageLock.parse({
  source: "test",
  url: "https://packages.example/odd.zip",
  sha256: digest("odd"),
  bytes: 10,
  releasedAt: "2026-11-01T10:00:00Z",
});
const claim = { url: lock.url, sha256: lock.sha256 };
const question: Question = {
  id: id("plugins/odd@1.0"),
  source: templateAt("https://packages.example"),
  claim,
};
const found: PackageReading = { kind: "found", found: { lock, headerVersion: "1.0" } };
const otherBytes: PackageReading = {
  kind: "found",
  found: { lock: { ...lock, sha256: digest("other") }, headerVersion: "1.0" },
};
const elsewhere: PackageReading = {
  kind: "found",
  found: { lock: { ...lock, url: "https://packages.example/else.zip" }, headerVersion: "1.0" },
};
const gone: PackageReading = { kind: "unreachable", why: "gone" };

/** How often the source is asked in two looks, so many seconds apart. */
async function asksIn(seconds: number, reading: PackageReading, asked = question): Promise<number> {
  const confirmed = new Confirmed();
  const read = vi.fn(async () => reading);
  await confirmed.get(asked, read);
  vi.advanceTimersByTime(seconds * 1000);
  expect(await confirmed.get(asked, read)).toBe(reading);
  return read.mock.calls.length;
}

describe("what is remembered of a package", () => {
  it("stays where the bytes are at the address and as the lock claims", async () => {
    expect(await asksIn(1_000_000, found)).toBe(1);
  });
  it.each([
    ["other bytes", otherBytes],
    ["another address", elsewhere],
    ["no answer", gone],
  ])("is asked again after a minute, and no sooner, for %s", async (_what, reading) => {
    expect(await asksIn(59, reading)).toBe(1);
    expect(await asksIn(61, reading)).toBe(2);
  });
  it("is nothing where nothing is claimed", async () => {
    expect(await asksIn(0, found, { ...question, claim: null })).toBe(2);
  });
  it("is bounded", async () => {
    const confirmed = new Confirmed();
    const read = vi.fn(async () => found);
    for (let n = 0; n <= 2000; n += 1) {
      await confirmed.get({ ...question, claim: { ...claim, url: `${lock.url}?${n}` } }, read);
    }
    await confirmed.get({ ...question, claim: { ...claim, url: `${lock.url}?0` } }, read);
    expect(read.mock.calls.length).toBe(2002);
  });
});
