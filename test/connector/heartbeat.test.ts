/** The site speaks first: beats, acks, and what it takes along when its own door is closed. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ClaimsOf } from "../../src/contract/claims.ts";
import { canonicalText } from "../../src/signing/canonical.ts";
import { digestOfText } from "../../src/signing/digest.ts";
import { newId128 } from "../../src/signing/id128.ts";
import { mintToken } from "../../src/signing/mint.ts";
import { type Signer, signerOf } from "../../src/signing/signer.ts";
import { ControlPlane, type Message, nowSeconds } from "../support/connector-cp.ts";
import { planText, update } from "../support/connector-plan.ts";
import {
  type ConnectorSite,
  frontPage,
  itFully,
  laneCases,
  setConstants,
  startSite,
} from "../support/connector-site.ts";
import { type PackageServer, startPackageServer } from "../support/connector-packages.ts";

let site: ConnectorSite;
let cp: ControlPlane;
let server: Server;
let packages: PackageServer;
/** What the site sent, oldest first. */
let received: Message[];
/** What it gets for its next message. */
let reply: (message: Message) => Promise<object | number>;

const kindOf = ({ token = "" }: Message): string =>
  /"typ":"cs-([a-z]+)\+jwt"/u.exec(
    Buffer.from(token.split(".")[0]!, "base64url").toString(),
  )?.[1] ?? "";
const claimsOf = ({ token = "" }: Message) =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as ClaimsOf<"heartbeat">;
const beats = () => received.filter((one) => kindOf(one) === "heartbeat");

async function ack(
  beat: Message,
  over: Partial<ClaimsOf<"ack">> = {},
  given: { pending?: readonly Message[]; signer?: Signer } = {},
): Promise<object> {
  const pending = canonicalText(given.pending ?? []);
  const iat = nowSeconds();
  const { token } = await mintToken(
    "ack",
    {
      aud: "site:acme-shop",
      epoch: 1,
      exp: iat + 60,
      iat,
      iss: "cp:4217",
      jti: newId128(),
      lvl: "normal",
      lvx: 0,
      pend: digestOfText(pending),
      re: digestOfText(beat["token"] ?? ""),
      ...over,
    },
    given.signer ?? cp.action,
  );
  return { token, pending };
}
const plainly = async (message: Message) => (kindOf(message) === "heartbeat" ? ack(message) : {});
/** @returns why the last beat had no answer */
const run = async () => (await fetch(`${site.url}/?beat=now`)).text();
/** By HTTP: while PHP runs on the command line this process, and its server, stand still. */
const beatByHttp =
  "<?php if ( 'now' === ( $_GET['beat'] ?? '' ) ) { add_action( 'init', static function () { echo \\Countersign\\Beat\\Heartbeat::run(); exit; } ); }";

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
      if (request.url !== "/countersign/v1/messages") {
        response.writeHead(404).end();
        return;
      }
      const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
      received.push(message);
      const answer = await reply(message);
      if (typeof answer === "number") response.writeHead(answer).end("{}");
      else
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    })();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  packages = await startPackageServer();
  site = await startSite({ packageOrigin: packages.origin });
  cp = new ControlPlane(site);
  cp.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await cp.pair();
  mkdirSync(path.join(site.dir, "wp-content/mu-plugins"), { recursive: true });
  writeFileSync(path.join(site.dir, "wp-content/mu-plugins/beat.php"), beatByHttp);
}, 240_000);
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  await site?.close();
  await packages?.close();
}, 60_000);
beforeEach(() => {
  received = [];
  reply = plainly;
});

/** Why an answer does not count, and the answer. The first two differ in where they are refused. */
const BAD_ACKS: readonly [string, (beat: Message) => Promise<object | number>][] = [
  ["ack_time", (beat) => ack(beat, { iat: nowSeconds() - 86_400, exp: nowSeconds() - 86_300 })],
  ["ack_aud", (beat) => ack(beat, { aud: "site:other" })],
  ["ack_iss", (beat) => ack(beat, { iss: "cp:4218" })],
  ["ack_epoch", (beat) => ack(beat, { epoch: 2 })],
  ["ack_replay", (beat) => ack(beat, { re: digestOfText("another beat") })],
  ["ack_kid", (beat) => ack(beat, {}, { signer: signerOf(randomBytes(32)) })],
  ["ack_beside", async (beat) => ({ ...(await ack(beat)), pending: "[1]" })],
  ["ack_pending", (beat) => ack(beat, {}, { pending: [{ arg: "no token" }] })],
  ["ack_json", async () => ({ pending: "[]" })],
  ["answer_401", async () => 401],
];

