<?php
/**
 * A copy of the database, for a step that upgrades it.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\State\Database;
use Throwable;

defined( 'ABSPATH' ) || exit;

/**
 * Made only while the site is closed, and only within the caps; read back before it counts. Where
 * there is none, files alone come back, and the receipt says so.
 */
final class Database_Copy {
	public const MAX_BYTES   = 268435456;
	public const MAX_SECONDS = 10;

	/**
	 * Makes one below a restore point's folder.
	 *
	 * @return array<string, mixed>|null What the manifest says of it; null where it cannot be had.
	 */
	public static function make( string $folder ): ?array {
		$maintenance = Maintenance::series();
		if ( '' === $maintenance['id'] || ! self::fits() ) {
			return null;
		}
		try {
			$copy = self::is_sqlite() ? Sqlite_Copy::make( $folder ) : Shadow_Tables::make();
		} catch ( Throwable $error ) {
			$copy = null;
		}
		if ( null === $copy ) {
			self::forget( $folder );
			return null;
		}
		return array( 'maintenance' => $maintenance ) + $copy;
	}

	/** Removes whatever copy there is. */
	public static function forget( string $folder ): void {
		self::is_sqlite() ? Sqlite_Copy::forget( $folder ) : Shadow_Tables::forget();
	}

	/** Whether a copy is likely: the engine is known and the data are within the cap. */
	public static function fits(): bool {
		$bytes = self::is_sqlite() ? Sqlite_Copy::bytes() : Shadow_Tables::bytes();
		return $bytes > 0 && $bytes <= self::most_bytes();
	}

	/** How the names of the connector's own tables begin. */
	public static function own_prefix(): string {
		return Database::wpdb()->prefix . 'countersign_';
	}

	/** A clock that runs out: throws where the copy takes longer than it may. */
	public static function check_time( float $begun ): void {
		if ( microtime( true ) - $begun > self::MAX_SECONDS ) {
			throw new \RuntimeException( 'the copy takes too long' );
		}
	}

	private static function is_sqlite(): bool {
		return defined( 'FQDB' ) && defined( 'DB_ENGINE' ) && 'sqlite' === DB_ENGINE;
	}

	/** `COUNTERSIGN_DATABASE_COPY_BYTES` lowers the cap; 0 means no copies. */
	private static function most_bytes(): int {
		$wanted = defined( 'COUNTERSIGN_DATABASE_COPY_BYTES' ) ? (int) COUNTERSIGN_DATABASE_COPY_BYTES : self::MAX_BYTES;
		return max( 0, min( self::MAX_BYTES, $wanted ) );
	}
}
