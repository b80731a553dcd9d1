/** WordPress's coding standards, where PHP_CodeSniffer has them; phpcs.xml says what is left out and why. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const installed = spawnSync("phpcs", ["-i"], { encoding: "utf8" }).stdout ?? "";

it.skipIf(!/\bWordPress-Extra\b/u.test(installed))(
  "the connector follows WordPress's coding standards",
  () => {
    const { stdout } = spawnSync("phpcs", ["-q", "--report=emacs", "--standard=phpcs.xml"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  },
  300_000,
);
