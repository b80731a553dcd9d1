<?php
/**
 * Base64url without padding, one spelling per value.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Encodes and decodes; `decode()` gives null for every text that `encode()` would not write.
 */
final class Base64url {
	public static function encode( string $bytes ): string {
		return rtrim( strtr( base64_encode( $bytes ), '+/', '-_' ), '=' );
	}

	public static function decode( string $text ): ?string {
		if ( 1 !== preg_match( '/^[A-Za-z0-9_-]*$/D', $text ) ) {
			return null;
		}
		$bytes = base64_decode( strtr( $text, '-_', '+/' ), true );
		return is_string( $bytes ) && self::encode( $bytes ) === $text ? $bytes : null;
	}

	/**
	 * Decodes a text that has to stand for exactly so many bytes.
	 */
	public static function decode_length( string $text, int $length ): ?string {
		$bytes = self::decode( $text );
		return null !== $bytes && strlen( $bytes ) === $length ? $bytes : null;
	}
}
