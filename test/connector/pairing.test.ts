/** The site's half of a pairing: the screen, the shell, what is kept, and what is refused. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PairingString } from "../../src/contract/pairing.ts";
import { sixWords, writePairingString } from "../../src/signing/pairing-text.ts";
import { ControlPlane } from "../support/connector-cp.ts";
import {
  judge,
  type PairingDoor,
  Screen,
  startDoor,
  stringFor,
} from "../support/connector-pairing.ts";
import { type ConnectorSite, startSite, storageOf } from "../support/connector-site.ts";

let site: ConnectorSite;
let door: PairingDoor;
let screen: Screen;
let cp: ControlPlane;

beforeAll(async () => {
  site = await startSite();
  door = await startDoor();
  screen = await Screen.logIn(site);
}, 240_000);
beforeEach(async () => {
  await site.runPhp("Countersign\\Pairing\\Pin::unpin();");
  cp = new ControlPlane(site);
  door.status = 200;
  door.tokens.length = 0;
});
afterAll(async () => {
  await site?.close();
  await door?.close();
}, 60_000);

const isPaired = async () =>
  (await site.runPhp("echo Countersign\\Connector::is_paired() ? 'yes' : 'no';")) === "yes";
const left = async () =>
  site.runPhp(
    `global $wpdb; echo count( preg_grep( '/countersign/', $wpdb->get_col( 'SHOW TABLES' ) ) ), ' ', $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->options WHERE option_name IN ( 'countersign_paired', 'countersign_storage' )" );`,
  );
const shell = (given: PairingString | string) =>
  site.cli(["countersign", "pair", typeof given === "string" ? given : writePairingString(given)]);
function words(given: PairingString, key: string): string {
  const { s: _, url: _url, home, ...offer } = given;
  return sixWords(offer, { home, key: key as PairingString["action"] });
}
const tokenIn = (text: string) => /\/countersign pair acme-shop ([\w.-]+)/u.exec(text)?.[1] ?? "";
/** The key that the newest token brought, once it is what the control plane would take. */
function keyOf(given: PairingString, token = door.tokens.at(-1) ?? ""): string {
  const verdict = judge(given, token);
  if (!verdict.ok) throw new Error(verdict.reason);
  return verdict.claims.key;
}

describe("an unpaired site", () => {
  it("has no route, and takes no string before an administrator opens pairing", async () => {
    const string = writePairingString(stringFor(cp, { url: door.url }));
    await screen.press("countersign_pair", { string });
    expect(await isPaired()).toBe(false);
    expect((await cp.post(await cp.query("hello"))).status).toBe(404);
  });
  it("R3: opens pairing for an administrator's own click alone", async () => {
    await screen.press("countersign_open", { _wpnonce: "0123456789" });
    await screen.press("countersign_open", {}, { cookie: "" });
    expect(await screen.read()).not.toContain("countersign-string");
    expect(await screen.press("countersign_open")).toBe(302);
    expect(await screen.read()).toContain("10 more minutes");
  });
  it("R3: closes it after ten minutes, and believes no end further ahead", async () => {
    for (const ahead of ["- 1", "+ 700"]) {
      await site.runPhp(
        `update_option( 'countersign_pairing_until', (string) ( time() ${ahead} ) );`,
      );
      await screen.press("countersign_pair", { string: writePairingString(stringFor(cp)) });
      expect(await isPaired()).toBe(false);
    }
  });
});

