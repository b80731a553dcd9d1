/**
 * A small plugin whose releases go wrong in every way an update can. Each release that runs says
 * which it is, to people and in an HTML comment, in the footer of every page.
 */
import type { Release } from "./release.ts";
import type { ZipFiles } from "./zip.ts";

const SLUG = "hello-countersign";

interface Version {
  readonly version: string;
  readonly releasedAt: string;
  /** PHP after the plugin's ordinary code. */
  readonly php?: string;
  /** What the plugin's header says, when that is not the version. */
  readonly headerVersion?: string;
  readonly files?: ZipFiles;
}

const FATAL_WHEN_LOADED = `
add_action( 'plugins_loaded', function () {
	hello_countersign_missing_function();
} );
`;

const FATAL_IN_ADMIN = `
if ( is_admin() ) {
	throw new Error( 'Hello Countersign breaks wp-admin only.' );
}
`;

const WHITE_SCREEN = `
add_action( 'wp_body_open', function () {
	exit;
} );
`;

const MIGRATES_THEN_FATAL = `
add_action( 'plugins_loaded', function () {
	global $wpdb;
	if ( '8' !== get_option( 'hello_countersign_schema' ) ) {
		update_option( 'hello_countersign_schema', '8' );
		delete_option( 'hello_countersign_old' );
		$wpdb->query( "CREATE TABLE {$wpdb->prefix}hello_countersign ( id bigint(20) NOT NULL, PRIMARY KEY (id) )" );
	}
	hello_countersign_missing_function();
} );
`;

const VERSIONS: readonly Version[] = [
  { version: "1.0", releasedAt: "2026-08-03T09:00:00Z" },
  {
    version: "1.1",
    releasedAt: "2026-09-07T09:00:00Z",
    php: "\nrequire __DIR__ . '/inc/greeting.php';\n",
    files: { [`${SLUG}/inc/greeting.php`]: "<?php // New in 1.1.\n" },
  },
  { version: "1.2", releasedAt: "2026-10-05T09:00:00Z", php: FATAL_WHEN_LOADED },
  { version: "1.3", releasedAt: "2026-10-06T09:00:00Z", php: FATAL_IN_ADMIN },
  { version: "1.4", releasedAt: "2026-10-07T09:00:00Z", php: WHITE_SCREEN },
  { version: "1.5", releasedAt: "2026-10-08T09:00:00Z", headerVersion: "1.9" },
  {
    version: "1.6",
    releasedAt: "2026-10-09T09:00:00Z",
    files: { [`${SLUG}/../../evil.php`]: "<?php // Outside its own folder.\n" },
  },
  { version: "1.7", releasedAt: "2026-10-10T09:00:00Z", php: "\nthis is not php(\n" },
  { version: "1.8", releasedAt: "2026-10-12T09:00:00Z", php: MIGRATES_THEN_FATAL },
];

export const helloCountersign: readonly Release[] = VERSIONS.map((each) => ({
  kind: "plugins",
  slug: SLUG,
  version: each.version,
  releasedAt: each.releasedAt,
  requires: "6.1",
  requiresPhp: "7.4",
  files: {
    [`${SLUG}/${SLUG}.php`]: source(each),
    [`${SLUG}/readme.txt`]: readme(each.version),
    ...each.files,
  },
}));

function source({ version, headerVersion = version, php = "" }: Version): string {
  return `<?php
/**
 * Plugin Name: Hello Countersign
 * Description: Greets in the footer.
 * Version: ${headerVersion}
 * Requires at least: 6.1
 * Requires PHP: 7.4
 */

add_action( 'init', function () {
	add_option( 'hello_countersign_old', 'kept' );
} );

add_action( 'wp_footer', function () {
	echo '<!-- ${SLUG} ${version} --><p>Hello Countersign ${version}</p>';
} );
${php}`;
}

function readme(version: string): string {
  return `=== Hello Countersign ===
Requires at least: 6.1
Requires PHP: 7.4
Stable tag: ${version}

Greets in the footer.
`;
}