describe("a heartbeat", () => {
  it("is signed by the site, numbered anew at every try, and tells its inventory once", async () => {
    reply = async () => 503;
    expect(await run()).toBe("answer_503");
    reply = plainly;
    expect(await run()).toBe("");
    expect(await run()).toBe("");
    const numbers = beats().map((beat) => claimsOf(beat).hbseq);
    expect(numbers).toEqual([numbers[0], numbers[0]! + 1, numbers[0]! + 2]);
    expect(beats().map((beat) => beat["inventory"] !== undefined)).toEqual([true, true, false]);
    const [first] = beats();
    expect(claimsOf(first!)).toMatchObject({ every: 300, iss: "site:acme-shop", epoch: 1 });
    expect(digestOfText(first!["inventory"] ?? "")).toBe(claimsOf(first!).inv);
    expect(JSON.parse(first!["inventory"] ?? "")).toMatchObject({ home: site.url, version: 1 });
  });
  it.each(laneCases(BAD_ACKS, 2))("is not answered by %s", async (why, answer) => {
    reply = answer;
    const before = await site.runPhp("echo \\Countersign\\State\\Level::now();");
    expect(await run()).toBe(why);
    expect(beats()).toHaveLength(1);
    expect(await site.runPhp("echo \\Countersign\\State\\Level::now();")).toBe(before);
    expect(await site.runPhp("echo \\Countersign\\Beat\\Pulse::trouble();")).toBe(why);
  });
  it("is not answered by one ack twice", async () => {
    let kept: object | undefined;
    reply = async (beat) => (kept ??= await ack(beat));
    expect(await run()).toBe("");
    expect(await run()).toBe("ack_replay");
  });
  it("teaches the level that its ack carries, and the highest index wins", async () => {
    const level = () => site.runPhp("echo \\Countersign\\State\\Level::now();");
    reply = (beat) => ack(beat, { lvl: "hold", lvx: 7 });
    await run();
    expect(await level()).toBe("hold");
    reply = (beat) => ack(beat, { lvl: "normal", lvx: 6 });
    await run();
    expect(await level()).toBe("hold");
    reply = (beat) => ack(beat, { lvl: "normal", lvx: 8 });
    await run();
    expect(await level()).toBe("normal");
    cp.setLevel("normal");
    for (let index = 0; index < 8; index += 1) cp.setLevel("normal");
  });
  it("is not sent while the site is switched off or away from its home", async () => {
    setConstants(site, { COUNTERSIGN_DISABLED: true });
    expect(await run()).toBe("closed");
    setConstants(site, {});
    const home = (url: string) => site.runPhp(`update_option( 'home', '${url}' );`);
    await home("https://copy.example");
    expect(await run()).toBe("closed");
    await home(site.url);
    expect(received).toEqual([]);
  });
  it("is planned by WordPress's cron, once, and unplanned with the pairing", async () => {
    const planned = () =>
      site.runPhp(
        "$at = wp_next_scheduled( 'countersign_heartbeat' ); echo false === $at ? 'none' : ( $at - time() );",
      );
    await site.runPhp("wp_clear_scheduled_hook( 'countersign_heartbeat' );");
    const seconds = Number(await planned());
    expect(seconds).toBeGreaterThanOrEqual(265);
    expect(seconds).toBeLessThanOrEqual(300);
  });
  it("tells a person at the command line why nothing was sent", async () => {
    setConstants(site, { COUNTERSIGN_DISABLED: true });
    const said = await site.cli(["countersign", "heartbeat"]);
    setConstants(site, {});
    expect([said.code, said.stderr]).toEqual([1, expect.stringContaining("Nothing is sent")]);
  });
});

