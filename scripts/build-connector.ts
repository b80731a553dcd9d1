/** `npm run build:connector`: the installable plugin, `dist/countersign.zip`, the same bytes each time. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { zip } from "../sandbox/packages/zip.ts";

const root = path.resolve(import.meta.dirname, "..");

/** The plugin's files by their path in WordPress's plugins folder, in byte order. */
export function connectorFiles(): Record<string, Buffer> {
  const folder = path.join(root, "connector");
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(
    names.map((name) => [
      `countersign/${name.split(path.sep).join("/")}`,
      readFileSync(path.join(folder, name)),
    ]),
  );
}

if (process.argv[1] === import.meta.filename) {
  const file = path.join(root, "dist", "countersign.zip");
  mkdirSync(path.dirname(file), { recursive: true });
  const bytes = zip(connectorFiles());
  writeFileSync(file, bytes);
  console.log(`${path.relative(root, file)}: ${bytes.length} bytes`);
}
