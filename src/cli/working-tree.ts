/** Files of a clone as they lie on disk. A link in the clone never leads a read or write outside. */
import { promises as fs } from "node:fs";
import path from "node:path";
import { type FileContent, MAX_YAML_BYTES } from "../contract/file-content.ts";
import { CountersignError } from "../errors.ts";

/** `undefined` where there is no such file. Bytes where the text is not UTF-8. */
export async function readTreeFile(root: string, file: string): Promise<FileContent | undefined> {
  const bytes = await readWithin(root, file);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

async function readWithin(root: string, file: string): Promise<Uint8Array | undefined> {
  const name = path.join(root, file);
  try {
    if ((await fs.realpath(name)) !== path.join(await fs.realpath(root), file)) throw link(file);
    const { size } = await fs.stat(name);
    // Whatever is larger is refused unread by whoever parses it.
    return size > MAX_YAML_BYTES * 2 ? new Uint8Array(0) : await fs.readFile(name);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** All or nothing: a reader finds the old text or the new one. */
export async function writeTreeFile(root: string, file: string, text: string): Promise<void> {
  const folder = path.join(root, path.dirname(file));
  await fs.mkdir(folder, { recursive: true });
  const real = await fs.realpath(folder);
  if (real !== path.join(await fs.realpath(root), path.dirname(file))) throw link(file);
  const half = path.join(real, `.${path.basename(file)}.half`);
  await fs.writeFile(half, text, { flag: "w" });
  await fs.rename(half, path.join(real, path.basename(file)));
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

const link = (file: string): CountersignError =>
  new CountersignError("clone_unreadable", `${file} is or lies behind a symbolic link.`, {
    hint: "Replace the link by a real folder or file; Countersign follows none.",
  });
