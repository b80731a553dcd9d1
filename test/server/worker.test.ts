import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openInbox } from "../../src/server/inbox.ts";
import { startWorker, type Worker } from "../../src/server/worker.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { ClaimedJob, Queue } from "../../src/workflow/queue-port.ts";
import type { Store } from "../../src/workflow/store-port.ts";

const log = pino({ level: "silent" });
let store: Store;
let queue: Queue;
let worker: Worker | undefined;
const clock = { now: () => Math.floor(Date.now() / 1000) };
beforeEach(async () => {
  ({ store, queue } = await openSqlite(":memory:", clock));
});
afterEach(async () => {
  await worker?.stop();
  worker = undefined;
  await store.close();
});
const work = (run: (job: ClaimedJob) => Promise<void>) => {
  worker = startWorker({ queue, log, run });
  return worker;
};
const enqueue = (repo: number, key: string, kind: "review" | "deliver" = "review") =>
  store.enqueue(repo, { kind, key, runAt: 0 });

describe("the worker", () => {
  it("does each job once, and again what failed", async () => {
    const seen: string[] = [];
    await enqueue(1, "a");
    await enqueue(1, "b");
    work(async ({ key, attempts }) => {
      seen.push(`${key}${attempts}`);
      if (key === "a" && attempts === 1) throw new Error("once");
    });
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(["a1", "a2", "b1"]), 8000);
    expect(await queue.claim()).toBeNull();
  });
  it("lets no fleet, and no kind of job, keep the others waiting", async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (let at = 0; at < 40; at += 1) await enqueue(1, `slow ${at}`, "deliver");
    await enqueue(1, "own");
    await enqueue(2, "other", "deliver");
    const seen: string[] = [];
    work(async ({ key }) => {
      seen.push(key);
      if (key.startsWith("slow")) await blocked;
    });
    await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining(["own", "other"])), 4000);
    expect(seen.filter((key) => key.startsWith("slow"))).toHaveLength(4);
    release();
    await vi.waitFor(() => expect(seen).toHaveLength(42), 8000);
  });
  it("keeps the lease of a job as long as it takes, so that nobody does it twice", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const renewed = vi.spyOn(queue, "renew");
    let release = () => {};
    await enqueue(1, "long");
    work(() => new Promise<void>((resolve) => (release = resolve)));
    await vi.waitFor(() => expect(release).not.toBe(undefined), 2000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    vi.advanceTimersByTime(30_000);
    expect(renewed.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect(renewed.mock.calls[0]?.[0]).toMatchObject({ key: "long", attempts: 1 });
    release();
    vi.useRealTimers();
  });
  it("ends after the running jobs and takes no new one", async () => {
    let ended = false;
    await enqueue(1, "a");
    const started = work(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      ended = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    await started.stop();
    expect(ended).toBe(true);
    await enqueue(1, "b");
    started.wake();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await queue.claim()).toMatchObject({ key: "b" });
  });
});

describe("the inbox", () => {
  const repository = { id: 1, name: "fleet", owner: { login: "acme" }, default_branch: "main" };
  const payload = { repository, installation: { id: 5 } };
  const jobs = async () => {
    const found: string[] = [];
    for (let job; (job = await queue.claim());) found.push(`${job.repo} ${job.kind} ${job.key}`);
    return found.toSorted();
  };
  const open = () => openInbox({ store, clock, wake: () => {} });

  it("makes one durable job of a hint, however often it comes", async () => {
    const inbox = open();
    for (const _again of [1, 2, 3]) {
      await inbox.proposed(payload, 7);
      await inbox.merged(payload);
      await inbox.pushed({ ...payload, ref: "refs/heads/main" });
    }
    expect(await jobs()).toEqual(["1 review 7", "1 settle ", "1 sweep "]);
    expect(await store.fleets()).toEqual([
      { repo: 1, installation: 5, owner: "acme", name: "fleet" },
    ]);
  });
  it("does nothing for what names no installation, and for pushes elsewhere", async () => {
    const inbox = open();
    await inbox.proposed({ repository }, 7);
    await inbox.pushed({ ...payload, ref: "refs/heads/change" });
    await inbox.pushed({ ...payload, ref: "refs/heads/main/x" });
    expect(await jobs()).toEqual([]);
    expect(await store.fleets()).toEqual([]);
  });
  it("sweeps the fleets of an organisation whose roles changed, and no other", async () => {
    const inbox = open();
    await inbox.installed(5, [{ id: 1, full_name: "acme/fleet" }]);
    await inbox.installed(6, [{ id: 2, full_name: "other/fleet" }]);
    for (let job; (job = await queue.claim());) await queue.finish(job);
    await inbox.rolesChanged("ACME");
    expect(await jobs()).toEqual(["1 sweep "]);
  });
});
