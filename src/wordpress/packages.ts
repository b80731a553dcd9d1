/**
 * The Packages port: finds a version at its source, fetches its bytes into a file that is gone
 * afterwards, and reads from them what a lock has to say. A private source's token: bearer.ts.
 */
import { createHash, type Hash } from "node:crypto";
import { promises as fs } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CORE_SLUG, type PackageId } from "../contract/control-repository.ts";
import { Digest } from "../contract/ids.ts";
import { PackageLock } from "../contract/package-lock.ts";
import type { PackageReading } from "../contract/package-reading.ts";
import type { PackageSource } from "../contract/package-source.ts";
import type { Packages } from "../workflow/ports.ts";
import { bearerFor, type Environment } from "./bearer.ts";
import { Confirmed } from "./confirmed.ts";
import { type Download, download, type DownloadRules } from "./download.ts";
import { addressOf } from "./package-address.ts";
import { readHeaders, wantedFile } from "./package-headers.ts";
import { readPackageZip } from "./package-zip.ts";

const downloadSeconds = 60;
const maxUnpackedBytes = 1024 ** 3;

export function openPackages(env: Environment = process.env): Packages {
  const confirmed = new Confirmed();
  return {
    read: (id, source, claim) =>
      confirmed.get({ id, source, claim }, () => readPackage(id, source, env)),
  };
}

async function readPackage(
  id: PackageId,
  source: PackageSource,
  env: Environment,
): Promise<PackageReading> {
  const address = await addressOf(id, source);
  if (address.kind !== "at") return address;
  const { url } = address;
  const bearer = source.type === "private" ? bearerFor(source.token.env, url, env) : undefined;
  if (typeof bearer === "string") return { kind: "unreachable", why: bearer };
  const folder = await fs.mkdtemp(path.join(tmpdir(), "countersign-package-"));
  try {
    const file = path.join(folder, "package.zip");
    return await readBytes({ id, source, url, file }, bearer);
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown";
    return { kind: "unreachable", why: `this machine could not keep the download: ${why}` };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

interface Fetching {
  readonly id: PackageId;
  readonly source: PackageSource;
  readonly url: string;
  readonly file: string;
}

async function readBytes(
  { id, source, url, file }: Fetching,
  bearer: DownloadRules["bearer"],
): Promise<PackageReading> {
  const { hosts, privateAddresses, maxBytes } = source;
  const rules = { hosts, privateAddresses, maxBytes, timeoutSeconds: downloadSeconds, bearer };
  const hash = createHash("sha256");
  const done = await downloadTo(file, { url, rules, hash });
  if (done.kind !== "downloaded") return done;
  const wants = (name: string) => wantedFile(id, name);
  const top = id.type === "core" ? CORE_SLUG : id.slug;
  const zip = await readPackageZip(file, { folder: top, wants, maxUnpackedBytes });
  if (zip.kind !== "read") return zip;
  const headers = readHeaders(id, zip.heads);
  if (headers.kind === "unsafe") return headers;
  const lock = PackageLock.safeParse({
    source: source.name,
    url,
    sha256: Digest.parse(`sha256:${hash.digest("hex")}`),
    bytes: done.bytes,
    releasedAt: instant(done.modifiedAt ?? zip.newestAt),
    ...headers.facts,
  });
  return lock.success
    ? { kind: "found", found: { lock: lock.data, headerVersion: headers.version } }
    : { kind: "unsafe", why: "it says of itself what no lock can say" };
}

async function downloadTo(
  file: string,
  { url, rules, hash }: { url: string; rules: DownloadRules; hash: Hash },
): Promise<Download> {
  const out = await fs.open(file, "wx");
  try {
    return await download(url, rules, (chunk) => {
      hash.update(chunk);
      return out.appendFile(chunk);
    });
  } finally {
    await out.close();
  }
}

const instant = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
