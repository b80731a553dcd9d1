/**
 * Compiled PHP, carried from the template to every PHP instance, so that none of them spends its
 * first seconds compiling WordPress again. PHP compares each entry with the time of its source
 * file, so an entry for a file that has changed since is never used.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import type { PHP } from "@php-wasm/universal";

const FOLDER = "/internal/shared/opcache";

/** Files that a site writes for itself are left out. */
const OWN_FILES = /\/internal\/|\/wp-config\.php|\/wp-content\/(plugins|mu-plugins)\//u;

/** Everything this PHP has compiled of WordPress itself, for `opcacheSeed`. */
export function collectOpcache(php: PHP): Buffer {
  const compiled = new Map<string, Uint8Array>();
  const collect = (folder: string) => {
    for (const name of php.listFiles(folder)) {
      const entry = path.posix.join(folder, name);
      if (php.isDir(entry)) collect(entry);
      else if (!OWN_FILES.test(entry.slice(FOLDER.length))) {
        compiled.set(entry, php.readFileAsBuffer(entry));
      }
    }
  };
  collect(FOLDER);
  return serialize(compiled);
}

/** Reads a collection once and returns what puts it into a PHP instance. */
export function opcacheSeed(file: string | undefined): (php: PHP) => void {
  if (file === undefined) return () => undefined;
  const compiled = deserialize(readFileSync(file)) as Map<string, Uint8Array>;
  const folders = new Set([...compiled.keys()].map((entry) => path.posix.dirname(entry)));
  return (php) => {
    for (const folder of folders) php.mkdirTree(folder);
    for (const [entry, bytes] of compiled) php.writeFile(entry, bytes);
  };
}
