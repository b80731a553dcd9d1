import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type MessageResult, messagesPath, openMessageDoor } from "../../src/server/messages.ts";
import { REFUSALS_A_MINUTE } from "../../src/server/refusals.ts";
import { sourceOf } from "../../src/server/source.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import type { MessageHandler } from "../../src/workflow/door.ts";
import type { Fleet } from "../../src/workflow/fleet.ts";
import type { Job } from "../../src/workflow/store-port.ts";
import { CountersignError } from "../../src/errors.ts";

const base64url = (text: string): string => Buffer.from(text).toString("base64url");
/** Fits the profile; its signature is the handler's business. */
const token = (typ: string, aud = "cp:7"): string => {
  const header = canonicalText({ alg: "Ed25519", kid: "k", typ });
  const payload = canonicalText({ aud });
  return [header, payload].map(base64url).join(".") + `.${base64url("s".repeat(64))}`;
};
const beat = token("cs-heartbeat+jwt");

const clock = { seconds: 600_000, now: () => clock.seconds };
const fleet = { name: "the fleet" } as unknown as Fleet;
let handler: MessageHandler;
let queued: Job[];
let logged: Record<string, unknown>[];
let forgotten: number[];
let counted: MessageResult[];
let url: string;
let stop: () => void;

beforeEach(async () => {
  handler = async () => ({ kind: "accepted", answer: { token: "an.ack.x" } });
  [queued, logged, forgotten, counted] = [[], [], [], []];
  const isForDoor = openMessageDoor({
    fleets: {
      at: async (repo) => (repo === 7 ? fleet : null),
      forget: (repo) => void forgotten.push(repo),
    },
    handlers: { heartbeat: (...given) => handler(...given) },
    store: { enqueue: async (_repo, job) => void queued.push(job) },
    clock,
    log: pino({ level: "info" }, { write: (line) => void logged.push(JSON.parse(line)) }),
    count: (result) => void counted.push(result),
    wake: () => {},
    proxies: 1,
  });
  const answer: RequestListener = (request, response) => {
    if (!isForDoor(request, response)) response.writeHead(404).end();
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${messagesPath}`;
  stop = () => {
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => stop());

const json = { "content-type": "application/json" };
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: "POST",
    headers: { ...json, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const refused = { code: "countersign_refused", message: "This message is not accepted." };

describe("the door for sites", () => {
  it("hands a message with its fleet to the handler of its kind, and queues what follows", async () => {
    const seen: unknown[] = [];
    const job: Job = { kind: "deliver", key: "shop", runAt: 1 };
    handler = async (...given) => {
      seen.push(given);
      return { kind: "accepted", answer: { token: "an.ack.x", pending: "[]" }, jobs: [job] };
    };
    const answer = await post({ token: beat, inventory: "{}" });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { token: "an.ack.x", pending: "[]" },
    ]);
    expect(seen).toEqual([[fleet, { token: beat, inventory: "{}" }]]);
    expect(queued).toEqual([job]);
  });
  it.each<[string, unknown]>([
    ["no JSON", "{"],
    ["a list", []],
    ["a text that is no string", { token: beat, inventory: 1 }],
    ["no token", { inventory: "{}" }],
    ["a token that is none", { token: "a.b.c" }],
    ["a kind that no site sends", { token: token("cs-ack+jwt") }],
    ["a kind that nobody handles here", { token: token("cs-pairing+jwt") }],
    ["a fleet that is not known here", { token: token("cs-heartbeat+jwt", "cp:8") }],
    ["an address that is none", { token: token("cs-heartbeat+jwt", "cp:07") }],
  ])("refuses %s with the one text", async (_what, body) => {
    const answer = await post(body);
    expect([answer.status, await answer.json()]).toEqual([401, refused]);
    expect(logged).toMatchObject([{ event: "message_refused" }]);
  });
  it("says nothing of why the handler refused, but in its own log", async () => {
    handler = async () => ({ kind: "refused", why: "signature" });
    const answer = await post({ token: beat });
    expect([answer.status, await answer.json()]).toEqual([401, refused]);
    expect(logged).toMatchObject([{ event: "message_refused", why: "signature" }]);
    expect(counted).toEqual(["refused"]);
  });
  it.each<[number, RequestInit]>([
    [405, { method: "GET" }],
    [405, { method: "PUT", body: "{}", headers: json }],
    [415, { method: "POST", body: "{}", headers: { "content-type": "text/plain" } }],
    [415, { method: "POST", body: "{}", headers: { "content-type": "application/jsonx" } }],
    [413, { method: "POST", body: "x".repeat(3 * 1024 * 1024), headers: json }],
    [
      411,
      {
        method: "POST",
        headers: json,
        body: new Blob(["{}"]).stream(),
        duplex: "half",
      },
    ],
  ])("answers %i before it reads what cannot be a message", async (status, request) => {
    expect((await fetch(url, request)).status).toBe(status);
    expect(counted).toEqual(["unfit"]);
  });
  it("answers 503 where a handler fails, and forgets a fleet whose log somebody else wrote", async () => {
    handler = () => Promise.reject(new Error("the database is away"));
    expect((await post({ token: beat })).status).toBe(503);
    handler = () =>
      Promise.reject(new CountersignError("log_mismatch", "Not the same log.", { hint: "" }));
    expect((await post({ token: beat })).status).toBe(503);
    expect(forgotten).toEqual([7]);
    expect(counted).toEqual(["failed", "failed"]);
  });
  it("lets other paths be", async () => {
    expect((await fetch(url.replace("messages", "message"), { method: "POST" })).status).toBe(404);
  });
});

describe("a burst of messages that do not verify", () => {
  const junk = (source: string) => post({ token: "a.b.c" }, { "x-forwarded-for": source });

  it("makes its source wait a minute, tells it once, and hurts nobody else", async () => {
    for (let count = 0; count <= REFUSALS_A_MINUTE; count += 1) {
      expect((await junk("9.9.9.9, 1.2.3.4")).status).toBe(401);
    }
    expect((await junk("8.8.8.8, 1.2.3.4")).status).toBe(429);
    expect(counted.at(-1)).toBe("limited");
    expect((await post({ token: beat }, { "x-forwarded-for": "1.2.3.4" })).status).toBe(429);
    expect((await post({ token: beat }, { "x-forwarded-for": "1.2.3.5" })).status).toBe(200);
    const bursts = logged.filter(({ event }) => event === "forged_burst");
    expect(bursts).toMatchObject([{ source: "1.2.3.4" }]);
    clock.seconds += 60;
    expect((await post({ token: beat }, { "x-forwarded-for": "1.2.3.4" })).status).toBe(200);
  });
});

describe("where a message came from", () => {
  const from = (remoteAddress: string, forwarded: string | undefined, proxies: number) =>
    sourceOf(
      { socket: { remoteAddress }, headers: { "x-forwarded-for": forwarded } } as never,
      proxies,
    );
  it.each<[string, string, string | undefined, number]>([
    ["10.0.0.1", "10.0.0.1", "6.6.6.6", 0],
    ["1.2.3.4", "10.0.0.1", "6.6.6.6, 1.2.3.4", 1],
    ["6.6.6.6", "10.0.0.1", "5.5.5.5, 6.6.6.6, 1.2.3.4", 2],
    ["10.0.0.1", "10.0.0.1", undefined, 1],
    ["10.0.0.1", "10.0.0.1", "1.2.3.4", 2],
    ["1.2.3.4", "::ffff:1.2.3.4", undefined, 0],
    ["2001:db8:1:2::/64", "2001:db8:1:2:3:4:5:6", undefined, 0],
    ["2001:db8:0:0::/64", "2001:db8::1", undefined, 0],
  ])("is %s, seen as %s with %s behind %i proxies", (source, remote, forwarded, proxies) => {
    expect(from(remote, forwarded, proxies)).toBe(source);
  });
});
