/** The connector's two ways to SHA-256 say the same, on this machine's PHP. */
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { CONNECTOR_DIR, describeNative } from "../support/connector-site.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-sha256-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Prints the digest of a file, of its first half as a stream, and of more than it holds. */
const PRINT = `
define( 'ABSPATH', '/' );
function wp_convert_hr_to_bytes( $text ) { return (int) $text * 1048576; }
require '${CONNECTOR_DIR}/src/files/class-sha256.php';
use Countersign\\Files\\Sha256;
$size   = filesize( $argv[1] );
$stream = fopen( $argv[1], 'rb' );
echo json_encode( array( function_exists( 'openssl_digest' ), Sha256::of_file( $argv[1] ), Sha256::of_next( $stream, intdiv( $size, 2 ) ), Sha256::of_next( $stream, $size + 1 ), Sha256::of_file( '/nowhere/at/all' ) ) );`;

const hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describeNative("SHA-256 of a file", () => {
  it.each([0, 1, 200_000, 17 * 1024 * 1024])("of %i bytes is the same either way", (size) => {
    const bytes = randomBytes(size);
    const file = path.join(folder, `${size}.bin`);
    writeFileSync(file, bytes);
    const want = [hex(bytes), hex(bytes.subarray(0, Math.floor(size / 2))), null, null];
    for (const [openssl, settings] of [
      [true, ["-d", "memory_limit=256M"]],
      [true, ["-d", "memory_limit=4M"]],
      [false, ["-d", "disable_functions=openssl_digest"]],
    ] as const) {
      const run = spawnSync("php", [...settings, "-r", PRINT, "--", file], { encoding: "utf8" });
      expect([run.stderr, JSON.parse(run.stdout)]).toEqual(["", [openssl, ...want]]);
    }
  });
});
