/**
 * A package server on loopback that answers as WordPress.org does: the information of a plugin
 * or theme, and its zips. Faults are switched on per package, so that a test can show what a
 * lying, broken or slow source does.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type PackageFault, sendRelease } from "./fault.ts";
import { helloCountersign } from "./hello-countersign.ts";
import { plainChild } from "./plain-child.ts";
import { entryOf, type PackageEntry, pathOf, type Release } from "./release.ts";
import { shopLite } from "./shop-lite.ts";
import type { ZipFiles } from "./zip.ts";
import { informationOf } from "./wordpress-org.ts";

export interface PackageServer {
  readonly origin: string;
  readonly packages: readonly PackageEntry[];
  /** Every request so far, oldest first: `GET /plugin/hello-countersign.1.1.zip`. */
  readonly requests: readonly string[];
  /** @throws Error when there is no such package */
  find(slug: string, version: string): PackageEntry;
  /** The files inside that zip, as a site has them on disk. @throws Error as `find` */
  filesOf(slug: string, version: string): ZipFiles;
  /** Serves other bytes for this version; address and size stay. */
  tamper(slug: string, version: string): void;
  fault(slug: string, version: string, fault: PackageFault): void;
  /** Takes every fault back. */
  heal(): void;
  close(): Promise<void>;
}

export interface PackageServerOptions {
  /** More releases than the sandbox's own. */
  readonly releases?: readonly Release[];
}

/** Starts the server on a free port. */
export async function startPackageServer(
  options: PackageServerOptions = {},
): Promise<PackageServer> {
  const releases = [...helloCountersign, ...shopLite, ...plainChild, ...(options.releases ?? [])];
  const byPath = new Map(releases.map((release) => [pathOf(release), release]));
  const faults = new Map<string, PackageFault>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer({ request, response, byPath, faults, packages }).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const origin = await listen(server);
  const packages = releases.map((release) => entryOf(release, origin));
  const find = (slug: string, version: string) => {
    const found = packages.find((each) => each.slug === slug && each.version === version);
    if (found === undefined) throw new Error(`The package server has no ${slug} ${version}.`);
    return found;
  };
  const fault = (slug: string, version: string, what: PackageFault) => {
    faults.set(pathOf(find(slug, version)), what);
  };
  return {
    origin,
    packages,
    requests,
    find,
    filesOf: (slug, version) => byPath.get(pathOf(find(slug, version)))?.files ?? {},
    tamper: (slug, version) => fault(slug, version, { kind: "tampered" }),
    fault,
    heal: () => faults.clear(),
    close: () => close(server),
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly byPath: ReadonlyMap<string, Release>;
  readonly faults: ReadonlyMap<string, PackageFault>;
  readonly packages: readonly PackageEntry[];
}

async function answer({ request, response, byPath, faults, packages }: Exchange): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const release = byPath.get(url.pathname);
  if (release !== undefined) return sendRelease(response, release, faults.get(url.pathname));
  const information = informationOf(url, packages);
  response.writeHead(information === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(information ?? { error: "Not found." }));
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address !== null && typeof address === "object") {
        resolve(`http://127.0.0.1:${address.port}`);
      } else reject(new Error("The package server has no port."));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
