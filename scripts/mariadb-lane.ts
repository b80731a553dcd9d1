/** The connector's tests once more, on MariaDB. Where it is missing they count as not run. */
import { spawnSync } from "node:child_process";
import { missingForMariaDb } from "../test/support/connector-mariadb.ts";

const missing = missingForMariaDb();
if (missing === undefined) {
  const args = ["run", "--project", "sandbox", "test/connector"];
  const env = { ...process.env, COUNTERSIGN_DATABASE: "mariadb", COUNTERSIGN_FULL: "" };
  const { status } = spawnSync("vitest", args, { stdio: "inherit", env });
  process.exitCode = status ?? 1;
} else {
  console.log(`NOT RUN on MariaDB: ${missing} is missing.`);
  console.log("On Debian: apt-get install mariadb-server php8.2-cli php8.2-sqlite3 php8.2-mysql");
}
