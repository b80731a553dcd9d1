/** Writes the wp-config.php of a sandbox site. */
import { randomBytes } from "node:crypto";

export type PhpConstant = string | boolean | number;

/** Where a site's home folder appears to PHP; the document root is a folder inside it. */
export const PHP_HOME = "/srv/site";
export const DOCUMENT_ROOT = `${PHP_HOME}/www`;

/** Database and logs lie beside the document root, so that no request can read them. */
const DEFAULTS: Readonly<Record<string, PhpConstant>> = {
  DB_NAME: "wordpress",
  DB_USER: "",
  DB_PASSWORD: "",
  DB_HOST: "",
  DB_CHARSET: "utf8mb4",
  DB_COLLATE: "",
  DB_DIR: `${PHP_HOME}/database`,
  DB_FILE: "wordpress.sqlite",
  SQLITE_JOURNAL_MODE: "DELETE",
  FS_METHOD: "direct",
  DISABLE_WP_CRON: true,
  WP_HTTP_BLOCK_EXTERNAL: true,
  WP_ACCESSIBLE_HOSTS: "127.0.0.1,localhost",
  WP_DEBUG: true,
  WP_DEBUG_DISPLAY: false,
  WP_DEBUG_LOG: `${PHP_HOME}/logs/debug.log`,
};

const SECRETS = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((name) => [
  `${name}_KEY`,
  `${name}_SALT`,
]);

/** `constants` wins over the sandbox's own; every call makes new secret keys. */
export function wpConfig(constants: Readonly<Record<string, PhpConstant>>): string {
  const secrets = SECRETS.map((name) => [name, randomBytes(48).toString("base64")] as const);
  const all = { ...DEFAULTS, ...Object.fromEntries(secrets), ...constants };
  const lines = Object.entries(all).map(
    ([name, value]) => `define( ${phpLiteral(name)}, ${phpLiteral(value)} );`,
  );
  return `<?php
${lines.join("\n")}
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
`;
}

/** A value as PHP source. Strings are quoted so that nothing in them is ever evaluated. */
export function phpLiteral(value: PhpConstant): string {
  if (typeof value !== "string") return String(value);
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
