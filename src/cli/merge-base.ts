/** The merge base of two commits of a clone. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The best common ancestor; `null` where the histories are unrelated. */
export async function mergeBase(folder: string, a: string, b: string): Promise<string | null> {
  try {
    const { stdout } = await run("git", ["-C", folder, "merge-base", a, b], { encoding: "utf8" });
    return stdout.trim();
  } catch {
    return null;
  }
}
