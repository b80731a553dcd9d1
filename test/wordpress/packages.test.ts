import { mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { readControlFile } from "../../src/contract/control-file.ts";
import { PackageLock } from "../../src/contract/package-lock.ts";
import type { PackageSource } from "../../src/contract/package-source.ts";
import { compareLock } from "../../src/domain/lock-comparison.ts";
import { openPackages } from "../../src/wordpress/packages.ts";
import { lockPath, lockText } from "../../sandbox/control-repository.ts";
import { type PackageServer, startPackageServer } from "../../sandbox/packages/server.ts";
import { zip } from "../../sandbox/packages/zip.ts";
import { id, pluginFiles, serve, sourceAt, templateAt, type TestServer } from "./package-world.ts";

let packages: PackageServer;
let closing: TestServer[] = [];
beforeAll(async () => {
  packages = await startPackageServer();
});
afterAll(() => packages.close());
afterEach(async () => {
  packages.heal();
  for (const started of closing.splice(0)) await started.close();
  closing = [];
});

const hello = id("plugins/hello-countersign@1.1");
const read = (name: string, source: PackageSource = sourceAt(packages.origin), env = {}) =>
  openPackages(env).read(id(name), source, null);

async function server(...[listener]: Parameters<typeof serve>): Promise<TestServer> {
  const started = await serve(listener);
  closing.push(started);
  return started;
}

describe("a package at a source in WordPress.org's shape", () => {
  it("is found with everything that a lock of it says", async () => {
    const { sha256, bytes, url } = packages.find("shop-lite", "2.1.0");
    expect(await read("plugins/shop-lite@2.1.0")).toEqual({
      kind: "found",
      found: {
        headerVersion: "2.1.0",
        lock: {
          source: "test",
          url,
          sha256,
          bytes,
          releasedAt: "2026-10-19T09:00:00Z",
          requires: "6.7",
          requiresPhp: "8.1",
          requiresPlugins: ["hello-countersign"],
        },
      },
    });
    expect(await read("themes/plain-child@1.0")).toMatchObject({
      found: { lock: { template: "twentytwentyfive", requiresPlugins: [] } },
    });
  });
  it("is not found where the source has neither it nor its version", async () => {
    expect(await read("plugins/nobody@1.0")).toMatchObject({ kind: "not_found" });
    expect(await read("plugins/shop-lite@9.9")).toMatchObject({
      kind: "not_found",
      why: "test has shop-lite, but no version 9.9",
    });
    packages.fault("shop-lite", "2.0.0", { kind: "missing" });
    expect(await read("plugins/shop-lite@2.0.0")).toMatchObject({ kind: "not_found" });
  });
  it("keeps the version that its own header names, so that a difference shows", async () => {
    expect(await read("plugins/hello-countersign@1.5")).toMatchObject({
      found: { headerVersion: "1.9" },
    });
  });
  it("is core, found beside the newest release, with its database version", async () => {
    const files = {
      "wordpress/wp-includes/version.php":
        "<?php\n$wp_version = '7.1';\n$wp_db_version = 60717;\n$required_php_version = '7.4';\n",
    };
    const { origin } = await server((request, response) => {
      if (request.url === "/release/wordpress-7.1.zip") return response.end(zip(files));
      const full = `${origin}/release/wordpress-7.1.1.zip`;
      const offers = [{ version: "7.1.1", packages: { full, no_content: false } }];
      return response.end(JSON.stringify({ offers, translations: [] }));
    });
    expect(await read("core@7.1", sourceAt(origin))).toMatchObject({
      kind: "found",
      found: { headerVersion: "7.1", lock: { dbVersion: 60717, requiresPhp: "7.4" } },
    });
  });
  it.each(["{}", "<html>", '{"slug":"other","version":"1.0","download_link":"http://x/"}', ""])(
    "is not known while its source answers %j",
    async (text) => {
      const { origin } = await server((_request, response) => response.end(text));
      expect(await read("plugins/odd@1.0", sourceAt(origin))).toMatchObject({
        kind: "unreachable",
      });
    },
  );
});

it("the locks that the sandbox writes are what its packages are", async () => {
  const sound = packages.packages.filter(({ version }) => version !== "1.5" && version !== "1.6");
  for (const entry of sound) {
    const lock = { path: lockPath(entry), content: lockText(entry) };
    const own = readControlFile(lock, PackageLock);
    if (own.kind === "invalid") throw new Error(lock.path);
    const name = id(`${entry.kind}/${entry.slug}@${entry.version}`);
    const reading = await openPackages({}).read(name, sourceAt(packages.origin), null);
    expect(compareLock({ id: name, lock: own.value, document: own.document }, reading)).toEqual([]);
  }
});

describe("a download", () => {
  const from = async (over: object, listener: Parameters<typeof serve>[0]) => {
    const { origin } = await server(listener);
    return read("plugins/odd@1.0", templateAt(origin, over));
  };
  const good = zip(pluginFiles());

  it("follows redirects to hosts that the source lists, and to no other", async () => {
    const other = await server((_request, response) => response.end(good));
    const there = (_request: unknown, response: { writeHead: Function }) =>
      response.writeHead(302, { location: `${other.origin}/x.zip` }).end();
    const { origin, host } = await server(there as never);
    const hosts = [host, other.host];
    expect(await read("plugins/odd@1.0", templateAt(origin, { hosts }))).toMatchObject({
      kind: "found",
    });
    expect(await read("plugins/odd@1.0", templateAt(origin))).toEqual({
      kind: "unsafe",
      why: `redirected: ${other.host} is not among the source's hosts`,
    });
  });
  it("does not go round in circles", async () => {
    const answer = await from({}, (request, response) =>
      response.writeHead(302, { location: request.url }).end(),
    );
    expect(answer).toEqual({ kind: "unsafe", why: "redirected more than 5 times" });
  });
  it("contacts no private address and nothing without https unless the source says so", async () => {
    let asked = 0;
    const { origin, host } = await server((_request, response) => {
      asked += 1;
      response.end(good);
    });
    const closed = { privateAddresses: false };
    expect(await read("plugins/odd@1.0", templateAt(origin, closed))).toMatchObject({
      kind: "unsafe",
      why: `${host} would be asked by http, not https`,
    });
    const secure = templateAt(origin.replace("http:", "https:"), closed);
    expect(await read("plugins/odd@1.0", secure)).toEqual({
      kind: "unsafe",
      why: `${host} is at 127.0.0.1, an address that is not public`,
    });
    expect(asked).toBe(0);
  });
  it("stops at the source's size, announced or not", async () => {
    const answer = { kind: "too_large", why: "more than the 100 bytes allowed" };
    expect(await from({ maxBytes: 100 }, (_request, response) => response.end(good))).toEqual(
      answer,
    );
    const chunked = await from({ maxBytes: 100 }, (_request, response) => {
      response.write(good.subarray(0, 90));
      response.end(good.subarray(90));
    });
    expect(chunked).toEqual(answer);
  });
  it.each([
    [404, "not_found"],
    [410, "not_found"],
    [401, "unreachable"],
    [429, "unreachable"],
    [500, "unreachable"],
    [204, "unreachable"],
  ])("takes the status %i for %s", async (status, kind) => {
    const answer = await from({}, (_request, response) => response.writeHead(status).end());
    expect(answer).toMatchObject({ kind });
  });
  it("is not known when it breaks off or nobody listens", async () => {
    packages.fault("shop-lite", "2.0.0", { kind: "truncated" });
    expect(await read("plugins/shop-lite@2.0.0")).toMatchObject({ kind: "unreachable" });
    const gone = await serve(() => undefined);
    await gone.close();
    expect(await read("plugins/odd@1.0", templateAt(gone.origin))).toMatchObject({
      kind: "unreachable",
      why: expect.stringContaining("ECONNREFUSED"),
    });
  });
  it("is dated by the source, else by the newest file in it", async () => {
    const dated = await from({}, (_request, response) =>
      response.setHeader("last-modified", "Tue, 03 Nov 2026 10:20:30 GMT").end(good),
    );
    expect(dated).toMatchObject({ found: { lock: { releasedAt: "2026-11-03T10:20:30Z" } } });
    const undated = await from({}, (_request, response) => response.end(good));
    expect(undated).toMatchObject({ found: { lock: { releasedAt: "2024-01-01T00:00:00Z" } } });
  });
  it("leaves no file behind", async () => {
    // A folder of its own: others download at the same time.
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-none-left-"));
    const seen: string[] = [];
    const watcher = watch(folder, (_event, name) => seen.push(String(name)));
    vi.stubEnv("TMPDIR", folder);
    await read("plugins/hello-countersign@1.6");
    await read("plugins/hello-countersign@1.1");
    vi.unstubAllEnvs();
    await vi.waitFor(() => expect(seen.join()).toContain("countersign-package-"));
    watcher.close();
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });
});

describe("a private source", () => {
  const seen: (string | undefined)[] = [];
  const start = () =>
    server((request, response) => {
      seen.push(request.headers.authorization);
      response.end(zip(pluginFiles()));
    });
  const priv = (origin: string, hosts?: string[]) =>
    templateAt(origin, { type: "private", token: { env: "T" }, ...(hosts ? { hosts } : {}) });

  it("gets its token, and only at the host that the operator named beside it", async () => {
    const { origin, host } = await start();
    const at = (value: string) => read("plugins/odd@1.0", priv(origin), { T: value });
    expect(await at(`${host} s3cret`)).toMatchObject({ kind: "found" });
    expect(seen.splice(0)).toEqual(["Bearer s3cret"]);
    const refusal = { kind: "unreachable", why: expect.stringContaining("variable T") };
    expect(await at("elsewhere.example s3cret")).toEqual(refusal);
    expect(await at("s3cret")).toEqual(refusal);
    expect(await at("")).toEqual(refusal);
    expect(seen).toEqual([]);
  });
  it("does not have its token carried along by a redirect", async () => {
    const other = await start();
    const first = await server((_request, response) =>
      response.writeHead(302, { location: `${other.origin}/x` }).end(),
    );
    const source = priv(first.origin, [first.host, other.host]);
    const answer = await read("plugins/odd@1.0", source, { T: `${first.host} s3cret` });
    expect(answer).toMatchObject({ kind: "found" });
    expect(seen.splice(0)).toEqual([undefined]);
  });
});

describe("asking again", () => {
  const downloads = () =>
    packages.requests.filter((line) => line === "GET /plugin/hello-countersign.1.1.zip").length;

  it("costs nothing once the bytes were as claimed", async () => {
    const adapter = openPackages({});
    const claim = packages.find("hello-countersign", "1.1");
    const before = downloads();
    const ask = () => adapter.read(hello, sourceAt(packages.origin), claim as never);
    const [first] = await Promise.all([ask(), ask(), ask()]);
    packages.tamper("hello-countersign", "1.1");
    expect(await ask()).toEqual(first);
    expect(downloads() - before).toBe(1);
  });
  it("asks another source, address or claim anew", async () => {
    const adapter = openPackages({});
    const claim = packages.find("hello-countersign", "1.1") as never;
    const before = downloads();
    await adapter.read(hello, sourceAt(packages.origin), claim);
    await adapter.read(hello, sourceAt(packages.origin, { maxBytes: 1000 }), claim);
    await adapter.read(hello, sourceAt(packages.origin), null);
    expect(downloads() - before).toBe(3);
  });
});
