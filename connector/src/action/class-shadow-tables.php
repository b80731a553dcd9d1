<?php
/**
 * Copies of tables beside them, on MySQL and MariaDB.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Protocol\Canonical_Json;
use Countersign\Protocol\Digest;
use Countersign\State\Database;

defined( 'ABSPATH' ) || exit;

/**
 * Renaming them back is quick and needs no data to move. Tables with foreign keys or triggers are
 * not copied: those do not come along.
 */
final class Shadow_Tables {
	private const NAME     = 'shadow_';
	private const MAX_NAME = 60;

	/**
	 * @return array<string, mixed>|null Null where what was copied is not what is live.
	 */
	public static function make(): ?array {
		$begun  = microtime( true );
		$tables = array();
		$bytes  = self::bytes();
		self::forget();
		foreach ( self::names() as $number => $name ) {
			$shadow = self::prefix() . $number;
			$sum    = strlen( $shadow ) > self::MAX_NAME ? null : self::copy( $name, $shadow );
			if ( null === $sum ) {
				return null;
			}
			Database_Copy::check_time( $begun );
			$tables[] = array(
				'name'   => $name,
				'shadow' => $shadow,
				'sum'    => $sum,
			);
		}
		return array() === $tables ? null : array(
			'bytes'   => $bytes,
			'digest'  => Digest::of( Canonical_Json::encode( $tables ) ),
			'engine'  => 'mysql',
			'foreign' => self::foreign(),
			'own'     => Database_Copy::own_prefix(),
			'prefix'  => Database::wpdb()->prefix,
			'shadows' => self::prefix(),
			'tables'  => $tables,
		);
	}

	/** Bytes of this site's tables; 0 where they are not known, or cannot be copied. */
	public static function bytes(): int {
		$names = self::names();
		if ( array() === $names || self::has_bonds( $names ) ) {
			return 0;
		}
		$db = Database::wpdb();
		return (int) $db->get_var( 'SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (' . self::listed( $names ) . ')' );
	}

	public static function forget(): void {
		foreach ( self::all() as $name ) {
			if ( 0 === strpos( $name, self::prefix() ) ) {
				Database::wpdb()->query( "DROP TABLE `$name`" );
			}
		}
	}

	/** Copies one table and reads it back: its checksum, or null where the two differ. */
	private static function copy( string $name, string $shadow ): ?string {
		$db   = Database::wpdb();
		$next = $db->get_var( $db->prepare( 'SELECT AUTO_INCREMENT FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s', $name ) );
		$made = false !== $db->query( "CREATE TABLE `$shadow` LIKE `$name`" ) && false !== $db->query( "INSERT INTO `$shadow` SELECT * FROM `$name`" );
		if ( $made && null !== $next ) {
			$made = false !== $db->query( "ALTER TABLE `$shadow` AUTO_INCREMENT = " . (int) $next );
		}
		$sum = $made ? self::sum( $name ) : null;
		return null !== $sum && self::sum( $shadow ) === $sum ? $sum : null;
	}

	private static function sum( string $name ): ?string {
		$row = Database::wpdb()->get_row( "CHECKSUM TABLE `$name` EXTENDED", ARRAY_A );
		return is_array( $row ) && null !== $row['Checksum'] ? (string) $row['Checksum'] : null;
	}

	/** @return string[] This site's tables, without the connector's own. */
	private static function names(): array {
		$foreign = self::foreign();
		$names   = array();
		foreach ( self::all() as $name ) {
			$others = array_filter( $foreign, static fn( string $prefix ): bool => 0 === strpos( $name, $prefix ) );
			if ( 0 === strpos( $name, Database::wpdb()->prefix ) && 0 !== strpos( $name, Database_Copy::own_prefix() ) && array() === $others ) {
				$names[] = $name;
			}
		}
		return $names;
	}

	/** @return string[] Prefixes of other WordPress sites whose names begin with this one's. */
	private static function foreign(): array {
		$own     = Database::wpdb()->prefix;
		$all     = self::all();
		$foreign = array();
		foreach ( $all as $name ) {
			$prefix = substr( $name, 0, -strlen( 'options' ) );
			if ( $prefix . 'options' === $name && strlen( $prefix ) > strlen( $own ) && 0 === strpos( $prefix, $own ) && in_array( $prefix . 'postmeta', $all, true ) ) {
				$foreign[] = $prefix;
			}
		}
		return $foreign;
	}

	/** @return string[] All plain tables whose names can be quoted without thought. */
	private static function all(): array {
		$names = (array) Database::wpdb()->get_col( "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'" );
		return array_values( array_filter( array_map( 'strval', $names ), static fn( string $name ): bool => 1 === preg_match( '/^[A-Za-z0-9_$-]+$/D', $name ) ) );
	}

	private static function has_bonds( array $names ): bool {
		$db     = Database::wpdb();
		$listed = self::listed( $names );
		$keys   = $db->get_var( "SELECT COUNT(*) FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() AND ( table_name IN ($listed) OR referenced_table_name IN ($listed) )" );
		$hooks  = $db->get_var( "SELECT COUNT(*) FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table IN ($listed)" );
		return '0' !== (string) $keys || '0' !== (string) $hooks;
	}

	private static function listed( array $names ): string {
		return implode( ', ', array_map( static fn( string $name ): string => "'" . esc_sql( $name ) . "'", $names ) );
	}

	private static function prefix(): string {
		return Database_Copy::own_prefix() . self::NAME;
	}
}
