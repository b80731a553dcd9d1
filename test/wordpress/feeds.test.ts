import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { Vulnerabilities } from "../../src/contract/fleet-config.ts";
import { openFeeds } from "../../src/wordpress/feeds.ts";
import { serve, type TestServer } from "./package-world.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-feeds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const START = 1_800_000_000;
const clock = { seconds: START, now: () => clock.seconds };
let server: TestServer;
const answer = { status: 200, body: "{}" };
const asked: (string | undefined)[] = [];
beforeEach(async () => {
  clock.seconds = START;
  asked.length = 0;
  Object.assign(answer, { status: 200, body: "{}" });
  server = await serve((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(answer.status).end(answer.body);
  });
});
afterEach(() => server.close());

const feeds = (over: object = {}) => openFeeds({ env: {}, folder, clock, ...over });
const atUrl = (over: object = {}) =>
  Vulnerabilities.parse({
    format: "wordfence",
    url: `${server.origin}/feed`,
    privateAddresses: true,
    maxAge: "24h",
    ...over,
  });
const inFile = (file: string, format = "wpscan") =>
  Vulnerabilities.parse({ format, file, maxAge: "24h" });
const put = (name: string, content: unknown) =>
  writeFileSync(path.join(folder, name), JSON.stringify(content));

const software = (over: object = {}) => ({
  type: "plugin",
  slug: "shop",
  name: "<b>Shop</b>",
  affected_versions: {
    "* - 1.2": { from_version: "*", from_inclusive: true, to_version: "1.2", to_inclusive: true },
  },
  patched: true,
  ...over,
});
const record = (over: object = {}) => ({
  id: "6ea92e7b-1d4d-4b0a-a9fb-2b7a3b6b4c5d",
  title: "[Click](https://evil.example) @everyone",
  cve: "CVE-2026-12345",
  informational: false,
  software: [software()],
  ...over,
});
const range = (from: string, to: string, inclusive = false) => ({
  affected_versions: {
    x: {
      from_version: from,
      from_inclusive: inclusive,
      to_version: to,
      to_inclusive: inclusive,
    },
  },
});
const wordfence = async (document: unknown, packages = ["plugins/shop"]) => {
  put("wordfence.json", document);
  return feeds().read(inFile("wordfence.json", "wordfence"), packages);
};
const wpscan = async (document: unknown, packages = ["plugins/shop"]) => {
  put("wpscan.json", document);
  return feeds().read(inFile("wpscan.json"), packages);
};
const shop = { package: "plugins/shop", name: "CVE-2026-12345" };

describe("a feed of Wordfence's form", () => {
  it("tells of the packages that are asked for, and of no other", async () => {
    const other = record({ software: [software({ slug: "other" })] });
    expect(await wordfence({ a: record(), b: other })).toMatchObject({
      kind: "read",
      affected: [{ ...shop, from: null, to: "1.2", toInclusive: true }],
      unread: [],
      problem: null,
    });
  });
  it("tells themes, WordPress itself and slugs in capitals apart from what they are not", async () => {
    const all = record({
      software: [
        software({ type: "core", slug: "wordpress" }),
        software({ type: "theme", slug: "Shop" }),
      ],
    });
    const found = await wordfence({ all }, ["plugins/shop", "themes/shop", "core"]);
    expect(found).toMatchObject({ affected: [{ package: "themes/shop" }, { package: "core" }] });
  });
  it.each<[string, string, object]>([
    ["1.0", "2.0", { from: "1.0", fromInclusive: false, to: "2.0", toInclusive: false }],
    ["v1.0", "2.0-rc1", { from: "1.0", fromInclusive: true, to: "2.0", toInclusive: true }],
  ])("counts from %s to %s, a suffix making it wider at most", async (from, to, wanted) => {
    const one = record({ software: [software(range(from, to))] });
    expect(await wordfence({ one })).toMatchObject({ affected: [wanted], unread: [] });
  });
  it.each([
    ["a bound that is no version", range("beta", "2.0")],
    ["a version of more digits than any", range("1.0", "1".repeat(40))],
    ["a range without an end", { affected_versions: { x: { from_version: "1" } } }],
    ["no range at all", { affected_versions: undefined }],
  ])("knows nothing of a package with %s, and of others what it did", async (_, over) => {
    const bad = record({ software: [software(over)] });
    const good = record({ software: [software({ slug: "other" })] });
    const found = await wordfence({ bad, good }, ["plugins/shop", "plugins/other"]);
    expect(found).toMatchObject({
      unread: ["plugins/shop"],
      affected: [{ package: "plugins/other" }],
    });
  });
  it("passes over what is no vulnerability, and what has no affected version", async () => {
    const informational = record({ informational: true });
    const none = record({ software: [software({ affected_versions: [] })] });
    expect(await wordfence({ informational, none })).toMatchObject({ affected: [], unread: [] });
  });
  it.each([
    ["a list", []],
    ["a text", "feed"],
    ["an error of its server", { code: "rest_forbidden", message: "no" }],
    ["a record about nobody knows what", { a: record({ software: [{ slug: "shop" }] }) }],
    ["a record without software", { a: { id: "a" } }],
  ])("is not read at all where it is %s", async (_, document) => {
    expect(await wordfence(document)).toEqual({
      kind: "unread",
      why: "it is no feed of the form wordfence",
    });
  });
  it("brings no text of its own along but a CVE number or an id", async () => {
    const odd = record({ cve: "CVE-2026-1`](x)", id: "**bold** <img>" });
    const found = await wordfence({ good: record({ cve: null }), odd });
    expect(found).toMatchObject({
      affected: [
        { name: "6ea92e7b-1d4d-4b0a-a9fb-2b7a3b6b4c5d" },
        { name: "a record without a name" },
      ],
    });
  });
});

