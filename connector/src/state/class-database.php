<?php
/**
 * The connector's own tables.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * Options are evictable, cached and upserted: neither a lock nor a ledger. These tables exist only
 * while the site is paired.
 */
final class Database {
	public static function ledger(): string {
		return self::wpdb()->prefix . 'countersign_ledger';
	}

	public static function facts(): string {
		return self::wpdb()->prefix . 'countersign_facts';
	}

	public static function seen(): string {
		return self::wpdb()->prefix . 'countersign_seen';
	}

	/** Makes what is not there yet; true when all is. */
	public static function install(): bool {
		$collate = self::wpdb()->get_charset_collate();
		$made    = true;
		foreach ( self::definitions() as $table => $columns ) {
			$made = false !== self::wpdb()->query( "CREATE TABLE IF NOT EXISTS $table ( $columns ) $collate" ) && $made;
		}
		return $made;
	}

	/** Removes its tables, and copies of others that an ended process has left. */
	public static function drop(): void {
		$db      = self::wpdb();
		$copies  = (array) $db->get_col( $db->prepare( 'SHOW TABLES LIKE %s', $db->esc_like( $db->prefix . 'countersign_shadow_' ) . '%' ) );
		$removed = array_merge( array_keys( self::definitions() ), $copies );
		foreach ( $removed as $table ) {
			$db->query( "DROP TABLE IF EXISTS `$table`" );
		}
	}

	/**
	 * Runs a statement whose failure is an answer, such as an INSERT on a unique key.
	 *
	 * @return int Rows changed; 0 also when it failed.
	 */
	public static function attempt( string $statement ): int {
		$shown = self::wpdb()->suppress_errors( true );
		$rows  = self::wpdb()->query( $statement );
		self::wpdb()->suppress_errors( $shown );
		return is_int( $rows ) ? $rows : 0;
	}

	public static function wpdb(): \wpdb {
		global $wpdb;
		return $wpdb;
	}

	/** @return array<string, string> */
	private static function definitions(): array {
		return array(
			self::ledger() => '
				id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
				sub varchar(26) NOT NULL,
				running int(1) DEFAULT NULL,
				seq bigint(20) DEFAULT NULL,
				epoch bigint(20) NOT NULL,
				deadline bigint(20) NOT NULL,
				request longtext NOT NULL,
				outcome varchar(40) DEFAULT NULL,
				rseq bigint(20) DEFAULT NULL,
				token longtext DEFAULT NULL,
				detail longtext DEFAULT NULL,
				acknowledged int(1) NOT NULL DEFAULT 0,
				PRIMARY KEY  (id),
				UNIQUE KEY sub (sub),
				UNIQUE KEY running (running)',
			self::facts()  => '
				name varchar(64) NOT NULL,
				num bigint(20) NOT NULL DEFAULT 0,
				body longtext NOT NULL,
				PRIMARY KEY  (name)',
			self::seen()   => '
				jti varchar(22) NOT NULL,
				exp bigint(20) NOT NULL,
				PRIMARY KEY  (jti)',
		);
	}
}
