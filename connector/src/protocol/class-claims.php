<?php
/**
 * Does a payload hold exactly the claims of its kind, and do the texts beside it fit them?
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Reads the table that is generated from src/contract/claims.ts.
 */
final class Claims {
	/** @var array<string, mixed>|null */
	private static $table = null;

	/** @return array<string, int> */
	public static function limits(): array {
		return self::table()['limits'];
	}

	public static function proto(): int {
		return self::table()['proto'];
	}

	public static function typ( string $kind ): string {
		return self::table()['kinds'][ $kind ]['typ'];
	}

	/** @return string[] Names of the claims of a kind, sorted. */
	public static function names( string $kind ): array {
		return self::table()['kinds'][ $kind ]['claims'];
	}

	/**
	 * Whether a payload has exactly the claims of a kind, each of its type.
	 *
	 * @param array<array-key, mixed> $payload A profiled payload.
	 */
	public static function fit( string $kind, array $payload ): bool {
		$types = array();
		foreach ( self::names( $kind ) as $name ) {
			$types[ $name ] = self::table()['claims'][ $name ];
		}
		return self::has_exactly( $payload, $types );
	}

	/**
	 * Whether the texts are those of the kind, and each has the digest that its claim holds.
	 *
	 * @param array<array-key, mixed> $texts  What came beside the token, by name.
	 * @param array<string, mixed>    $claims Verified claims.
	 */
	public static function texts_fit( string $kind, array $texts, array $claims ): bool {
		$expected = self::table()['kinds'][ $kind ]['beside'];
		if ( array() !== array_diff_key( $texts, $expected ) ) {
			return false;
		}
		foreach ( $expected as $name => $beside ) {
			if ( ! array_key_exists( $name, $texts ) ) {
				if ( $beside['required'] ) {
					return false;
				}
			} elseif ( ! self::text_fits( $texts[ $name ], $beside['claim'], $claims ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * @param mixed                $text   A text beside.
	 * @param string|null          $claim  The claim with its digest; null where the text proves itself.
	 * @param array<string, mixed> $claims Verified claims.
	 */
	private static function text_fits( $text, ?string $claim, array $claims ): bool {
		if ( ! is_string( $text ) || strlen( $text ) > self::limits()['text_bytes'] || 1 !== preg_match( '//u', $text ) ) {
			return false;
		}
		return null === $claim || Digest::of( $text ) === $claims[ $claim ];
	}

	/**
	 * @param mixed $value Any value.
	 * @param mixed $type  A type of the table.
	 */
	private static function is_of( $value, $type ): bool {
		if ( is_string( $type ) ) {
			return self::is_of_format( $value, self::table()['formats'][ $type ] );
		}
		if ( isset( $type['enum'] ) ) {
			return is_string( $value ) && in_array( $value, $type['enum'], true );
		}
		if ( ! is_array( $value ) || count( $value ) < $type['min'] || count( $value ) > $type['max'] || ! isset( $value[0] ) ) {
			return false;
		}
		foreach ( $value as $item ) {
			if ( ! is_array( $item ) || ! self::has_exactly( $item, $type['list'] ) ) {
				return false;
			}
		}
		return true;
	}

	/**
	 * @param mixed                     $value  Any value.
	 * @param array<string, string|int> $format A pattern or a minimum.
	 */
	private static function is_of_format( $value, array $format ): bool {
		if ( isset( $format['min'] ) ) {
			return is_int( $value ) && $value >= $format['min'];
		}
		return is_string( $value ) && 1 === preg_match( '~^(?:' . $format['pattern'] . ')$~D', $value );
	}

	/**
	 * @param array<array-key, mixed> $members By name.
	 * @param array<string, mixed>    $types   Type by name.
	 */
	private static function has_exactly( array $members, array $types ): bool {
		if ( count( $members ) !== count( $types ) ) {
			return false;
		}
		foreach ( $types as $name => $type ) {
			if ( ! isset( $members[ $name ] ) || ! self::is_of( $members[ $name ], $type ) ) {
				return false;
			}
		}
		return true;
	}

	/** @return array<string, mixed> */
	private static function table(): array {
		if ( null === self::$table ) {
			self::$table = require dirname( __DIR__ ) . '/claims.php';
		}
		return self::$table;
	}
}
