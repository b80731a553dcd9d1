/** Small and read-only file systems, where this machine lets a test mount them: a disk that is really full. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

/** Runs with a file system of so many bytes, empty, in the place of a folder. */
export async function withSmallDisk<T>(
  folder: string,
  bytes: number,
  body: () => Promise<T>,
): Promise<T> {
  run("mount", "-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "countersign-test", folder);
  try {
    return await body();
  } finally {
    run("umount", "-l", folder);
  }
}

/** Runs while nothing below a folder can be written, not even by root. */
export async function withReadOnly<T>(folder: string, body: () => Promise<T>): Promise<T> {
  run("mount", "--bind", folder, folder);
  try {
    run("mount", "-o", "remount,ro,bind", folder);
    return await body();
  } finally {
    run("umount", "-l", folder);
  }
}

/** Whether tests may mount here: as root, and not in a container that forbids it. */
export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "countersign-test", folder]).status === 0;
  if (mounted) run("umount", folder);
  rmdirSync(folder);
  return mounted;
}
