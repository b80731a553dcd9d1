/** A package server for one test file. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface PackageServer {
  readonly origin: string;
  /** Puts bytes at a path and returns their URL. */
  put(path: string, bytes: Uint8Array): string;
  /** Answers a path with a redirect to another one. */
  redirect(path: string, to: string): string;
  /** Paths asked for since the start. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export async function startPackageServer(): Promise<PackageServer> {
  const files = new Map<string, Uint8Array>();
  const redirects = new Map<string, string>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const to = redirects.get(path);
    const bytes = files.get(path);
    if (to !== undefined) response.writeHead(302, { location: to }).end();
    else if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/zip" }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    asked,
    put: (path, bytes) => {
      files.set(path, bytes);
      return origin + path;
    },
    redirect: (path, to) => {
      redirects.set(path, to);
      return origin + path;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
