<?php
/**
 * Which tables and columns there are.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\State\Database;

defined( 'ABSPATH' ) || exit;

/**
 * Says what a rollback of files leaves behind in the database.
 */
final class Schema {
	/** Digest-like fingerprint of all tables of this site, in any order they come. */
	public static function fingerprint(): string {
		$db    = Database::wpdb();
		$lines = array();
		foreach ( (array) $db->get_col( 'SHOW TABLES' ) as $table ) {
			if ( 1 !== preg_match( '/^[A-Za-z0-9_$-]+$/D', (string) $table ) || 0 === strpos( (string) $table, Database_Copy::own_prefix() ) ) {
				continue;
			}
			foreach ( (array) $db->get_results( "SHOW COLUMNS FROM `$table`", ARRAY_A ) as $column ) {
				$lines[] = $table . '.' . $column['Field'] . ' ' . $column['Type'];
			}
		}
		sort( $lines, SORT_STRING );
		return hash( 'sha256', implode( "\n", $lines ) );
	}
}
