/** Two processes keep the log of one fleet: two `FleetLog`s on one store and one branch. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { treeOf, rootAt } from "../../src/audit/merkle.ts";
import type { AuditEntry } from "../../src/contract/audit-entry.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import { FleetLog } from "../../src/workflow/fleet-log.ts";
import { asOnlyWriter } from "../../src/workflow/only-writer.ts";
import type { Store } from "../../src/workflow/store-port.ts";
import { site } from "../support/ids.ts";
import { MemoryBranch } from "../support/memory-branch.ts";

const repo = 4711;
const signer = signerOf(Buffer.alloc(32, 7), "log");
const level = (cause: string): AuditEntry => ({
  at: "2026-11-24T20:00:00Z",
  by: null,
  cause,
  kind: "level",
  level: "hold",
  site: site("shop"),
});

let store: Store;
let branch: MemoryBranch;
let seconds = 1_764_014_400;
const clock = { now: () => seconds };
const open = () => FleetLog.open({ repo, store, branch, signerOf: async () => signer, clock });
beforeEach(async () => {
  store = await openSqliteStore(":memory:");
  branch = new MemoryBranch();
});
afterEach(() => store.close());

describe("two processes with one log", () => {
  it("decide on what the other one wrote, and see it without being told", async () => {
    const [one, two] = [await open(), await open()];
    await one.append(() => ({ entries: [level("a")] }));
    const sizes: number[] = [];
    await two.append((history) => {
      sizes.push(history.size);
      return { entries: [level("b")] };
    });
    expect(sizes).toEqual([1]);
    await one.readOn();
    expect(one.entries).toEqual([level("a"), level("b")]);
    expect([one.fromOthers, two.fromOthers]).toEqual([1, 1]);
    expect(one.headAt(2)).toEqual(two.headAt(2));
  });
  it("give the place to one of them where both decide at once, and the other decides anew", async () => {
    const [one, two] = [await open(), await open()];
    let meanwhile = true;
    const decided: number[] = [];
    const other = store.append.bind(store);
    store.append = async (...given) => {
      if (meanwhile) {
        meanwhile = false;
        await two.append(() => ({ entries: [level("first")] }));
      }
      return other(...given);
    };
    const index = await one.append((history) => {
      decided.push(history.size);
      return history.size === 0 ? { entries: [level("rash")] } : { entries: [level("second")] };
    });
    expect({ index, decided }).toEqual({ index: 1, decided: [0, 1] });
    expect(one.entries).toEqual([level("first"), level("second")]);
  });
  it("lose and double nothing, however they take turns", async () => {
    const logs = [await open(), await open(), await open()];
    const writes = Array.from({ length: 60 }, async (_, index) => {
      const log = logs[index % logs.length]!;
      await log.append(() => ({ entries: [level(`n${index}`)] }));
      if (index % 7 === 0) await log.flush();
    });
    await Promise.all(writes);
    await Promise.all(logs.map((log) => log.flush()));
    const lines = await store.lines(repo, 0);
    expect(new Set(lines).size).toBe(60);
    const checkpoint = branch.files.get("checkpoint") ?? "";
    expect(checkpoint.split("\n")[1]).toBe("60");
    expect(branch.files.get("tiles/000/000.jsonl")).toBe(lines.map((line) => `${line}\n`).join(""));
    for (const log of logs) {
      await log.readOn();
      expect(log.headAt(60).root).toBe(`sha256:${rootAt(treeOf(lines), 60).toString("hex")}`);
    }
  });
  it("flush what the other one has flushed a second time never", async () => {
    const [one, two] = [await open(), await open()];
    await one.append(() => ({ entries: [level("a")] }));
    await one.flush();
    await two.flush();
    expect(branch.commits.size).toBe(1);
    await two.append(() => ({ entries: [level("b")] }));
    await two.flush();
    await one.append(() => ({ entries: [level("c")] }));
    await one.flush();
    expect(branch.commits.size).toBe(3);
    expect((await open()).size).toBe(3);
  });
  it("prove to a site on the head that the other one showed it", async () => {
    const [one, two] = [await open(), await open()];
    await one.append(() => ({ entries: [level("a")] }));
    await one.flush();
    await two.append(() => ({ entries: [level("b")] }));
    await two.flush();
    const seen = two.headAt(2);
    expect(await one.agreesWith(seen)).toBe(true);
    const proof: unknown = JSON.parse(await one.proof(0, seen));
    expect(proof).toMatchObject({ from: 2, checkpoint: branch.files.get("checkpoint") });
    expect(await one.agreesWith({ size: 2, root: one.headAt(1).root })).toBe(false);
  });
  it("both take over the same branch where the store was lost", async () => {
    const log = await open();
    await log.append(() => ({ entries: [level("a"), level("b")] }));
    await log.flush();
    await store.close();
    store = await openSqliteStore(":memory:");
    const [one, two] = await Promise.all([open(), open()]);
    expect([one.size, two.size]).toEqual([2, 2]);
    expect(await store.lines(repo, 0)).toHaveLength(2);
  });
});

describe("the only writer of a branch", () => {
  it("is one at a time, and the next one once it ended or was killed", async () => {
    const facts = { repo, store, clock };
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => asOnlyWriter(facts, work)));
    expect(most).toBe(1);
    const killed = { name: "audit-branch", holder: "killed" };
    expect(await store.takeLease(repo, killed, { now: seconds, until: seconds + 10 })).toBe(true);
    const other = { name: "audit-branch", holder: "other" };
    expect(await store.takeLease(repo, other, { now: seconds, until: seconds + 10 })).toBe(false);
    expect(await store.takeLease(4712, other, { now: seconds, until: seconds + 10 })).toBe(true);
    const waiting = asOnlyWriter(facts, work);
    seconds += 10;
    await waiting;
  });
  it("gives up only its own lease, also where its work failed", async () => {
    const facts = { repo, store, clock };
    await expect(asOnlyWriter(facts, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await asOnlyWriter(facts, async () => {
      await store.endLease(repo, { name: "audit-branch", holder: "somebody else" });
      const other = { name: "audit-branch", holder: "other" };
      expect(await store.takeLease(repo, other, { now: seconds, until: seconds + 9 })).toBe(false);
    });
  });
});
