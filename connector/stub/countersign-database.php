<?php
/**
 * Puts a database copy back: part of the dead-man's switch, and complete in itself like it.
 *
 * @package Countersign
 */

declare(strict_types=1);

defined( 'ABSPATH' ) || defined( 'DB_NAME' ) || exit;

if ( ! class_exists( 'Countersign_Database', false ) ) {

	/**
	 * A copy comes back only while maintenance has been on without a gap since it was made: otherwise
	 * it would delete what visitors have done. The connector's own tables are never touched.
	 */
	final class Countersign_Database {
		private const WAIT_SECONDS = 10;

		/**
		 * Restores what a manifest says; true also where there is nothing to restore, or no longer.
		 *
		 * @param string               $point    Folder of the restore point.
		 * @param array<string, mixed> $manifest Its manifest.
		 */
		public static function restore( string $point, array $manifest ): bool {
			$copy = $manifest['database'] ?? null;
			if ( ! is_array( $copy ) || ! self::is_unbroken( $copy ) ) {
				return true;
			}
			try {
				$done = 'sqlite' === $copy['engine'] ? self::restore_sqlite( $point . '/' . $copy['file'], $copy ) : self::restore_tables( $copy );
			} catch ( Throwable $error ) {
				return false;
			}
			$done && function_exists( 'wp_cache_flush' ) && wp_cache_flush();
			return $done;
		}

		/** Own option rows, and those that a step may change: only inside the action that copied them. */
		public static function restore_rows( array $manifest ): bool {
			if ( array() === $manifest['rows'] && array() === $manifest['prefixes'] ) {
				return true;
			}
			$db = $GLOBALS['wpdb'] ?? null;
			if ( ! is_object( $db ) || empty( $db->options ) ) {
				return false;
			}
			$kept = array_column( $manifest['rows'], 'name' );
			foreach ( $manifest['prefixes'] as $prefix ) {
				foreach ( $db->get_col( $db->prepare( "SELECT option_name FROM $db->options WHERE option_name LIKE %s", $db->esc_like( $prefix ) . '%' ) ) as $name ) {
					in_array( $name, $kept, true ) || $db->delete( $db->options, array( 'option_name' => $name ) );
				}
			}
			foreach ( $manifest['rows'] as $row ) {
				self::restore_row( $db, $row );
			}
			function_exists( 'wp_cache_flush' ) && wp_cache_flush();
			return true;
		}

		/** @param array{name: string, value: string|null, autoload: string} $row The value in base64; null where there was no row. */
		private static function restore_row( object $db, array $row ): void {
			$where = array( 'option_name' => $row['name'] );
			if ( null === $row['value'] ) {
				$db->delete( $db->options, $where );
				return;
			}
			$fields = array(
				'option_value' => base64_decode( $row['value'] ),
				'autoload'     => $row['autoload'],
			);
			$found  = $db->get_var( $db->prepare( "SELECT COUNT(*) FROM $db->options WHERE option_name = %s", $row['name'] ) );
			(int) $found > 0 ? $db->update( $db->options, $fields, $where ) : $db->insert( $db->options, $fields + $where );
		}

		/** Whether maintenance is the same, never interrupted one that the copy was made in. */
		public static function is_unbroken( array $copy ): bool {
			return self::maintenance_id( $copy['maintenance']['file'] ) === $copy['maintenance']['id'];
		}

		/** The id in a `.maintenance` file of ours; empty where there is none. */
		public static function maintenance_id( string $file ): string {
			return 1 === preg_match( '~^<\?php // countersign ([0-9a-f]{16})$~m', (string) @file_get_contents( $file ), $match ) ? $match[1] : '';
		}

		/** In one transaction: whoever reads meanwhile sees the old state or the restored one. */
		private static function restore_sqlite( string $file, array $copy ): bool {
			if ( ! is_file( $file ) || 'sha256:' . hash_file( 'sha256', $file ) !== $copy['digest'] ) {
				return false;
			}
			$db = new PDO( 'sqlite:' . $copy['path'] );
			$db->setAttribute( PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION );
			$db->setAttribute( PDO::ATTR_TIMEOUT, self::WAIT_SECONDS );
			$db->exec( 'PRAGMA foreign_keys = OFF' );
			$db->exec( 'ATTACH DATABASE ' . $db->quote( $file ) . ' AS copied' );
			$db->exec( 'BEGIN IMMEDIATE' );
			foreach ( self::parts( $db, 'main', $copy['own'] ) as $part ) {
				$db->exec( 'DROP ' . $part['type'] . ' IF EXISTS main.' . self::quoted( $part['name'] ) );
			}
			foreach ( array_reverse( self::parts( $db, 'copied', $copy['own'] ) ) as $part ) {
				$name = self::quoted( $part['name'] );
				$db->exec( $part['sql'] );
				'table' === $part['type'] && $db->exec( "INSERT INTO main.$name SELECT * FROM copied.$name" );
			}
			self::restore_sequences( $db, $copy['own'] );
			$db->exec( 'COMMIT' );
			return true;
		}

		/**
		 * What a schema has besides the connector's own tables: what hangs on tables before the tables.
		 *
		 * @return array<int, array{type: string, name: string, sql: string}>
		 */
		private static function parts( PDO $db, string $schema, string $own ): array {
			$order = "CASE type WHEN 'view' THEN 0 WHEN 'trigger' THEN 1 WHEN 'index' THEN 2 ELSE 3 END";
			$parts = array();
			foreach ( $db->query( "SELECT type, name, tbl_name, sql FROM $schema.sqlite_master WHERE sql IS NOT NULL ORDER BY $order, name" )->fetchAll( PDO::FETCH_ASSOC ) as $part ) {
				if ( 0 !== strpos( $part['tbl_name'], $own ) && 0 !== strpos( $part['name'], 'sqlite_' ) ) {
					$parts[] = $part;
				}
			}
			return $parts;
		}

		/** The numbers that were given last. */
		private static function restore_sequences( PDO $db, string $own ): void {
			if ( false === $db->query( "SELECT 1 FROM copied.sqlite_master WHERE name = 'sqlite_sequence'" )->fetchColumn() ) {
				return;
			}
			$other = 'substr( name, 1, ' . strlen( $own ) . ' ) <> ' . $db->quote( $own );
			$db->exec( "DELETE FROM main.sqlite_sequence WHERE $other" );
			$db->exec( "INSERT INTO main.sqlite_sequence ( name, seq ) SELECT name, seq FROM copied.sqlite_sequence WHERE $other" );
		}

		/** By one renaming of all tables; what was made since is removed. May begin again anywhere. */
		private static function restore_tables( array $copy ): bool {
			$db = $GLOBALS['wpdb'] ?? null;
			if ( ! is_object( $db ) || empty( $db->options ) ) {
				return false;
			}
			$there = (array) $db->get_col( "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'" );
			$moves = array();
			foreach ( $copy['tables'] as $table ) {
				if ( in_array( $table['shadow'], $there, true ) ) {
					$aside   = $table['shadow'] . '_old';
					$moves[] = in_array( $table['name'], $there, true ) ? "`{$table['name']}` TO `$aside`" : '';
					$moves[] = "`{$table['shadow']}` TO `{$table['name']}`";
				} elseif ( ! in_array( $table['name'], $there, true ) ) {
					return false;
				}
			}
			$moves = implode( ', ', array_filter( $moves ) );
			if ( '' !== $moves && false === $db->query( "RENAME TABLE $moves" ) ) {
				return false;
			}
			return self::drop_younger( $db, $copy );
		}

		private static function drop_younger( object $db, array $copy ): bool {
			$kept = array_column( $copy['tables'], 'name' );
			foreach ( (array) $db->get_col( "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'" ) as $name ) {
				$is_aside   = 0 === strpos( $name, $copy['shadows'] );
				$is_younger = 0 === strpos( $name, $copy['prefix'] ) && 0 !== strpos( $name, $copy['own'] ) && ! self::is_foreign( $name, $copy['foreign'] ) && ! in_array( $name, $kept, true );
				( $is_aside || $is_younger ) && $db->query( 'DROP TABLE `' . str_replace( '`', '``', $name ) . '`' );
			}
			return true;
		}

		/** @param string[] $prefixes Of other installations in the same database. */
		private static function is_foreign( string $name, array $prefixes ): bool {
			foreach ( $prefixes as $prefix ) {
				if ( 0 === strpos( $name, $prefix ) ) {
					return true;
				}
			}
			return false;
		}

		private static function quoted( string $name ): string {
			return '"' . str_replace( '"', '""', $name ) . '"';
		}
	}
}
