/** A plugin whose versions are each broken in another way, and one that is not. */
import { type ZipEntry, zipOf } from "./connector-zip.ts";

export const SLUG = "hello-countersign";
export const MAIN = `${SLUG}/${SLUG}.php`;

const header = (version: string) =>
  `<?php\n/**\n * Plugin Name: Hello Countersign\n * Version: ${version}\n */\n`;
const body = (version: string) =>
  `add_action( 'wp_footer', function () { echo '<!-- hello-countersign ${version} -->'; } );\n`;

const fatalOn = (hook: string) =>
  `add_action( '${hook}', function () { hello_countersign_missing_function(); } );\n`;

const MIGRATES_THEN_DIES = `add_action( 'plugins_loaded', function () {
  global $wpdb;
  if ( get_option( 'hello_countersign_schema' ) !== '8' ) {
    update_option( 'hello_countersign_schema', '8' );
    update_option( 'hello_countersign_kept', 'changed' );
    $wpdb->query( "CREATE TABLE {$wpdb->prefix}hello_cs (id bigint(20) NOT NULL, PRIMARY KEY (id))" );
  }
  hello_countersign_missing_function();
} );\n`;

const ADDS_A_TABLE = `add_action( 'plugins_loaded', function () {
  global $wpdb;
  if ( get_option( 'hello_countersign_schema' ) !== '9' ) {
    update_option( 'hello_countersign_schema', '9' );
    $wpdb->query( "CREATE TABLE {$wpdb->prefix}hello_cs_new (id bigint(20) NOT NULL, PRIMARY KEY (id))" );
  }
} );\n`;

/** What each version does besides. The header's version is the key unless `named` says otherwise. */
const EXTRA: Readonly<Record<string, string>> = {
  "1.0": "",
  "1.1": "require __DIR__ . '/inc/new.php';\n",
  "1.2": fatalOn("plugins_loaded"),
  "1.3": "if ( is_admin() ) { throw new Error( 'only wp-admin breaks' ); }\n",
  "1.4": "add_action( 'wp_body_open', function () { exit; } );\n",
  "1.5": "this is not php(\n",
  "1.6": MIGRATES_THEN_DIES,
  "1.7":
    "add_action( 'template_redirect', function () { wp_redirect( 'https://example.test/' ); exit; } );\n",
  "1.8":
    "add_filter( 'rest_authentication_errors', function () { return new WP_Error( 'closed', 'closed', array( 'status' => 401 ) ); } );\n",
  "1.9":
    "add_action( 'init', function () { if ( isset( $_GET['wp_scrape_key'] ) ) { sleep( 30 ); } } );\n",
  "2.1": ADDS_A_TABLE,
  "2.0": "hello_countersign_missing_function();\n",
};

/** The files of a version below `wp-content/plugins`. */
export function pluginFiles(version: string): Record<string, string> {
  const extra = EXTRA[version];
  if (extra === undefined) throw new Error(`there is no version ${version}`);
  const files: Record<string, string> = {
    [MAIN]: header(version) + body(version) + extra,
    [`${SLUG}/readme.txt`]: `version ${version}\n`,
  };
  if (version === "1.1") files[`${SLUG}/inc/new.php`] = "<?php // new in 1.1\n";
  return files;
}

const entries = (files: Readonly<Record<string, string>>): ZipEntry[] =>
  Object.entries(files).map(([name, text]) => ({ name, text }));

/** The zip of a version, as a package server has it. */
export const pluginZip = (version: string): Buffer => zipOf(entries(pluginFiles(version)));

/** Packages of version 1.1 that must be refused, each for one reason. */
export const UNSAFE: Readonly<Record<string, Buffer>> = {
  "leaves its folder": zipOf([
    ...entries(pluginFiles("1.1")),
    { name: `${SLUG}/../../evil.php`, text: "<?php" },
  ]),
  "holds another folder": zipOf([
    ...entries(pluginFiles("1.1")),
    { name: "akismet/akismet.php", text: "<?php" },
  ]),
  "holds a link": zipOf([
    ...entries(pluginFiles("1.1")),
    { name: `${SLUG}/link`, text: "/etc/passwd", mode: 0o120777 },
  ]),
  "holds a name with a backslash": zipOf([
    ...entries(pluginFiles("1.1")),
    { name: `${SLUG}/..\\evil.php`, text: "<?php" },
  ]),
  "holds two names that differ in case only": zipOf([
    ...entries(pluginFiles("1.1")),
    { name: `${SLUG}/README.TXT`, text: "other" },
  ]),
  "is no zip": Buffer.from("this is not a zip file, however long it may be"),
};

/** Says 1.1 on the outside and 1.0 in its header. */
export const MISLABELLED: Buffer = pluginZip("1.0");