describe("what waits in an ack", () => {
  itFully?.("is carried out with the push door closed, and told by the next beat", async () => {
    const plan = planText([update(packages, "1.0", "1.1")]);
    const { pre } = await cp.readiness(plan);
    const authorised = cp.authorise({ plan, pre });
    const waiting = [await cp.message(authorised), await cp.query("hello")];
    const door = path.join(site.dir, "wp-content/mu-plugins/close.php");
    writeFileSync(
      door,
      "<?php add_filter( 'rest_pre_dispatch', static fn( $answer, $server, $request ) => 0 === strpos( $request->get_route(), '/countersign/' ) ? new WP_Error( 'closed', 'closed', array( 'status' => 403 ) ) : $answer, 99, 3 );",
    );
    expect((await cp.post(await cp.query("hello"))).status).toBe(403);
    reply = async (message) =>
      kindOf(message) === "heartbeat" ? ack(message, {}, { pending: waiting.splice(0) }) : {};
    expect(await run()).toBe("");
    expect(await frontPage(site)).toBe("200 1.1");
    expect(received.map(kindOf)).toEqual(["heartbeat", "evidence", "heartbeat"]);
    const [receipt] = JSON.parse(beats()[1]!["receipts"]!) as Message[];
    const opened = cp.open("receipt", { status: 200, body: { ...receipt } });
    expect(opened.claims).toMatchObject({ out: "applied", sub: authorised.sub });
    expect(claimsOf(beats()[1]!).last).toBe(digestOfText(receipt!["token"]!));
    received = [];
    await run();
    expect(beats()[0]!["receipts"]).toBeUndefined();
    rmSync(door);
  });
  it("R10: is judged like anything at the REST door: a forged message runs nothing", async () => {
    const forged = await cp.query("hello");
    const waiting = [{ ...forged, arg: "x" }, { token: "a.b.c" }];
    reply = async (message) =>
      kindOf(message) === "heartbeat" ? ack(message, {}, { pending: waiting.splice(0) }) : {};
    expect(await run()).toBe("");
    expect(received.map(kindOf)).toEqual(["heartbeat", "heartbeat"]);
  });
});

describe("a key-set", () => {
  const keyset = async (
    at: { gen: number; kver: number },
    keys: readonly Signer[],
    signer: Signer,
  ): Promise<Message> => {
    const claims = {
      aud: "site:acme-shop",
      epoch: 1,
      ...at,
      iat: nowSeconds(),
      iss: "cp:4217",
      keys: keys.map(({ kid, use, x }) => ({ kid, use, x })),
    };
    return { token: (await mintToken("keyset", claims, signer)).token };
  };
  const fresh = (use?: "log" | "recovery") => signerOf(randomBytes(32), use);

  it("of the next version replaces the action key, and the old one is dead at once", async () => {
    const [next, old] = [fresh(), cp.action];
    const pinned = [cp.log, cp.recovery];
    const message = await keyset({ gen: 1, kver: 2 }, [next, ...pinned], old);
    expect((await cp.post(await keyset({ gen: 1, kver: 3 }, [next, ...pinned], old))).status).toBe(
      401,
    );
    expect(
      (await cp.post(await keyset({ gen: 1, kver: 2 }, [next, fresh("log"), cp.recovery], old)))
        .status,
    ).toBe(401);
    const hello = cp.open("evidence", await cp.post(message));
    expect(hello.claims).toMatchObject({ ans: "hello", re: digestOfText(message["token"]!) });
    expect((await cp.post(await cp.query("hello"))).status).toBe(401);
    expect((await cp.post(message)).status).toBe(401);
    Object.assign(cp, { action: next });
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
    expect(await site.runPhp("echo \\Countersign\\State\\Trust::load()->key_position();")).toBe(
      "1.2",
    );
  });
  it("of the next generation is the recovery key's alone, and begins the log at size 0", async () => {
    const next = [fresh(), fresh("log"), fresh("recovery")] as const;
    expect((await cp.post(await keyset({ gen: 2, kver: 1 }, next, cp.recovery))).status).toBe(200);
    expect((await cp.post(await cp.query("hello"))).status).toBe(401);
    Object.assign(cp, { action: next[0], log: next[1], recovery: next[2], seen: 0 });
    expect((await cp.ask("hello")).claims).toMatchObject({ ans: "hello", size: 0 });
    expect(await site.runPhp("echo \\Countersign\\State\\Trust::load()->key_position();")).toBe(
      "2.1",
    );
  });
  it("beside an ack is taken before the ack is judged, once, and only where it verifies", async () => {
    const next = [fresh(), fresh("log"), fresh("recovery")] as const;
    const at = { gen: 3, kver: 1 };
    const forged = (await keyset(at, next, fresh("recovery")))["token"];
    reply = async (message) => ({ ...(await ack(message)), keyset: forged });
    expect(await run()).toBe("");
    const position = () => site.runPhp("echo \\Countersign\\State\\Trust::load()->key_position();");
    expect(await position()).toBe("2.1");
    const token = (await keyset(at, next, cp.recovery))["token"];
    reply = async (message) => ({
      ...(await ack(message, {}, { signer: next[0] })),
      keyset: token,
    });
    expect(await run()).toBe("");
    expect(await run()).toBe(""); // its answer may have been lost: the set comes again
    expect(await position()).toBe("3.1");
    expect((await cp.post(await cp.query("hello"))).status).toBe(401);
    Object.assign(cp, { action: next[0], log: next[1], recovery: next[2], seen: 0 });
    expect((await cp.ask("hello")).claims).toMatchObject({ ans: "hello", size: 0 });
  });
});