describe("a feed of WPScan's form", () => {
  const vulnerability = (over: object = {}) => ({
    id: "0e4e9b5c-0000-4000-8000-000000000000",
    title: "XSS",
    fixed_in: "1.3",
    introduced_in: null,
    references: { cve: ["2026-12345"] },
    ...over,
  });
  const entry = (over: object = {}) => ({
    latest_version: "2.0",
    vulnerabilities: [vulnerability(over)],
  });
  it("tells from where to where a package is vulnerable", async () => {
    expect(await wpscan({ plugins: { shop: entry() } })).toMatchObject({
      affected: [{ ...shop, from: null, to: "1.3", toInclusive: false }],
    });
    const open = entry({ fixed_in: null, introduced_in: "1.1", references: null });
    expect(await wpscan({ plugins: { shop: open } })).toMatchObject({
      affected: [{ from: "1.1", fromInclusive: true, to: null, name: vulnerability().id }],
    });
  });
  it("tells of the very versions of WordPress that it lists", async () => {
    expect(await wpscan({ wordpresses: { "7.1": entry() } }, ["core"])).toMatchObject({
      affected: [{ package: "core", from: "7.1", to: "7.1", toInclusive: true }],
    });
  });
  it("knows nothing of the types that it leaves out, nor of an entry that cannot be read", async () => {
    const document = { plugins: { shop: { vulnerabilities: [{ fixed_in: 3 }] } } };
    expect(await wpscan(document, ["plugins/shop", "plugins/other", "themes/a", "core"])).toEqual(
      expect.objectContaining({ affected: [], unread: ["plugins/shop", "themes/a", "core"] }),
    );
  });
  it.each([[{}], [{ shop: entry() }], [{ plugins: [] }], [null]])(
    "is not read at all where it is %o",
    async (document) => {
      expect(await wpscan(document)).toMatchObject({ kind: "unread" });
    },
  );
});