describe("a pairing on the screen", () => {
  it("sends the new key, signed twice, and shows the six words until it is spoken to", async () => {
    const given = stringFor(cp, { url: door.url });
    await screen.paste(given);
    const key = keyOf(given);
    cp.believe(key);
    expect(await screen.read()).toContain(words(given, key));
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
    expect((await cp.ask("inventory", "[]")).detail).toMatchObject({ home: site.url });
    expect(await screen.read()).toContain(words(given, key));
    expect((await cp.ask("outcome")).claims.ans).toBe("not_seen");
    expect(await screen.read()).not.toContain(words(given, key));
  });
  it("R4: keeps the string nowhere, and the window is closed", async () => {
    const given = stringFor(cp, { url: door.url });
    await screen.paste(given);
    keyOf(given);
    const kept = await site.runPhp(
      `global $wpdb; $all = '';
       foreach ( $wpdb->get_col( 'SHOW TABLES' ) as $table ) { $all .= wp_json_encode( $wpdb->get_results( "SELECT * FROM $table", ARRAY_A ) ); }
       foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( Countersign\\State\\Storage::path(), FilesystemIterator::SKIP_DOTS ) ) as $file ) { $all .= file_get_contents( (string) $file ); }
       echo strpos( $all, '${given.s}' ) === false && strpos( $all, '${writePairingString(given).slice(0, 60)}' ) === false ? 'nowhere' : 'kept';`,
    );
    expect(kept).toBe("nowhere");
    expect(await screen.read()).not.toContain("countersign-string");
  });
  it("shows the token where nobody can be sent one", async () => {
    const given = stringFor(cp);
    await screen.paste(given);
    cp.believe(keyOf(given, tokenIn(await screen.read())));
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
  });
  it.each([
    [401, "did not accept this string"],
    [429, "answered with status 429"],
    [302, "answered with status 302"],
  ])("leaves nothing behind when the door answers %i", async (status, why) => {
    door.status = status;
    await screen.paste(stringFor(cp, { url: door.url }));
    expect(await screen.read()).toContain(why);
    expect([await isPaired(), await left()]).toEqual([false, "0 0"]);
    expect((await cp.post(await cp.query("hello"))).status).toBe(404);
  });
});

describe("wp countersign pair", () => {
  it("pairs, prints the six words, and unpair gives everything back", async () => {
    const given = stringFor(cp);
    const done = await shell(given);
    expect(done.stdout).toContain(words(given, keyOf(given, tokenIn(done.stdout))));
    expect((await site.cli(["countersign", "status"])).stdout).toMatch(/six words +\w/u);
    const storage = storageOf(site);
    expect((await site.cli(["countersign", "unpair", "--yes"])).stdout).toContain("Success");
    expect([existsSync(storage), await left()]).toEqual([false, "0 0"]);
    const updates = `echo apply_filters( 'auto_update_plugin', true, (object) array( 'plugin' => 'hello-countersign/hello-countersign.php' ) ) ? 'on' : 'off';`;
    expect(await site.runPhp(updates)).toBe("on");
  });
  const weak = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" as PairingString["action"];
  it.each<[string, () => PairingString | string, string]>([
    ["is empty", () => "-", "not a pairing string"],
    ["was cut", () => writePairingString(stringFor(cp)).slice(0, -5), "not a pairing string"],
    [
      "was pasted twice into one",
      () => writePairingString(stringFor(cp)).repeat(2),
      "not a pairing",
    ],
    ["has padding", () => `${writePairingString(stringFor(cp))}=`, "not a pairing string"],
    [
      "is for another home",
      () => stringFor(cp, { home: "https://x.example" }),
      "https://x.example",
    ],
    ["names a weak key", () => stringFor(cp, { action: weak }), "weak"],
    ["names a site that is none", () => stringFor(cp, { site: "site:-" }), "site is malformed"],
    ["has a short secret", () => stringFor(cp, { s: "AAAA" }), "damaged"],
    ["sends its key in the clear", () => stringFor(cp, { url: "http://x.example" }), "damaged"],
    ["leads to nobody", () => stringFor(cp, { url: "http://127.0.0.1:9" }), "was not reached"],
  ])("refuses a string that %s, and changes nothing", async (_name, string, why) => {
    const refused = await shell(string());
    expect(refused.code).toBe(1);
    expect(refused.stderr + refused.stdout).toContain(why);
    expect([await isPaired(), await left()]).toEqual([false, "0 0"]);
  });
  it.each([
    ["a multisite network", "function is_multisite() { return true; }"],
    ["32-bit PHP", "const PHP_INT_SIZE = 4;"],
  ])("R7: refuses %s", async (_what, instead) => {
    const printed = await site.runPhp(
      `eval( 'namespace Countersign\\Pairing; ${instead}' );
       try { Countersign\\Pairing\\Exchange::run( '${writePairingString(stringFor(cp))}' ); echo 'paired'; } catch ( Throwable $error ) { echo $error->getMessage(); }`,
    );
    expect(printed).toContain("not supported");
    expect(await isPaired()).toBe(false);
  });
});

