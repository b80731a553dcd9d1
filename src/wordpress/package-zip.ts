/**
 * Reads a package's zip without unpacking it anywhere. Every entry is read to its end, so that
 * sizes and checksums are what the directory says, and WordPress will unpack what was looked at.
 *
 * Refused: names outside the package's own folder, links and devices, a name twice, encryption, a
 * local header that names another file, more bytes or entries than allowed.
 */
import { crc32 } from "node:zlib";
import { type Entry, openPromise, validateFileName, type ZipFile } from "yauzl";
import type { PackageProblem } from "../contract/package-reading.ts";

export interface ZipRules {
  /** The one folder at the top. */
  readonly folder: string;
  /** Files whose beginning is wanted, by their path inside the folder. */
  readonly wants: (path: string) => boolean;
  readonly maxUnpackedBytes: number;
}

export interface ZipContents {
  readonly kind: "read";
  /** The first 8 KiB of the wanted files: as far as WordPress reads for headers. */
  readonly heads: ReadonlyMap<string, string>;
  /** The newest file's time, in Unix seconds: zip has no zone, so UTC is taken. */
  readonly newestAt: number;
}

const headBytes = 8192;
const maxEntries = 50_000;

export async function readPackageZip(
  path: string,
  rules: ZipRules,
): Promise<ZipContents | PackageProblem> {
  let zip: ZipFile | undefined;
  try {
    zip = await openPromise(path, { lazyEntries: true, autoClose: false, strictFileNames: true });
    return await readEntries(zip, rules);
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    return unsafe(`the zip is not sound: ${why}`);
  } finally {
    zip?.close();
  }
}

async function readEntries(zip: ZipFile, rules: ZipRules): Promise<ZipContents | PackageProblem> {
  if (zip.entryCount > maxEntries) return tooLarge(`${zip.entryCount} entries in the zip`);
  const names = new Set<string>();
  const heads = new Map<string, string>();
  let [left, newestAt] = [rules.maxUnpackedBytes, 0];
  for await (const entry of zip.eachEntry()) {
    const name = entry.fileName;
    const odd = names.has(name) ? "is there twice" : oddity(entry, rules.folder);
    if (odd !== null) return unsafe(`${JSON.stringify(name.slice(0, 120))} in the zip ${odd}`);
    names.add(name);
    left -= entry.uncompressedSize;
    if (left < 0) return tooLarge(`more than ${rules.maxUnpackedBytes} bytes when unpacked`);
    const head = await readEntry(zip, entry);
    const inside = name.slice(rules.folder.length + 1);
    if (rules.wants(inside)) heads.set(inside, head.toString("utf8"));
    const at = entry.getLastModDate({ timezone: "UTC" }).getTime();
    if (at > newestAt) newestAt = at;
  }
  return { kind: "read", heads, newestAt: Math.floor(newestAt / 1000) };
}

const FILE_TYPE = 0o170000;
/** None said, a regular file, a folder. */
const PLAIN_TYPES: ReadonlySet<number> = new Set([0, 0o100000, 0o040000]);

function oddity(entry: Entry, folder: string): string | null {
  // Whoever unpacks may take the bytes as they are, or the name that an extra field gives.
  for (const name of [entry.fileName, entry.fileNameRaw.toString("latin1")]) {
    if (!name.startsWith(`${folder}/`)) return `is not under ${folder}/`;
    if (validateFileName(name) !== null) return "has a path that leads elsewhere";
  }
  if (entry.fileNameRaw.some((byte) => byte < 0x20 || byte === 0x7f)) {
    return "has a control character";
  }
  if (!PLAIN_TYPES.has((entry.externalFileAttributes >>> 16) & FILE_TYPE)) {
    return "is a link or a device";
  }
  return entry.isEncrypted() ? "is encrypted" : null;
}

/** @throws Error where size, checksum or the local header's name is not the directory's */
async function readEntry(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  if (!local.fileName.equals(entry.fileNameRaw)) throw new Error("an entry has two names");
  const kept: Buffer[] = [];
  let [sum, size] = [0, 0];
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("text instead of bytes");
    sum = crc32(chunk, sum);
    if (size < headBytes) kept.push(chunk.subarray(0, headBytes - size));
    size += chunk.length;
  }
  if (sum !== entry.crc32) throw new Error("a checksum is wrong");
  return Buffer.concat(kept);
}

const unsafe = (why: string): PackageProblem => ({ kind: "unsafe", why });
const tooLarge = (why: string): PackageProblem => ({ kind: "too_large", why });