describe("where a feed comes from", () => {
  it("a URL, with the token of its own host alone", async () => {
    answer.body = JSON.stringify({ a: record() });
    const token = { env: "FEED_TOKEN" };
    const sent = feeds({ env: { FEED_TOKEN: `${server.host} secret` } });
    expect(await sent.read(atUrl({ token }), ["plugins/shop"])).toMatchObject({
      kind: "read",
      at: START,
    });
    expect(asked).toEqual(["Bearer secret"]);
    const elsewhere = feeds({ env: { FEED_TOKEN: "evil.example secret" } });
    expect(await elsewhere.read(atUrl({ token }), [])).toMatchObject({
      kind: "unread",
      why: expect.stringContaining("FEED_TOKEN does not hold"),
    });
    expect(asked).toHaveLength(1);
  });
  it("a file, which is as old as it says", async () => {
    put("old.json", { a: record() });
    utimesSync(path.join(folder, "old.json"), START - 500, START - 500);
    const found = await feeds().read(inFile("old.json", "wordfence"), []);
    expect(found).toMatchObject({ kind: "read", at: START - 500 });
  });
  it("a file, which is read again once it is too old, and not before an hour has passed", async () => {
    const set = (cve: string, age: number) => {
      put("kept.json", { a: record({ cve }) });
      utimesSync(path.join(folder, "kept.json"), START - age, START - age);
    };
    const adapter = feeds();
    const cve = async () => {
      const found = await adapter.read(inFile("kept.json", "wordfence"), ["plugins/shop"]);
      return found.kind === "read" ? found.affected[0]?.name : found.why;
    };
    set("CVE-2026-0001", 7200);
    expect(await cve()).toBe("CVE-2026-0001");
    set("CVE-2026-0002", 7000);
    clock.seconds += 3599;
    expect(await cve()).toBe("CVE-2026-0001");
    clock.seconds += 1;
    expect(await cve()).toBe("CVE-2026-0002");
    clock.seconds += 86_400;
    expect(await cve()).toBe("CVE-2026-0002");
    set("CVE-2026-0003", -80_000);
    clock.seconds += 59;
    expect(await cve()).toBe("CVE-2026-0002");
    clock.seconds += 1;
    expect(await cve()).toBe("CVE-2026-0003");
  });
  it.each([
    ["nothing is there", "missing.json", {}, "the file missing.json cannot be read (ENOENT)"],
    ["it is a folder", ".", {}, "cannot be read"],
    ["no folder is set", "old.json", { folder: null }, "this server has no folder of feeds"],
    ["it is too large", "big.json", { maxBytes: 5 }, "more than the 5 bytes allowed"],
    ["it is no text", "bytes.json", {}, "it is no UTF-8"],
    ["it is no JSON", "half.json", {}, "it is no feed of the form wpscan"],
  ])("is told where %s", async (_, file, over, why) => {
    put("big.json", "123456");
    writeFileSync(path.join(folder, "bytes.json"), Buffer.from([0xff, 0xfe]));
    writeFileSync(path.join(folder, "half.json"), '{"plugins":');
    const given = { ...inFile("name.json"), file };
    expect(await feeds(over).read(given, [])).toEqual({
      kind: "unread",
      why: expect.stringContaining(why),
    });
  });
  it.each(["../secrets.json", "/etc/passwd", "a/b.json", ".hidden", ""])(
    "is no path out of the folder: %s",
    (file) => {
      expect(Vulnerabilities.safeParse({ format: "wpscan", file, maxAge: "1d" }).success).toBe(
        false,
      );
    },
  );
  it("is asked over https and at public addresses, unless the policy allows others", async () => {
    expect(await feeds().read(atUrl({ privateAddresses: false }), [])).toMatchObject({
      kind: "unread",
      why: expect.stringContaining("not https"),
    });
    expect(asked).toEqual([]);
  });
  it("sends at most so many bytes", async () => {
    answer.body = JSON.stringify({ a: record() });
    expect(await feeds({ maxBytes: 100 }).read(atUrl(), [])).toMatchObject({
      kind: "unread",
      why: "more than the 100 bytes allowed",
    });
  });
});

describe("a feed that was read", () => {
  const read = (adapter: ReturnType<typeof openFeeds>) => adapter.read(atUrl(), ["plugins/shop"]);
  beforeEach(() => {
    answer.body = JSON.stringify({ a: record() });
  });

  it("is read once, however many ask at once, and again when it is an hour old", async () => {
    const adapter = feeds();
    await Promise.all([read(adapter), read(adapter), read(adapter)]);
    clock.seconds += 3599;
    await read(adapter);
    expect(asked).toHaveLength(1);
    clock.seconds += 1;
    expect(await read(adapter)).toMatchObject({ at: START + 3600, problem: null });
    expect(asked).toHaveLength(2);
  });
  it("keeps its age while its source is gone, says why, and tries once a minute", async () => {
    const adapter = feeds();
    await read(adapter);
    answer.status = 503;
    clock.seconds += 7200;
    const old = { kind: "read", at: START, problem: `${server.host} answers 503` };
    expect(await read(adapter)).toMatchObject(old);
    clock.seconds += 59;
    expect(await read(adapter)).toMatchObject(old);
    expect(asked).toHaveLength(2);
    answer.status = 200;
    clock.seconds += 1;
    expect(await read(adapter)).toMatchObject({ at: START + 7260, problem: null });
  });
  it("is kept where a newer one cannot be read, with the problem", async () => {
    const adapter = feeds();
    await read(adapter);
    answer.body = "<html>maintenance</html>";
    clock.seconds += 3600;
    expect(await read(adapter)).toMatchObject({
      at: START,
      affected: [shop],
      problem: "it is no feed of the form wordfence",
    });
  });
  it("that was never read says so, and is tried again after a minute", async () => {
    answer.status = 500;
    const adapter = feeds();
    expect(await read(adapter)).toMatchObject({ kind: "unread" });
    expect(await read(adapter)).toMatchObject({ kind: "unread" });
    expect(asked).toHaveLength(1);
    answer.status = 200;
    clock.seconds += 60;
    expect(await read(adapter)).toMatchObject({ kind: "read" });
  });
});
