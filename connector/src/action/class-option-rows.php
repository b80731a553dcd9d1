<?php
/**
 * Copies of option rows.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Action;

use Countersign\State\Database;

defined( 'ABSPATH' ) || exit;

/**
 * Read past every cache, values byte for byte.
 */
final class Option_Rows {
	private const MIN_PREFIX = 4;

	/**
	 * Rows by name, and all rows whose name begins with a prefix.
	 *
	 * @param string[] $names    Rows that are also noted when they are absent.
	 * @param string[] $prefixes As `prefixes_of()` gives them.
	 * @return array<int, array{name: string, value: string|null, autoload: string}> Values in base64.
	 */
	public static function copy( array $names, array $prefixes ): array {
		$db   = Database::wpdb();
		$rows = array();
		foreach ( array_unique( $names ) as $name ) {
			$row           = $db->get_row( $db->prepare( "SELECT option_name, option_value, autoload FROM $db->options WHERE option_name = %s", $name ), ARRAY_A );
			$rows[ $name ] = is_array( $row ) ? self::kept( $row ) : array(
				'autoload' => 'yes',
				'name'     => $name,
				'value'    => null,
			);
		}
		foreach ( $prefixes as $prefix ) {
			$found = $db->get_results( $db->prepare( "SELECT option_name, option_value, autoload FROM $db->options WHERE option_name LIKE %s", $db->esc_like( $prefix ) . '%' ), ARRAY_A );
			foreach ( (array) $found as $row ) {
				$rows[ $row['option_name'] ] = self::kept( $row );
			}
		}
		return array_values( $rows );
	}

	/**
	 * How a plugin's own options begin, by its slug; too short ones could be anybody's.
	 *
	 * @return string[]
	 */
	public static function prefixes_of( string $slug ): array {
		$prefixes = array_unique( array( str_replace( '-', '_', $slug ) . '_', str_replace( '_', '-', $slug ) . '-' ) );
		return array_values( array_filter( $prefixes, static fn( string $prefix ): bool => strlen( $prefix ) > self::MIN_PREFIX ) );
	}

	private static function kept( array $row ): array {
		return array(
			'autoload' => (string) $row['autoload'],
			'name'     => (string) $row['option_name'],
			'value'    => base64_encode( (string) $row['option_value'] ),
		);
	}
}