describe("a site that is paired already", () => {
  beforeEach(async () => {
    await cp.pair();
  });
  it("refuses the same string again, an older one, and another control plane's", async () => {
    for (const over of [{}, { cp: "cp:99", epoch: 2 }, { site: "site:other", epoch: 2 }]) {
      const refused = await shell(stringFor(cp, { ...over, url: door.url }));
      expect(refused.stderr + refused.stdout).toContain("Unpair it first");
    }
    expect(door.tokens).toEqual([]);
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
  });
  it("stays with the old epoch until the new one says more than hello and inventory", async () => {
    const next = new ControlPlane(site);
    next.epoch = 2;
    const given = stringFor(next);
    next.believe(keyOf(given, tokenIn((await shell(given)).stdout)));
    expect((await next.ask("hello")).claims).toMatchObject({ ans: "hello", epoch: 2 });
    expect((await next.ask("inventory", "[]")).claims.epoch).toBe(2);
    expect((await cp.ask("outcome")).claims).toMatchObject({ ans: "not_seen", epoch: 1 });
    expect((await next.ask("outcome")).claims).toMatchObject({ ans: "not_seen", epoch: 2 });
    expect((await cp.post(await cp.query("hello"))).status).toBe(401);
    expect((await next.ask("hello")).claims.epoch).toBe(2);
  });
  it("keeps a pairing that waits for its merge when a later string comes to nothing", async () => {
    const next = new ControlPlane(site);
    next.epoch = 2;
    const given = stringFor(next, { url: door.url });
    await screen.paste(given);
    next.believe(keyOf(given));
    door.status = 401;
    await screen.paste(stringFor(next, { epoch: 3, url: door.url }));
    await screen.paste(given);
    expect(await screen.read()).toContain("Unpair it first");
    expect((await next.ask("hello")).claims.epoch).toBe(2);
    expect((await cp.ask("hello")).claims.epoch).toBe(1);
  });
  it("keeps the old epoch when the new pairing comes to nothing", async () => {
    door.status = 401;
    const next = new ControlPlane(site);
    next.epoch = 2;
    await screen.paste(stringFor(next, { url: door.url }));
    expect(await screen.read()).toContain("did not accept this string");
    expect((await cp.ask("hello")).claims.epoch).toBe(1);
    expect((await next.post(await next.query("hello"))).status).toBe(401);
  });
  it("accepts nothing and pairs with nobody after it has moved", async () => {
    await site.runPhp(
      `global $wpdb; $wpdb->update( $wpdb->options, array( 'option_value' => 'https://copy.example' ), array( 'option_name' => 'home' ) );`,
    );
    try {
      expect((await cp.post(await cp.query("hello"))).status).toBe(401);
      const next = stringFor(cp, { epoch: 2, url: door.url });
      expect((await shell(next)).stderr).toContain("not the address of this site");
      expect(door.tokens).toEqual([]);
    } finally {
      await site.runPhp(
        `global $wpdb; $wpdb->update( $wpdb->options, array( 'option_value' => '${site.url}' ), array( 'option_name' => 'home' ) );`,
      );
    }
    expect((await cp.ask("hello")).claims.ans).toBe("hello");
  });
  it("is unpaired on the screen by a ticked box alone", async () => {
    await screen.press("countersign_unpair");
    expect(await isPaired()).toBe(true);
    await screen.press("countersign_unpair", { sure: "yes", _wpnonce: "0123456789" });
    expect(await isPaired()).toBe(true);
    await screen.press("countersign_unpair", { sure: "yes" });
    expect(await isPaired()).toBe(false);
  });
});
