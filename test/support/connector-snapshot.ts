/** Everything a message could change on a site: all rows of all tables, and all files. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ConnectorSite } from "./connector-site.ts";

/** The connector's own log of refusals, and what is not WordPress's content. */
const OWN_LOG = /refused\.log|constants\.json|logs\/|database\//u;

export function snapshot(site: ConnectorSite): { rows: string; files: string } {
  return { rows: rowsOf(site), files: filesOf(path.join(site.dir, "..")) };
}

function rowsOf(site: ConnectorSite): string {
  const dump = site.dump();
  if (dump !== undefined) return createHash("sha256").update(dump).digest("hex");
  const file = path.join(site.dir, "..", "database", "wordpress.sqlite");
  const database = new DatabaseSync(file, { readOnly: true });
  const hash = createHash("sha256");
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .all() as { name: string }[];
    for (const { name } of tables) {
      const rows = database.prepare(`SELECT * FROM "${name}"`).all();
      hash.update(
        JSON.stringify([name, rows], (_, value: unknown) =>
          typeof value === "bigint" ? String(value) : value,
        ),
      );
    }
  } finally {
    database.close();
  }
  return hash.digest("hex");
}

function filesOf(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || OWN_LOG.test(file.slice(folder.length))) continue;
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex");
}
