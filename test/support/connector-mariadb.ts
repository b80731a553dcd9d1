/** A MariaDB server of one test's own, on a socket in a temporary folder. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../sandbox/wordpress/folder-lock.ts";
import type { PhpConstant } from "../../sandbox/wordpress/wp-config.ts";

const DATABASE = "wordpress";

/** What is missing here for WordPress on MariaDB; undefined where nothing is. */
export function missingForMariaDb(): string | undefined {
  const modules = spawnSync("php", ["-m"], { encoding: "utf8" });
  if (modules.status !== 0 || !/^mysqli$/mu.test(modules.stdout)) return "PHP's mysqli";
  const server = spawnSync("mariadbd", ["--no-defaults", "--version"]);
  return server.status === 0 ? undefined : "mariadbd";
}

export class MariaDb {
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
  }

  static async start(): Promise<MariaDb> {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-mariadb-"));
    const data = path.join(folder, "data");
    const user = `--user=${process.getuid?.() === 0 ? "root" : (process.env["USER"] ?? "")}`;
    const install = ["--no-defaults", `--datadir=${data}`, user, "--skip-test-db"];
    // Several at once have failed without a word.
    const made = await withLock(path.resolve(".cache", "mariadb-install.lock"), async () =>
      spawnSync("mariadb-install-db", install, { encoding: "utf8" }),
    );
    if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`);
    const place = [`--datadir=${data}`, `--socket=${path.join(folder, "socket")}`, user];
    const alone = ["--skip-networking", "--skip-grant-tables", `--pid-file=${folder}/pid`];
    const quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"];
    const options = ["--no-defaults", ...place, ...alone, ...quick];
    const db = new MariaDb(folder, spawn("mariadbd", options, { stdio: "ignore" }));
    for (let look = 0; look < 300 && db.#server.exitCode === null; look++) {
      if (db.#client(["-e", `CREATE DATABASE IF NOT EXISTS ${DATABASE}`]).status === 0) return db;
      await sleep(100);
    }
    await db.close();
    throw new Error("mariadbd did not come up");
  }

  /** What wp-config.php says. */
  constants(): Record<string, PhpConstant> {
    const DB_HOST = `localhost:${path.join(this.#folder, "socket")}`;
    return { DB_HOST, DB_NAME: DATABASE, DB_USER: "root", DB_PASSWORD: "" };
  }

  /** Everything in the database, as SQL text that is the same for the same rows. */
  dump(): string {
    const options = ["--no-defaults", `--socket=${path.join(this.#folder, "socket")}`];
    const same = ["--skip-comments", "--skip-dump-date", "--skip-tz-utc", "--order-by-primary"];
    const run = spawnSync("mariadb-dump", [...options, ...same, DATABASE], {
      encoding: "utf8",
      maxBuffer: 256 * 1024 * 1024,
    });
    if (run.status !== 0) throw new Error(`mariadb-dump: ${run.stderr}`);
    return run.stdout;
  }

  async close(): Promise<void> {
    if (this.#server.exitCode === null && this.#server.signalCode === null) {
      const gone = once(this.#server, "exit");
      this.#server.kill("SIGKILL");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #client(args: readonly string[]) {
    const socket = `--socket=${path.join(this.#folder, "socket")}`;
    return spawnSync("mariadb", ["--no-defaults", socket, ...args]);
  }
}
