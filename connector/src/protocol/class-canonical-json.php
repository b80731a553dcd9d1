<?php
/**
 * JSON in its one canonical form (RFC 8785), without floating point numbers.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

use InvalidArgumentException;
use stdClass;

defined( 'ABSPATH' ) || exit;

/**
 * Member names are ASCII and numbers are integers up to 2^53 - 1 everywhere in the protocol;
 * anything else is not canonical here and is refused in both directions.
 */
final class Canonical_Json {
	public const MAX_INTEGER = 9007199254740991;

	private const MAX_DEPTH = 16;

	private const STRING_FLAGS = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS;

	/**
	 * Writes a value. A PHP list becomes a JSON list, so an empty object has to be `stdClass`.
	 *
	 * @param mixed $value Text, integer, boolean, null, and lists and maps of these.
	 * @throws InvalidArgumentException When the value has no canonical text.
	 */
	public static function encode( $value ): string {
		if ( is_string( $value ) ) {
			return self::encode_text( $value );
		}
		if ( is_int( $value ) && abs( $value ) <= self::MAX_INTEGER ) {
			return (string) $value;
		}
		if ( is_bool( $value ) || null === $value ) {
			return null === $value ? 'null' : ( $value ? 'true' : 'false' );
		}
		if ( is_array( $value ) && self::is_list( $value ) ) {
			return '[' . implode( ',', array_map( array( self::class, 'encode' ), $value ) ) . ']';
		}
		if ( is_array( $value ) || $value instanceof stdClass ) {
			return self::encode_members( (array) $value );
		}
		throw new InvalidArgumentException( 'no canonical JSON for ' . gettype( $value ) );
	}

	/**
	 * Reads a text that is already canonical, objects as arrays.
	 *
	 * @return array<mixed>|null Null for everything that `encode()` would write otherwise.
	 */
	public static function decode( string $text ): ?array {
		$value = json_decode( $text, false, self::MAX_DEPTH );
		if ( ! is_array( $value ) && ! $value instanceof stdClass ) {
			return null;
		}
		try {
			$same = self::encode( $value ) === $text;
		} catch ( InvalidArgumentException $error ) {
			return null;
		}
		return $same ? json_decode( $text, true, self::MAX_DEPTH ) : null;
	}

	private static function encode_text( string $text ): string {
		$json = json_encode( $text, self::STRING_FLAGS );
		if ( ! is_string( $json ) ) {
			throw new InvalidArgumentException( 'text is not UTF-8' );
		}
		return $json;
	}

	/**
	 * @param array<array-key, mixed> $members Members in any order.
	 */
	private static function encode_members( array $members ): string {
		ksort( $members, SORT_STRING );
		$parts = array();
		foreach ( $members as $name => $value ) {
			if ( 1 !== preg_match( '/^[\x20-\x7e]*$/D', (string) $name ) ) {
				throw new InvalidArgumentException( 'member name is not ASCII' );
			}
			$parts[] = self::encode_text( (string) $name ) . ':' . self::encode( $value );
		}
		return '{' . implode( ',', $parts ) . '}';
	}

	/**
	 * @param array<array-key, mixed> $value Any array.
	 */
	private static function is_list( array $value ): bool {
		return array() === $value || array_keys( $value ) === range( 0, count( $value ) - 1 );
	}
}
