import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openPostgres } from "../../src/store/postgres.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { ClaimedJob } from "../../src/workflow/queue-port.ts";
import { queueRules } from "../../src/workflow/queue-port.ts";
import type { Job } from "../../src/workflow/store-port.ts";
import { databases, type Opened } from "../support/databases.ts";
import { digest, sha, site } from "../support/ids.ts";

const [fleet, other] = [4711, 4712];

describe.each(databases)("on %s", (_name, openKind) => {
  const kind = openKind();
  let at: Opened;
  beforeAll(() => kind.start(), 60_000);
  afterAll(() => kind.stop());
  beforeEach(async () => {
    at = await kind.open();
  });
  afterEach(() => at.close());

  const job = (key: string, inSeconds = 0): Job => ({
    kind: "review",
    key,
    runAt: at.now() + inSeconds,
  });
  async function claim(): Promise<ClaimedJob> {
    const claimed = await at.queue.claim();
    if (claimed === null) throw new Error("nothing is due");
    return claimed;
  }
  /** Long enough for the worker to be missed, and then for its job to be tried again. */
  async function workerEnds(): Promise<void> {
    await at.wait(queueRules.leaseSeconds + 4);
    await at.wait(61);
  }

  describe("the journal", () => {
    it("keeps lines in order, each fleet for itself, over a restart", async () => {
      await at.store.append(fleet, 0, { lines: ["a", "b"] });
      await at.store.append(other, 0, { lines: ["x"] });
      await at.store.append(fleet, 2, { lines: ["c"] });
      at = await at.reopen();
      expect(await at.store.lines(fleet, 0)).toEqual(["a", "b", "c"]);
      expect(await at.store.lines(fleet, 2)).toEqual(["c"]);
      expect(await at.store.lines(other, 0)).toEqual(["x"]);
    });
    it("takes a whole log at once, as a rebuild brings it", async () => {
      const lines = Array.from({ length: 25_000 }, (_, index) => String(index));
      await at.store.append(fleet, 0, { lines });
      expect(await at.store.lines(fleet, 0)).toEqual(lines);
      await expect(at.store.append(fleet, 24_999, { lines })).rejects.toThrow("24999 entries");
    });
    it("refuses a second writer and then keeps nothing of its change", async () => {
      await at.store.append(fleet, 0, { lines: ["a"] });
      const texts = new Map([[digest("t"), "text"]]);
      const late = at.store.append(fleet, 0, { lines: ["b"], texts, jobs: [job("1")] });
      await expect(late).rejects.toMatchObject({ code: "log_mismatch" });
      expect(await at.store.lines(fleet, 0)).toEqual(["a"]);
      expect(await at.store.text(fleet, digest("t"))).toBeNull();
      expect(await at.queue.claim()).toBeNull();
    });
    it("gives a place to one of many writers at once, whole, with its jobs", async () => {
      const writers = Array.from({ length: 8 }, (_, index) => {
        const [first, second] = [`${index} one`, `${index} two`];
        return at.store.append(fleet, 0, { lines: [first, second], jobs: [job(String(index))] });
      });
      const ends = await Promise.allSettled(writers);
      const [winner] = ends.flatMap(({ status }, index) => (status === "fulfilled" ? [index] : []));
      const lost = ends.filter(({ status }) => status === "rejected");
      expect(lost).toHaveLength(7);
      for (const end of lost) expect(end).toMatchObject({ reason: { code: "log_mismatch" } });
      expect(await at.store.lines(fleet, 0)).toEqual([`${winner} one`, `${winner} two`]);
      expect(await claim()).toMatchObject({ key: String(winner) });
      expect(await at.queue.claim()).toBeNull();
    });
    it("keeps a text under its digest, and how far the branch has it", async () => {
      await at.store.append(fleet, 0, { lines: [], texts: new Map([[digest("t"), "text"]]) });
      expect(await at.store.text(fleet, digest("t"))).toBe("text");
      expect(await at.store.text(other, digest("t"))).toBeNull();
      expect(await at.store.flushed(fleet)).toBeNull();
      await at.store.setFlushed(fleet, 3, sha("a"));
      await at.store.setFlushed(fleet, 5, sha("b"));
      expect(await at.store.flushed(fleet)).toEqual({ size: 5, commit: sha("b") });
    });
  });

  describe("a job", () => {
    it("is given out once while it is leased, and again when its worker ended without a word", async () => {
      await at.store.enqueue(fleet, job("1"));
      expect(await claim()).toMatchObject({ repo: fleet, kind: "review", key: "1", attempts: 1 });
      await at.wait(queueRules.leaseSeconds - 2);
      expect(await at.queue.claim()).toBeNull();
      await at.wait(6);
      await at.wait(4);
      expect(await claim()).toMatchObject({ key: "1", attempts: 2 });
    });
    it("joins what waits already at the earlier time", async () => {
      await at.store.enqueue(fleet, job("1", 500));
      await at.store.enqueue(fleet, job("1", 200));
      await at.store.enqueue(fleet, job("1", 900));
      await at.wait(199);
      expect(await at.queue.claim()).toBeNull();
      await at.wait(1);
      await at.queue.finish(await claim());
      await at.wait(1000);
      expect(await at.queue.claim()).toBeNull();
    });
    it("is one however many ask for it at once, at the earliest of their times", async () => {
      const times = [90, 20, 70, 10, 40, 60, 30, 80];
      await Promise.all(times.map((seconds) => at.store.enqueue(fleet, job("1", seconds))));
      await at.wait(9);
      expect(await at.queue.claim()).toBeNull();
      await at.wait(1);
      await at.queue.finish(await claim());
      await at.wait(100);
      expect(await at.queue.claim()).toBeNull();
    });
    it("runs again where it was asked for while it ran, not before the time asked for", async () => {
      await at.store.enqueue(fleet, job("1"));
      const first = await claim();
      await at.store.enqueue(fleet, job("1", 5));
      expect(await at.queue.claim()).toBeNull();
      await at.queue.finish(first);
      expect(await at.queue.claim()).toBeNull();
      await at.wait(5);
      const again = await claim();
      expect(again).toMatchObject({ attempts: 1 });
      await at.queue.finish(again);
      await at.wait(9000);
      expect(await at.queue.claim()).toBeNull();
    });
    it("is asked for in the transaction of what it belongs to", async () => {
      await at.store.append(fleet, 0, { lines: ["a"], jobs: [job("1"), job("2")] });
      expect([(await claim()).key, (await claim()).key].toSorted()).toEqual(["1", "2"]);
    });
    it("waits for no other where many are asked for at once, in any order", async () => {
      const keys = Array.from({ length: 30 }, (_, index) => String(index));
      const asks = [keys, keys.toReversed(), keys.slice(15).concat(keys.slice(0, 15))];
      const all = asks.map((order) =>
        at.store.append(fleet, 0, { lines: [], jobs: order.map((key) => job(key)) }),
      );
      await Promise.all(all);
      expect(await at.queue.depth()).toMatchObject({ waiting: 30 });
    });
    it("waits for others where its lane is full, in its fleet and in the next", async () => {
      await at.store.enqueue(fleet, job("1"));
      await at.wait(1);
      await at.store.enqueue(other, job("1"));
      await at.wait(1);
      await at.store.enqueue(fleet, { kind: "settle", key: "", runAt: at.now() });
      const full = [{ repo: fleet, kind: "review" as const }];
      expect(await at.queue.claim(full)).toMatchObject({ repo: other, kind: "review" });
      expect(await at.queue.claim(full)).toMatchObject({ repo: fleet, kind: "settle" });
      expect(await at.queue.claim(full)).toBeNull();
      expect(await at.queue.claim([])).toMatchObject({ repo: fleet, kind: "review" });
    });
    it("stays leased as long as it is worked on", async () => {
      await at.store.enqueue(fleet, job("1"));
      const claimed = await claim();
      for (let turn = 0; turn < 8; turn += 1) {
        await at.wait(4);
        await at.queue.renew(claimed);
        expect(await at.queue.claim()).toBeNull();
      }
      await workerEnds();
      expect(await claim()).toMatchObject({ key: "1", attempts: 2 });
    });
    it("is not settled, and not kept, by a claim that lapsed", async () => {
      await at.store.enqueue(fleet, job("1"));
      const lapsed = await claim();
      await workerEnds();
      const held = await claim();
      await at.queue.finish(lapsed);
      await at.queue.fail(lapsed, "too late");
      await at.queue.renew(lapsed);
      expect(await at.queue.depth()).toMatchObject({ running: 1 });
      await at.queue.finish(held);
      expect(await at.queue.depth()).toMatchObject({ running: 0, waiting: 0 });
    });
    it("crosses no fleet, however alike two of them are", async () => {
      for (const repo of [fleet, other]) await at.store.enqueue(repo, job("1"));
      const claims = [await claim(), await claim()];
      expect(new Set(claims.map(({ repo }) => repo))).toEqual(new Set([fleet, other]));
      await at.queue.finish(claims[0]!);
      expect(await at.queue.depth()).toMatchObject({ running: 1 });
    });
  });

  describe("a job that fails", () => {
    const failAll = async (times: number, error = "GitHub answered 502") => {
      for (let turn = 1; turn <= times; turn += 1) {
        await at.wait(61);
        const end = await at.queue.fail(await claim(), error);
        if (end.kind === "dead") return turn;
      }
      return null;
    };
    it("waits longer each time, and counts its attempts", async () => {
      await at.store.enqueue(fleet, job("1"));
      const delays: number[] = [];
      for (let attempts = 1; attempts <= 6; attempts += 1) {
        const claimed = await claim();
        expect(claimed.attempts).toBe(attempts);
        const end = await at.queue.fail(claimed, "GitHub answered 502");
        if (end.kind !== "again") throw new Error("too early");
        delays.push(end.at - at.now());
        expect(await at.queue.claim()).toBeNull();
        await at.wait(61);
      }
      for (const [index, delay] of delays.entries()) {
        expect(delay).toBeGreaterThanOrEqual(2 ** index);
        expect(delay).toBeLessThanOrEqual(Math.min(2 ** (index + 1), 60) + 1);
      }
    });
    it("is a dead letter after its last attempt, seen with its error, and runs no more", async () => {
      await at.store.enqueue(fleet, job("1"));
      expect(await failAll(20)).toBe(queueRules.attempts);
      const [letter, ...more] = await at.queue.dead();
      const attempts = queueRules.attempts;
      const error = "GitHub answered 502";
      expect(letter).toMatchObject({ repo: fleet, kind: "review", key: "1", attempts, error });
      expect(Math.abs(letter!.failedAt - at.now())).toBeLessThan(5);
      expect(more).toEqual([]);
      await at.wait(9000);
      expect(await at.queue.claim()).toBeNull();
      const depth = { waiting: 0, running: 0, dead: 1, oldestDueAt: null };
      expect(await at.queue.depth()).toEqual(depth);
    });
    it("is a dead letter, too, where it ended its worker each time", async () => {
      await at.store.enqueue(fleet, job("1"));
      for (let turn = 0; turn < queueRules.attempts; turn += 1) {
        await claim();
        await workerEnds();
      }
      expect(await at.queue.claim()).toBeNull();
      expect(await at.queue.dead()).toMatchObject([{ key: "1", error: "Its worker ended." }]);
    });
    it("gets one attempt more each time something asks for it anew, and then is done", async () => {
      await at.store.enqueue(fleet, job("1"));
      await failAll(20);
      await at.store.enqueue(fleet, job("1", 10));
      expect(await at.queue.claim()).toBeNull();
      expect(await failAll(1)).toBe(1);
      expect(await at.queue.dead()).toHaveLength(1);
      await at.store.enqueue(fleet, job("1"));
      await at.queue.finish(await claim());
      const depth = { waiting: 0, running: 0, dead: 0, oldestDueAt: null };
      expect(await at.queue.depth()).toEqual(depth);
      expect(await at.queue.dead()).toEqual([]);
    });
    it("does not keep what was asked for while it ran from running", async () => {
      await at.store.enqueue(fleet, job("1"));
      await failAll(queueRules.attempts - 1);
      await at.wait(61);
      const last = await claim();
      await at.store.enqueue(fleet, job("1"));
      expect(await at.queue.fail(last, "again")).toMatchObject({ kind: "again" });
      await at.wait(61);
      await at.queue.finish(await claim());
      await at.wait(61);
      for (let left; (left = await at.queue.claim());) await at.queue.finish(left);
      expect(await at.queue.depth()).toMatchObject({ waiting: 0, running: 0, dead: 0 });
    });
  });

  it("counts what waits, what runs, and how late the oldest due job is", async () => {
    await at.store.enqueue(fleet, job("1"));
    const due = at.now();
    await at.store.enqueue(fleet, job("2"));
    await at.store.enqueue(other, job("later", 600));
    await claim();
    await at.wait(7);
    expect(await at.queue.depth()).toEqual({ waiting: 2, running: 1, dead: 0, oldestDueAt: due });
  });

  describe("small memories", () => {
    it("know how to reach each fleet, by its newest name and installation", async () => {
      await at.store.keepFleet({ repo: other, installation: 2, owner: "acme", name: "second" });
      await at.store.keepFleet({ repo: fleet, installation: 1, owner: "acme", name: "fleet" });
      await at.store.keepFleet({ repo: fleet, installation: 3, owner: "acme", name: "renamed" });
      expect(await at.store.fleets()).toEqual([
        { repo: fleet, installation: 3, owner: "acme", name: "renamed" },
        { repo: other, installation: 2, owner: "acme", name: "second" },
      ]);
    });
    it("hold the newest log head of a site, and numbers beyond 32 bits", async () => {
      const far = 2 ** 45;
      expect(await at.store.seen(far, site("shop"))).toBeNull();
      await at.store.remember(far, site("shop"), { size: 3, root: digest("r"), at: 9 });
      await at.store.remember(far, site("shop"), { size: 5, root: digest("s"), at: far });
      const head = { size: 5, root: digest("s"), at: far };
      expect(await at.store.seen(far, site("shop"))).toEqual(head);
    });
  });
});

describe("opening", () => {
  it("refuses a database from a later version, and a file it cannot open, with a hint", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-store-"));
    const file = join(folder, "later.sqlite");
    await (await openSqliteStore(file)).close();
    const raw = new DatabaseSync(file);
    raw.exec("insert into countersign_migration values ('9999', '2030-01-01')");
    raw.close();
    await expect(openSqliteStore(file)).rejects.toMatchObject({ code: "store_unusable" });
    await expect(openSqliteStore(folder)).rejects.toMatchObject({ code: "store_unusable" });
    rmSync(folder, { recursive: true });
  });
  it("says that PostgreSQL does not answer, and shows no password", async () => {
    const url = "postgres://someone:hunter2@127.0.0.1:9/none";
    const fault = await openPostgres(url, { onError: () => {} }).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: "store_unusable" });
    expect(JSON.stringify(fault) + String(fault)).not.toContain("hunter2");
  });
});
