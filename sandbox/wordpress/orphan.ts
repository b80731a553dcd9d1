/** Cleans up behind a starter that died without closing its sites. */
import { rmdirSync, rmSync } from "node:fs";
import path from "node:path";

/** Removes a site's folder; the last site of a fleet removes the fleet's folder too. */
export function removeOrphan(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    rmdirSync(path.dirname(folder));
  } catch {
    // Another site of the fleet is still there, and will try again when it goes.
  }
}
