/** Runs a program of the machine to its end, for the set-up's few steps outside Node. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { SandboxError } from "./sandbox-error.ts";

const execute = promisify(execFile);

/**
 * Returns what the program printed.
 *
 * @throws SandboxError with the end of its error output, when it is missing or fails
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; hint: string },
): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd: options.cwd, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    throw new SandboxError(`\`${program} ${args.join(" ")}\` failed: ${reasonOf(error)}`, {
      hint: options.hint,
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "the program was not found";
  const printed = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return printed === "" ? error.message : printed.slice(-1000);
}
