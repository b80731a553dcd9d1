<?php
/**
 * Small facts that only move forward: the newest log head, the newest level, own locks.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\State;

defined( 'ABSPATH' ) || exit;

/**
 * Name, number and text in the connector's own table, past every object cache.
 */
final class Facts {
	/**
	 * @return array{num: int, body: string}|null
	 */
	public static function get( string $name ): ?array {
		$db  = Database::wpdb();
		$row = $db->get_row( $db->prepare( 'SELECT num, body FROM ' . Database::facts() . ' WHERE name = %s', $name ), ARRAY_A );
		if ( ! is_array( $row ) ) {
			return null;
		}
		return array(
			'num'  => (int) $row['num'],
			'body' => (string) $row['body'],
		);
	}

	/** Sets a fact whatever it was. */
	public static function set( string $name, int $num, string $body ): bool {
		return self::insert( $name, $num, $body ) || self::update( $name, $num, $body, '' ) || null !== self::get( $name );
	}

	/**
	 * Sets a fact only where its number rises, in one statement; false when it did not move.
	 */
	public static function raise( string $name, int $num, string $body ): bool {
		return self::insert( $name, $num, $body ) || self::update( $name, $num, $body, Database::wpdb()->prepare( ' AND num < %d', $num ) );
	}

	/** Replaces a fact only where its text still is `$old`, in one statement; false when it is not. */
	public static function swap( string $name, string $old, int $num, string $body ): bool {
		return self::update( $name, $num, $body, Database::wpdb()->prepare( ' AND body = %s', $old ) );
	}

	public static function forget( string $name ): void {
		Database::wpdb()->delete( Database::facts(), array( 'name' => $name ) );
	}

	private static function insert( string $name, int $num, string $body ): bool {
		$statement = 'INSERT INTO ' . Database::facts() . ' (name, num, body) VALUES (%s, %d, %s)';
		return 1 === Database::attempt( Database::wpdb()->prepare( $statement, $name, $num, $body ) );
	}

	private static function update( string $name, int $num, string $body, string $condition ): bool {
		$statement = 'UPDATE ' . Database::facts() . ' SET num = %d, body = %s WHERE name = %s';
		return 1 === Database::attempt( Database::wpdb()->prepare( $statement, $num, $body, $name ) . $condition );
	}
}
