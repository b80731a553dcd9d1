import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { Job, Store } from "../../src/workflow/store-port.ts";
import { digest, sha, site } from "../support/ids.ts";

const [fleet, other] = [4711, 4712];
const job = (key: string, runAt = 100): Job => ({ kind: "review", key, runAt });

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "countersign-store-"));
  store = await openSqliteStore(join(folder, "data", "countersign.sqlite"));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

describe("the journal", () => {
  it("keeps lines in order, each fleet for itself, over a restart", async () => {
    await store.append(fleet, 0, { lines: ["a", "b"] });
    await store.append(other, 0, { lines: ["x"] });
    await store.append(fleet, 2, { lines: ["c"] });
    await store.close();
    store = await openSqliteStore(join(folder, "data", "countersign.sqlite"));
    expect(await store.lines(fleet, 0)).toEqual(["a", "b", "c"]);
    expect(await store.lines(fleet, 2)).toEqual(["c"]);
    expect(await store.lines(other, 0)).toEqual(["x"]);
  });
  it("refuses a second writer and then keeps nothing of its change", async () => {
    await store.append(fleet, 0, { lines: ["a"] });
    const texts = new Map([[digest("t"), "text"]]);
    const late = store.append(fleet, 0, { lines: ["b"], texts, jobs: [job("1")] });
    await expect(late).rejects.toMatchObject({ code: "log_mismatch" });
    expect(await store.lines(fleet, 0)).toEqual(["a"]);
    expect(await store.text(fleet, digest("t"))).toBeNull();
    expect(await store.claim(1000, 2000)).toBeNull();
  });
  it("keeps a text under its digest, and how far the branch has it", async () => {
    await store.append(fleet, 0, { lines: [], texts: new Map([[digest("t"), "text"]]) });
    expect(await store.text(fleet, digest("t"))).toBe("text");
    expect(await store.text(other, digest("t"))).toBeNull();
    expect(await store.flushed(fleet)).toBeNull();
    await store.setFlushed(fleet, 3, sha("a"));
    await store.setFlushed(fleet, 5, sha("b"));
    expect(await store.flushed(fleet)).toEqual({ size: 5, commit: sha("b") });
  });
});

describe("jobs", () => {
  it("gives the same work out once while it is leased, and again when the lease is over", async () => {
    await store.enqueue(fleet, job("1"));
    const claimed = await store.claim(100, 160);
    expect(claimed).toMatchObject({ repo: fleet, kind: "review", key: "1", attempts: 1 });
    expect(await store.claim(159, 300)).toBeNull();
    expect(await store.claim(160, 300)).toMatchObject({ key: "1", attempts: 2 });
  });
  it("joins what waits already at the earlier time", async () => {
    await store.enqueue(fleet, job("1", 500));
    await store.enqueue(fleet, job("1", 200));
    await store.enqueue(fleet, job("1", 900));
    expect(await store.claim(199, 300)).toBeNull();
    expect(await store.claim(200, 300)).toMatchObject({ key: "1" });
  });
  it("runs again what was asked for while it ran, not before the time asked for", async () => {
    await store.enqueue(fleet, job("1", 100));
    const claimed = await store.claim(100, 160);
    await store.enqueue(fleet, job("1", 130));
    await store.finish(claimed!);
    expect(await store.claim(129, 300)).toBeNull();
    const again = await store.claim(130, 300);
    expect(again).toMatchObject({ attempts: 1 });
    await store.finish(again!);
    expect(await store.claim(9000, 9999)).toBeNull();
  });
  it("waits after a fault until the time given, and counts the attempts", async () => {
    await store.enqueue(fleet, job("1"));
    await store.release((await store.claim(100, 160))!, 140, "GitHub answered 502");
    expect(await store.claim(139, 300)).toBeNull();
    expect(await store.claim(140, 300)).toMatchObject({ attempts: 2 });
  });
  it("lets the jobs of a full lane wait for others, of its fleet and of the next", async () => {
    await store.enqueue(fleet, job("1", 10));
    await store.enqueue(fleet, { kind: "settle", key: "", runAt: 30 });
    await store.enqueue(other, job("1", 20));
    const full = [{ repo: fleet, kind: "review" as const }];
    expect(await store.claim(100, 160, full)).toMatchObject({ repo: other, kind: "review" });
    expect(await store.claim(100, 160, full)).toMatchObject({ repo: fleet, kind: "settle" });
    expect(await store.claim(100, 160, full)).toBeNull();
    expect(await store.claim(100, 160, [])).toMatchObject({ repo: fleet, kind: "review" });
  });
  it("leases on what is still worked on", async () => {
    await store.enqueue(fleet, job("1"));
    const claimed = await store.claim(100, 160);
    await store.renew(claimed!, 300);
    expect(await store.claim(299, 400)).toBeNull();
    expect(await store.claim(300, 400)).toMatchObject({ key: "1" });
  });
  it("keeps the jobs of two fleets apart, oldest first", async () => {
    await store.enqueue(fleet, job("1", 20));
    await store.enqueue(other, job("1", 10));
    expect(await store.claim(100, 160)).toMatchObject({ repo: other });
    expect(await store.claim(100, 160)).toMatchObject({ repo: fleet });
  });
});

describe("small memories", () => {
  it("knows how to reach each fleet, by its newest name and installation", async () => {
    await store.keepFleet({ repo: other, installation: 2, owner: "acme", name: "second" });
    await store.keepFleet({ repo: fleet, installation: 1, owner: "acme", name: "fleet" });
    await store.keepFleet({ repo: fleet, installation: 3, owner: "acme", name: "renamed" });
    expect(await store.fleets()).toEqual([
      { repo: fleet, installation: 3, owner: "acme", name: "renamed" },
      { repo: other, installation: 2, owner: "acme", name: "second" },
    ]);
  });
  it("remembers the newest log head of a site", async () => {
    expect(await store.seen(fleet, site("shop"))).toBeNull();
    await store.remember(fleet, site("shop"), { size: 3, root: digest("r"), at: 9 });
    await store.remember(fleet, site("shop"), { size: 5, root: digest("s"), at: 10 });
    expect(await store.seen(fleet, site("shop"))).toEqual({ size: 5, root: digest("s"), at: 10 });
  });
});

describe("opening", () => {
  it("refuses a database from a later version, and a file it cannot open, with a hint", async () => {
    const file = join(folder, "later.sqlite");
    const raw = new DatabaseSync(file);
    raw.exec(
      "create table schema_version (version integer); insert into schema_version values (99)",
    );
    raw.close();
    await expect(openSqliteStore(file)).rejects.toMatchObject({ code: "store_unusable" });
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "store_unusable" });
  });
});
