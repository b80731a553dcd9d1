/** What can be wrong with a package's source, and what it then sends. */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type Release, tampered } from "./release.ts";
import { zip } from "./zip.ts";

export type PackageFault =
  /** Other bytes of the same size, still a sound zip. */
  | { readonly kind: "tampered" }
  /** The right zip with this many bytes after it. */
  | { readonly kind: "padded"; readonly extraBytes: number }
  /** The connection breaks after half of the announced bytes. */
  | { readonly kind: "truncated" }
  | { readonly kind: "redirect"; readonly location: string }
  | { readonly kind: "missing" }
  | { readonly kind: "slow"; readonly delayMs: number };

/** Sends a release's zip, or what the fault makes of it. */
export async function sendRelease(
  response: ServerResponse,
  release: Release,
  fault: PackageFault | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return send(response, release, zip(release.files));
    case "tampered":
      return send(response, release, zip(tampered(release).files));
    case "padded":
      return send(
        response,
        release,
        Buffer.concat([zip(release.files), Buffer.alloc(fault.extraBytes)]),
      );
    case "truncated":
      return sendHalf(response, release, zip(release.files));
    case "redirect":
      response.writeHead(302, { location: fault.location }).end();
      return;
    case "missing":
      response.writeHead(404).end();
      return;
    case "slow":
      await sleep(fault.delayMs);
      return send(response, release, zip(release.files));
  }
}

function send(response: ServerResponse, release: Release, body: Buffer): void {
  response.writeHead(200, headersOf(release, body));
  response.end(body);
}

function sendHalf(response: ServerResponse, release: Release, body: Buffer): void {
  response.writeHead(200, headersOf(release, body));
  response.write(body.subarray(0, body.length >> 1), () => response.destroy());
}

function headersOf({ releasedAt }: Release, body: Buffer) {
  return {
    "content-type": "application/zip",
    "content-length": body.length,
    "last-modified": new Date(releasedAt).toUTCString(),
  };
}
