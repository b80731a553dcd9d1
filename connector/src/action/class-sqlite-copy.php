<?php
/**
 * A copy of an SQLite database.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\Protocol\Digest;
use PDO;

defined( 'ABSPATH' ) || exit;

/**
 * One file, written by SQLite itself, so that it is whole whoever reads or writes meanwhile.
 */
final class Sqlite_Copy {
	private const NAME = 'database.sqlite';

	/**
	 * @return array<string, mixed>|null Null where what was copied is not what is live.
	 */
	public static function make( string $folder ): ?array {
		$begun = microtime( true );
		$file  = $folder . '/' . self::NAME;
		self::forget( $folder );
		$db = new PDO( 'sqlite:' . FQDB );
		$db->setAttribute( PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION );
		$db->setAttribute( PDO::ATTR_TIMEOUT, Database_Copy::MAX_SECONDS );
		$db->exec( 'VACUUM INTO ' . $db->quote( $file ) );
		Database_Copy::check_time( $begun );
		@chmod( $file, 0600 );
		$db->exec( 'ATTACH DATABASE ' . $db->quote( $file ) . ' AS copied' );
		if ( ! self::is_same( $db, $begun ) ) {
			return null;
		}
		return array(
			'bytes'  => (int) filesize( $file ),
			'digest' => Digest::of_file( $file ),
			'engine' => 'sqlite',
			'file'   => self::NAME,
			'own'    => Database_Copy::own_prefix(),
			'path'   => FQDB,
		);
	}

	public static function bytes(): int {
		return (int) @filesize( FQDB ) + (int) @filesize( FQDB . '-wal' );
	}

	public static function forget( string $folder ): void {
		@unlink( $folder . '/' . self::NAME );
	}

	/** Reads back: every table of the site holds the same rows. */
	private static function is_same( PDO $db, float $begun ): bool {
		$own    = Database_Copy::own_prefix();
		$tables = 'SELECT name, sql FROM %s.sqlite_master WHERE type = \'table\' ORDER BY name';
		$live   = $db->query( sprintf( $tables, 'main' ) )->fetchAll( PDO::FETCH_KEY_PAIR );
		if ( $db->query( sprintf( $tables, 'copied' ) )->fetchAll( PDO::FETCH_KEY_PAIR ) !== $live ) {
			return false;
		}
		foreach ( array_keys( $live ) as $table ) {
			if ( 0 === strpos( $table, $own ) || 0 === strpos( $table, 'sqlite_' ) ) {
				continue;
			}
			$name  = '"' . str_replace( '"', '""', $table ) . '"';
			$lacks = "SELECT ( SELECT COUNT(*) FROM main.$name ) - ( SELECT COUNT(*) FROM copied.$name ), ( SELECT COUNT(*) FROM ( SELECT * FROM main.$name EXCEPT SELECT * FROM copied.$name ) )";
			if ( array_map( 'intval', (array) $db->query( $lacks )->fetch( PDO::FETCH_NUM ) ) !== array( 0, 0 ) ) {
				return false;
			}
			Database_Copy::check_time( $begun );
		}
		return true;
	}
}
