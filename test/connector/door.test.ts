/** Who gets in: one route, one verifier, one text for every refusal. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Inventory } from "../../src/contract/inventory.ts";
import { DesiredOptions } from "../../src/contract/options.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { type Answer, ControlPlane, nowSeconds } from "../support/connector-cp.ts";
import {
  type ConnectorSite,
  setConstants,
  startSite,
  storageOf,
  statusOf,
  patience,
} from "../support/connector-site.ts";
import { snapshot } from "../support/connector-snapshot.ts";

let site: ConnectorSite;
let cp: ControlPlane;
let unpaired: Answer;

beforeAll(async () => {
  site = await startSite();
  cp = new ControlPlane(site);
  unpaired = await cp.post(await cp.query("hello"));
  await cp.pair();
}, patience(240_000));
afterAll(async () => {
  await site?.close();
}, patience(60_000));

const reasons = (): string[] =>
  readFileSync(path.join(storageOf(site), "refused.log"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(11).trim());

describe("an unpaired site", () => {
  it("has no route", () => {
    expect([unpaired.status, unpaired.body["code"]]).toEqual([404, "rest_no_route"]);
  });
  it.each([
    ["another site's home", (trust: object) => ({ ...trust, home: "https://other.example" })],
    [
      "no recovery key",
      (trust: { keys: object[] }) => ({ ...trust, keys: trust.keys.slice(0, 2) }),
    ],
    ["epoch 0", (trust: object) => ({ ...trust, epoch: 0 })],
    ["a member too many", (trust: object) => ({ ...trust, token: "x" })],
    [
      "a key of small order",
      (trust: { keys: object[] }) => ({
        ...trust,
        keys: [
          {
            kid: "Yp-cGgHFZkrAUzxLg-5Gxz",
            use: "action",
            x: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
          },
          ...trust.keys.slice(1),
        ],
      }),
    ],
  ])("R5: pins nothing with %s", async (_, change) => {
    const json = JSON.stringify(change(cp.trust() as { keys: object[] }));
    const printed = await site.runPhp(
      `try { \\Countersign\\Pairing\\Pin::pin( \\Countersign\\State\\Trust::of( json_decode( base64_decode( '${Buffer.from(json).toString("base64")}' ), true ) ) ); echo 'paired'; } catch ( Exception $error ) { echo get_class( $error ); }`,
    );
    expect(printed).toMatch(/^(InvalidArgument|Runtime)Exception$/u);
  });
});

describe("a paired site", () => {
  it("answers hello, signed by its own key and tied to the question", async () => {
    const query = await cp.query("hello");
    const { claims, detail } = cp.open("evidence", await cp.post(query));
    expect(claims).toMatchObject({ ans: "hello", why: "none", lvl: "normal", size: 0, proto: 1 });
    expect(Math.abs(detail["time"] - nowSeconds())).toBeLessThan(30);
  });

  it("R9: tells its inventory to the control plane only", async () => {
    const { detail } = await cp.ask("inventory", "[]");
    expect(detail["home"]).toBe(site.url);
    expect(detail["plugins"]).toContainEqual(
      expect.objectContaining({ slug: "hello-countersign", version: "1.0", state: "active" }),
    );
    expect(await statusOf(`${site.url}/?rest_route=/countersign/v1/messages`)).toBe(404);
  });

  it("tells options of the closed list alone, and who changed what there, by number", async () => {
    const change = [
      "wp_set_current_user( 1 ); update_option( 'posts_per_page', 7 );",
      "update_option( 'admin_email_lifespan', 5 ); deactivate_plugins( 'hello-countersign/hello-countersign.php' );",
      "wp_set_current_user( 0 ); activate_plugin( 'hello-countersign/hello-countersign.php' ); echo 'done';",
    ];
    expect(await site.runPhp(change.join(" "))).toContain("done");
    const { detail } = await cp.ask("inventory", "[]");
    const { options, touched } = Inventory.parse(detail);
    expect(options).toMatchObject({ posts_per_page: 7 });
    expect(DesiredOptions.safeParse(options).error).toBeUndefined();
    const told = touched?.map(({ target, by }) => [target, by]);
    expect(told).toContainEqual(["options/posts_per_page", 1]);
    expect(told).toContainEqual(["plugins/hello-countersign", 0]);
    expect(JSON.stringify(detail)).not.toContain("admin_email_lifespan");
    expect(Math.abs((touched?.at(-1)?.at ?? 0) - nowSeconds())).toBeLessThan(120);
  });

  it("answers a query once", async () => {
    const query = await cp.query("hello");
    expect((await cp.post(query)).status).toBe(200);
    expect((await cp.post(query)).status).toBe(401);
    expect(reasons().at(-1)).toBe("replay");
  });

  it(
    "R1, R6, R19: has one answer for every stranger, and keeps nothing but one line of its own log",
    async () => {
      const { token } = await cp.query("hello");
      const stranger = signerOf(Buffer.alloc(32, 7));
      const cut = (text: string, at: number) => text.slice(0, at) + text.slice(at + 1);
      const now = nowSeconds();
      const cases: [reason: string, message: unknown, type?: string][] = [
        ["json", "not json"],
        ["json", { text: "no token" }],
        ["json", { token: 5 }],
        ["json", { token, arg: "" }, "application/x-www-form-urlencoded"],
        ["size", { token: "a".repeat(8193), arg: "" }],
        ["parts", { token: "a.b", arg: "" }],
        ["encoding", { token: `${token!}=`, arg: "" }],
        ["header", { token: await cp.forge({ alg: "EdDSA" }, {}), arg: "" }],
        ["header", { token: await cp.forge({ crit: ["b64"] }, {}), arg: "" }],
        ["kid", { token: await cp.forge({}, {}, stranger), arg: "" }],
        ["key", { token: await cp.forge({}, {}, cp.log), arg: "" }],
        ["encoding", { token: cut(token!, token!.length - 5), arg: "" }],
        ["signature", { token: await cp.forge({ kid: cp.action.kid }, {}, stranger), arg: "" }],
        ["claim", { token: await cp.forge({}, { more: "x" }), arg: "" }],
        ["typ", { token: await cp.forge({ typ: "cs-ack+jwt" }, {}), arg: "" }],
        ["iss", { token: await cp.forge({}, { iss: "cp:1" }), arg: "" }],
        ["aud", { token: await cp.forge({}, { aud: "site:other" }), arg: "" }],
        ["epoch", { token: await cp.forge({}, { epoch: 2 }), arg: "" }],
        ["time", { token: await cp.forge({}, { iat: now - 90, exp: now - 1 }), arg: "" }],
        ["time", { token: await cp.forge({}, { iat: now, exp: now + 121 }), arg: "" }],
        ["beside", { token, arg: "x" }],
        ["beside", { token }],
        ["beside", { token, arg: "", more: "" }],
      ];
      await cp.post({ token: "warm.up" });
      const before = snapshot(site);
      const bodies = new Set<string>();
      const expected: string[] = [];
      for (const [reason, message, type] of cases) {
        const { status, body } = await cp.post(message, type);
        bodies.add(JSON.stringify([status, body]));
        expected.push(reason);
      }
      expect(bodies.size).toBe(1);
      expect([...bodies][0]).toContain("401");
      expect(snapshot(site)).toEqual(before);
      expect(reasons().slice(-expected.length)).toEqual(expected);
    },
    patience(120_000),
  );

  it("R2: sets no cookie and names no user", async () => {
    const reply = await fetch(`${site.url}/?rest_route=/countersign/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(await cp.query("hello")),
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("set-cookie")).toBeNull();
    await reply.arrayBuffer();
  });

  it("R11: accepts and sends nothing once its home is another one", async () => {
    await site.runPhp("update_option( 'home', 'https://staging.example' );");
    const away = await cp.post(await cp.query("hello"));
    await site.runPhp(`update_option( 'home', '${site.url}' );`);
    expect(away.status).toBe(401);
    expect(reasons().at(-1)).toBe("home");
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
  });

  it("R18: is closed by the constant in wp-config.php", async () => {
    setConstants(site, { COUNTERSIGN_DISABLED: true });
    const closed = await cp.post(await cp.query("hello"));
    setConstants(site, {});
    expect(closed.status).toBe(404);
  });

  it(
    "R19: answers 429 after sixty refusals, but still hears the control plane",
    async () => {
      const statuses = new Set<number>();
      for (let sent = 0; sent < 64; sent += 16) {
        const batch = Array.from({ length: 16 }, () => cp.post({ token: "a.b" }));
        for (const { status } of await Promise.all(batch)) statuses.add(status);
      }
      expect(statuses).toContain(429);
      expect((await cp.post({ token: "a.b" })).status).toBe(429);
      expect((await cp.ask("hello")).claims.ans).toBe("hello");
    },
    patience(120_000),
  );
});
