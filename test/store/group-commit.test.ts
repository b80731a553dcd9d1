import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { durable, groupCommit, writeAheadLog } from "../../src/store/group-commit.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/workflow/store-port.ts";
import { digest } from "../support/ids.ts";

/** A disk whose syncs end when the test says so. */
function slowDisk() {
  const open: PromiseWithResolvers<void>[] = [];
  const disk = {
    syncs: 0,
    datasync: () => {
      disk.syncs += 1;
      const one = Promise.withResolvers<void>();
      open.push(one);
      return one.promise;
    },
    async end(fault?: Error) {
      const one = open.shift();
      if (fault === undefined) one?.resolve();
      else one?.reject(fault);
      // What follows from it has happened.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return disk;
}
function noting(sync: () => Promise<void>) {
  const ended: string[] = [];
  return {
    ended,
    ask: (name: string) =>
      void sync().then(
        () => ended.push(name),
        () => ended.push(`${name}!`),
      ),
  };
}

describe("commits that are synced together", () => {
  it("wait for a sync that began after them, and share it", async () => {
    const disk = slowDisk();
    const { ask, ended } = noting(groupCommit(disk));
    for (const name of ["a", "b", "c"]) ask(name);
    expect(disk.syncs).toBe(1);
    await disk.end();
    // `b` and `c` came while the first one ran: it may not have seen them.
    expect({ ended, syncs: disk.syncs }).toEqual({ ended: ["a"], syncs: 2 });
    ask("d");
    await disk.end();
    expect({ ended, syncs: disk.syncs }).toEqual({ ended: ["a", "b", "c"], syncs: 3 });
    await disk.end();
    expect({ ended, syncs: disk.syncs }).toEqual({ ended: ["a", "b", "c", "d"], syncs: 3 });
    ask("e");
    await disk.end();
    expect({ ended, syncs: disk.syncs }).toEqual({ ended: ["a", "b", "c", "d", "e"], syncs: 4 });
  });
  it("are not confirmed once one sync failed, whatever the disk says later", async () => {
    const disk = slowDisk();
    const sync = groupCommit(disk);
    const { ask, ended } = noting(sync);
    for (const name of ["a", "b"]) ask(name);
    await disk.end(new Error("EIO"));
    expect({ ended, syncs: disk.syncs }).toEqual({ ended: ["a!", "b!"], syncs: 1 });
    await expect(sync()).rejects.toMatchObject({ code: "store_unusable" });
    expect(disk.syncs).toBe(1);
  });
});

describe("a store on SQLite", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-commit-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("resolves no change before it is synced, and waits for nothing where it only reads", async () => {
    const { store } = await openSqlite(":memory:", { now: () => 0 });
    let syncs = 0;
    const counted = durable(store, async () => void (syncs += 1));
    await counted.append(1, 0, { lines: ["a"] });
    expect(syncs).toBe(1);
    await counted.enqueue(1, { kind: "sweep", key: "", runAt: 0 });
    await counted.keepWebhook({ id: "x", event: "push", receivedAt: 1 });
    expect(syncs).toBe(3);
    expect(await counted.lines(1, 0)).toEqual(["a"]);
    expect(await counted.text(1, digest("none"))).toBeNull();
    expect(syncs).toBe(3);
    await expect(counted.append(1, 0, { lines: ["b"] })).rejects.toThrow("0 entries");
    await counted.close();
  });
  it("tells whoever changed something that it is not on the disk", async () => {
    const { store } = await openSqlite(":memory:", { now: () => 0 });
    const failing: Store = durable(store, () => Promise.reject(new Error("EIO")));
    await expect(failing.append(1, 0, { lines: ["a"] })).rejects.toThrow("EIO");
    await store.close();
  });
  it("has its commits in the file that is synced, from the first one on", async () => {
    const file = path.join(folder, "store.sqlite");
    const { store } = await openSqlite(file, { now: () => 0 });
    const disk = writeAheadLog(file);
    await disk.datasync();
    disk.close();
    await Promise.all(
      Array.from({ length: 50 }, (_, at) => store.append(at, 0, { lines: [String(at)] })),
    );
    await store.close();
    const again = await openSqlite(file, { now: () => 0 });
    expect(await again.store.lines(49, 0)).toEqual(["49"]);
    await again.store.close();
  });
});
