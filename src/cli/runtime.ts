/** The Node that the program needs, for whoever starts it without the npm scripts. */
import { CountersignError } from "../errors.ts";

const NEEDED = [24, 10] as const;

/**
 * Older ones verify Ed25519 signatures that are not safe to accept.
 *
 * @throws CountersignError `runtime_too_old`
 */
export function requireRuntime(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return;
  throw new CountersignError(
    "runtime_too_old",
    `Countersign needs Node ${NEEDED.join(".")} or later, and this is Node ${version}.`,
    { hint: "Use the npm scripts, or put Node 24 first in the path." },
  );
}
