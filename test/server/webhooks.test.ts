import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeQueue, readQueue } from "../../src/cli/queue.ts";
import { type HealthFacts, readHealth } from "../../src/server/health.ts";
import { openMetrics } from "../../src/server/metrics.ts";
import {
  forgetWebhooksBefore,
  openWebhookDoor,
  type WebhookResult,
} from "../../src/server/webhooks.ts";
import { openSqlite } from "../../src/store/sqlite.ts";
import type { Database } from "../../src/store/database.ts";

const secret = "s".repeat(32);
const sign = (text: string, by = secret) =>
  `sha256=${createHmac("sha256", by).update(text).digest("hex")}`;

let seconds = 1_764_014_400;
const clock = { now: () => seconds };
const said: Record<string, unknown>[] = [];
const log = pino({ level: "info" }, { write: (line: string) => void said.push(JSON.parse(line)) });
const received: string[] = [];
let counted: WebhookResult[] = [];
let database: Database;
let server: Server;
let url: string;
let receive: (id: string) => Promise<void>;

beforeEach(async () => {
  seconds = 1_764_014_400;
  received.length = said.length = 0;
  counted = [];
  receive = async (id) => void received.push(id);
  database = await openSqlite(":memory:", clock);
  const door = openWebhookDoor({
    path: "/hooks",
    store: database.store,
    clock,
    log,
    count: (result) => counted.push(result),
    verify: async (payload, signature) => {
      const [right, given] = [Buffer.from(sign(payload)), Buffer.from(signature)];
      return right.length === given.length && timingSafeEqual(right, given);
    },
    receive: ({ id }) => receive(id),
  });
  server = createServer((request, response) => {
    if (!door(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/hooks`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await database.store.close();
});

const post = (id: string, { body = "{}", by = secret, event = "push" } = {}) =>
  fetch(url, {
    method: "POST",
    body,
    headers: {
      "x-github-delivery": id,
      "x-github-event": event,
      "x-hub-signature-256": sign(body, by),
    },
  }).then(({ status }) => status);

describe("the webhook door", () => {
  it("takes a delivery once, however often GitHub or a person sends it again", async () => {
    expect(await post("a-1")).toBe(200);
    expect(await post("a-1")).toBe(200);
    expect(await post("a-2")).toBe(200);
    expect(received).toEqual(["a-1", "a-2"]);
    expect(counted).toEqual(["accepted", "repeated", "accepted"]);
  });
  it("takes again what it could not put into the queue", async () => {
    receive = () => Promise.reject(new Error("the database is away"));
    expect(await post("a-1")).toBe(500);
    receive = async (id) => void received.push(id);
    expect(await post("a-1")).toBe(200);
    expect(received).toEqual(["a-1"]);
    expect(counted).toEqual(["failed", "accepted"]);
  });
  it("answers within a second where the database is slow, and works on it all the same", async () => {
    let release = () => {};
    receive = (id) =>
      new Promise((resolve) => {
        release = () => resolve(void received.push(id));
      });
    const start = Date.now();
    expect(await post("slow")).toBe(202);
    expect(Date.now() - start).toBeLessThan(2000);
    expect(received).toEqual([]);
    release();
    await vi.waitFor(() => expect(counted).toEqual(["accepted"]));
    expect(await database.store.hasWebhook("slow")).toBe(true);
  });
  it("tells a flood of forged ones in one line a minute, counts them all and keeps none", async () => {
    for (let turn = 0; turn < 20; turn += 1) expect(await post(`f-${turn}`, { by: "x" })).toBe(400);
    const lines = () => said.filter(({ event }) => event === "webhook_refused");
    expect(lines()).toHaveLength(1);
    expect(counted.filter((result) => result === "refused")).toHaveLength(20);
    seconds += 60;
    await post("f-20", { by: "x" });
    expect(lines().map(({ count }) => count)).toEqual([1, 20]);
    expect(received).toEqual([]);
    expect(await database.store.hasWebhook("f-1")).toBe(false);
  });
  it.each<[string, Record<string, string>]>([
    ["no signature", { "x-github-delivery": "a", "x-github-event": "push" }],
    ["no id", { "x-github-event": "push", "x-hub-signature-256": sign("{}") }],
    [
      "an odd id",
      { "x-github-delivery": "a'b", "x-github-event": "push", "x-hub-signature-256": sign("{}") },
    ],
    [
      "an odd event",
      { "x-github-delivery": "a", "x-github-event": "Push!", "x-hub-signature-256": sign("{}") },
    ],
  ])("refuses one with %s", async (_name, headers) => {
    const answer = await fetch(url, { method: "POST", body: "{}", headers });
    expect(answer.status).toBe(400);
    expect(received).toEqual([]);
  });
  it("refuses unread what is too long, has no length, or is no POST", async () => {
    const headers = { "x-github-delivery": "a", "x-github-event": "push" };
    const long = await fetch(url, { method: "POST", headers, body: Buffer.alloc(26 * 1024 * 1024) })
      .then(({ status }) => status)
      .catch(() => 413);
    expect(long).toBe(413);
    expect((await fetch(url)).status).toBe(405);
    expect(counted).toEqual(["unfit", "unfit"]);
  });
  it("forgets delivery ids after a week", async () => {
    await post("old");
    seconds += 7 * 24 * 3600;
    await post("young");
    await database.store.forgetWebhooks(forgetWebhooksBefore(seconds));
    expect(await database.store.hasWebhook("old")).toBe(true);
    seconds += 1;
    await database.store.forgetWebhooks(forgetWebhooksBefore(seconds));
    expect(await database.store.hasWebhook("old")).toBe(false);
    expect(await database.store.hasWebhook("young")).toBe(true);
  });
});

describe("what operators are told", () => {
  const facts = (given: Partial<HealthFacts> = {}): HealthFacts => ({
    queue: database.queue,
    metrics: openMetrics(database.queue, clock.now),
    now: clock.now,
    sweepSeconds: 60,
    lastSweepAt: () => seconds - 5,
    startedAt: seconds,
    ...given,
  });
  const enqueue = () => database.store.enqueue(1, { kind: "review", key: "7", runAt: clock.now() });

  it("is what the database says now: the depth of the queue and how late it is", async () => {
    await enqueue();
    seconds += 9;
    const health = await readHealth(facts());
    const queue = { waiting: 1, running: 0, dead: 0, oldestDueSeconds: 9 };
    expect(health).toEqual({ ok: true, database: "reachable", queue, lastSweepSeconds: 5 });
    seconds += 300;
    expect(await readHealth(facts())).toMatchObject({ ok: false, database: "reachable" });
  });
  it("is not well where the database is away or slow, or nothing sweeps", async () => {
    const away = { depth: () => Promise.reject(new Error("away")) };
    const unreachable = { ok: false, database: "unreachable", queue: null };
    expect(await readHealth(facts({ queue: away }))).toMatchObject(unreachable);
    const slow = { depth: () => new Promise<never>(() => {}) };
    expect(await readHealth(facts({ queue: slow }))).toMatchObject(unreachable);
    expect(await readHealth(facts({ lastSweepAt: () => seconds - 241 }))).toMatchObject({
      ok: false,
    });
    const young = { lastSweepAt: () => null };
    expect(await readHealth(facts(young))).toMatchObject({ ok: true, lastSweepSeconds: null });
    expect(await readHealth(facts({ ...young, startedAt: seconds - 241 }))).toMatchObject({
      ok: false,
    });
  });
  it("counts in the format of Prometheus, with labels from closed lists", async () => {
    await enqueue();
    const metrics = openMetrics(database.queue, clock.now);
    metrics.countJob("deliver", "dead");
    metrics.countWebhook("refused");
    metrics.countMessage("limited");
    expect(await metrics.text()).toMatch(/^countersign_github_requests_remaining nan$/imu);
    metrics.setRateRemaining(4999);
    seconds += 3;
    const text = await metrics.text();
    for (const line of [
      'countersign_jobs_total{kind="deliver",result="dead"} 1',
      'countersign_webhooks_total{result="refused"} 1',
      'countersign_messages_total{result="limited"} 1',
      "countersign_github_requests_remaining 4999",
      'countersign_queue_jobs{state="waiting"} 1',
      'countersign_queue_jobs{state="dead"} 0',
      "countersign_queue_oldest_due_seconds 3",
    ]) {
      expect(text.split("\n")).toContain(line);
    }
  });
  it("is a fault where the queue's database is not there, and none is made", async () => {
    const env = { COUNTERSIGN_DATABASE: "/does/not/exist.sqlite" };
    await expect(readQueue(env)).rejects.toMatchObject({ code: "store_unusable" });
    const odd = { DATABASE_URL: "mysql://localhost/x" };
    await expect(readQueue(odd)).rejects.toMatchObject({ code: "config_missing" });
  });
  it("lists dead letters on one line each, whatever an error says", async () => {
    const letter = { repo: 1, kind: "review", key: "7", attempts: 10, failedAt: 0 } as const;
    const letters = [{ ...letter, error: "line one\n\u001b[2Jline two" }];
    const text = describeQueue({ waiting: 2, running: 1, dead: 1, oldestDueAt: 0, letters });
    expect(text.split("\n")).toEqual([
      "2 waiting, the oldest due since 1970-01-01T00:00:00Z; 1 running; 1 dead",
      "  1970-01-01T00:00:00Z repository 1: review 7 failed 10 times: line one [2Jline two",
      "A dead letter runs again when something asks for it anew: the sweep, or a re-check.",
    ]);
  });
});
