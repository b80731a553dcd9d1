/** The connector on the oldest and the newest PHP it supports: only in the full run, 160 MB. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { prepareWordPress, type WordPressFiles } from "../../sandbox/wordpress/install.ts";
import {
  type OtherPhp,
  preparePhpVersions,
  runOtherPhp,
} from "../../sandbox/wordpress/php-versions.ts";
import { hasNativePhp } from "../support/connector-native.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const VERSIONS: readonly OtherPhp[] = ["7.4", "8.5"];

/** Parses every file, and compiles every class that stands without WordPress's own classes. */
const COMPILE = `<?php
error_reporting( E_ALL );
set_error_handler( static function ( $number, $message, $file, $line ) { echo "$message in $file:$line\\n"; return true; } );
define( 'ABSPATH', '/nowhere/' );
define( 'DB_NAME', 'none' );
$files = new RecursiveIteratorIterator( new RecursiveDirectoryIterator( '/connector', FilesystemIterator::SKIP_DOTS ) );
$count = 0;
require '/connector/src/autoload.php';
foreach ( $files as $file ) {
	$path = (string) $file;
	if ( '.php' !== substr( $path, -4 ) ) {
		continue;
	}
	$text = file_get_contents( $path );
	try {
		token_get_all( $text, TOKEN_PARSE );
		++$count;
		if ( 1 === preg_match( '~/(?:class|interface)-[^/]+$~', $path ) && false === strpos( $text, 'ABSPATH . ' . "'wp-admin" ) ) {
			require_once $path;
		}
	} catch ( Throwable $error ) {
		echo $error->getMessage(), ' in ', $path, "\\n";
	}
}
require '/connector/stub/countersign-archive.php';
require '/connector/stub/countersign-database.php';
require '/connector/stub/countersign-stub.php';
echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION, $count > 100 ? ' parses' : ' found too few files';
`;

interface Case {
  readonly id: string;
  readonly reason: string | null;
}

/** What this build of PHP verifies slowly, without ext-sodium. */
const someOf = (name: string): Case[] =>
  (
    JSON.parse(readFileSync(path.join(root, `test/vectors/${name}.json`), "utf8")) as {
      cases: Case[];
    }
  ).cases.filter((_, index) => index % 15 === 0);

const judging = (cases: readonly Case[]): string => {
  const lines = cases.map((one) => JSON.stringify({ what: "token", case: one })).join("\n");
  return `<?php
  define( 'COUNTERSIGN_JUDGE_LINES', base64_decode( '${Buffer.from(lines).toString("base64")}' ) );
  $argv = array( 'judge', 'sodium_compat', '/compat' );
  require '/project/test/connector/php/judge.php';`;
};

if (process.env["COUNTERSIGN_FULL"] === "1") {
  describe.each(VERSIONS)("on PHP %s", (version) => {
    let files: WordPressFiles;
    beforeAll(async () => {
      files = await prepareWordPress();
      await preparePhpVersions();
    }, 600_000);

    it("every file parses, and its classes compile without a notice", async () => {
      const folders = { "/connector": path.join(root, "connector") };
      const { stdout } = await runOtherPhp(version, COMPILE, folders);
      expect(stdout).toBe(`${version} parses`);
    }, 120_000);

    it.each(["tokens-outer", "tokens-inner", "tokens-claims", "tokens-pairing"])(
      "%s.json: the same verdicts",
      async (name) => {
        const cases = someOf(name);
        const { stdout } = await runOtherPhp(version, judging(cases), {
          "/project/connector": path.join(root, "connector"),
          "/project/test/connector/php": path.join(root, "test/connector/php"),
          "/compat": path.join(files.core, "wp-includes/sodium_compat"),
        });
        const got = stdout
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as { id: string; verdict: string | null });
        expect(got).toEqual(cases.map(({ id, reason }) => ({ id, verdict: reason })));
      },
      240_000,
    );
  });
} else if (hasNativePhp()) {
  it("every file parses on this machine's PHP; 7.4 and 8.5 are looked at in test:full", () => {
    const code = COMPILE.replace("<?php", "").replaceAll(
      "/connector",
      path.join(root, "connector"),
    );
    const { stdout } = spawnSync("php", ["-r", code], { encoding: "utf8" });
    expect(stdout).toMatch(/^\d+\.\d+ parses$/u);
  });
} else {
  it.skip("there is no native PHP here; 7.4 and 8.5 are looked at in test:full", () => undefined);
}
