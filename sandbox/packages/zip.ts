/**
 * A zip writer that is the same on every machine and day: entries are stored, not compressed,
 * with one fixed time, so that the digest of a package depends on its files alone.
 */
import { crc32 } from "node:zlib";

/** 2024-01-01 00:00:00 in the two words of MS-DOS: (year - 1980) << 9 | month << 5 | day. */
const DOS_TIME = 0;
const DOS_DATE = (44 << 9) | (1 << 5) | 1;
const VERSION_NEEDED = 20;
const REGULAR_FILE_0644 = (0o100644 << 16) >>> 0;
const MADE_ON_UNIX = (3 << 8) | VERSION_NEEDED;

/** Relative path to content. Names are written exactly as given, dangerous ones too. */
export type ZipFiles = Readonly<Record<string, string | Uint8Array>>;

export function zip(files: ZipFiles): Buffer<ArrayBuffer> {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const entry = { name: Buffer.from(name), data: Buffer.from(content), offset };
    const local = localEntry(entry);
    locals.push(local);
    directory.push(directoryEntry(entry));
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...locals, central, endRecord(directory.length, central.length, offset)]);
}

interface Entry {
  readonly name: Buffer;
  readonly data: Buffer;
  /** Where the entry's local header begins in the file. */
  readonly offset: number;
}

function localEntry({ name, data }: Entry): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  writeFacts(header, 10, { name, data });
  return Buffer.concat([header, name, data]);
}

function directoryEntry({ name, data, offset }: Entry): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_ON_UNIX, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  writeFacts(header, 12, { name, data });
  header.writeUInt32LE(REGULAR_FILE_0644, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}

/** Time, checksum, sizes and name length stand in the same order in both headers. */
function writeFacts(header: Buffer, at: number, { name, data }: Omit<Entry, "offset">): void {
  header.writeUInt16LE(DOS_TIME, at);
  header.writeUInt16LE(DOS_DATE, at + 2);
  header.writeUInt32LE(crc32(data), at + 4);
  header.writeUInt32LE(data.length, at + 8);
  header.writeUInt32LE(data.length, at + 12);
  header.writeUInt16LE(name.length, at + 16);
}

function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryOffset, 16);
  return end;
}
