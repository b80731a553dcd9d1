/** Packages for the tests of the source adapter: odd zips, and a server that has them. */
import { createServer, type RequestListener } from "node:http";
import { PackageSource } from "../../src/contract/package-source.ts";
import { parsePinName } from "../../src/domain/package-index.ts";

export const id = (name: string) => {
  const found = parsePinName(name);
  if (found === null) throw new Error(`${name} is no package`);
  return found;
};

export const sourceAt = (origin: string, over: object = {}): PackageSource =>
  PackageSource.parse({
    name: "test",
    type: "wordpress.org",
    api: origin,
    hosts: [new URL(origin).host],
    privateAddresses: true,
    ...over,
  });

/** A source that has its zips at `/{type}/{slug}/{version}`. */
export const templateAt = (origin: string, over: object = {}): PackageSource =>
  PackageSource.parse({
    name: "test",
    type: "template",
    url: `${origin}/{type}/{slug}/{version}`,
    hosts: [new URL(origin).host],
    privateAddresses: true,
    ...over,
  });

export interface TestServer {
  readonly origin: string;
  readonly host: string;
  close(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const host = `127.0.0.1:${address.port}`;
  return {
    host,
    origin: `http://${host}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const header = (version: string, more = "") =>
  `<?php\n/*\nPlugin Name: Odd\nVersion: ${version}\n${more}*/\n`;
export const pluginFiles = (version = "1.0", more = "") => ({
  "odd/odd.php": header(version, more),
});

const unixMode = (mode: number) => (mode << 16) >>> 0;
export const link = unixMode(0o120777);

/** Changes every central directory entry of this name: 0x02014b50 is its signature. */
export function patchDirectory(zip: Buffer, name: string, patch: (entry: Buffer) => void): Buffer {
  const bytes = Buffer.from(zip);
  for (let at = 0; at < bytes.length - 46; at += 1) {
    if (bytes.readUInt32LE(at) !== 0x02014b50) continue;
    const length = bytes.readUInt16LE(at + 28);
    if (bytes.toString("utf8", at + 46, at + 46 + length) === name) patch(bytes.subarray(at));
  }
  return bytes;
}
