<?php
/**
 * Ed25519 with the checks that libraries leave out.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

use SodiumException;

defined( 'ABSPATH' ) || exit;

/**
 * Verification is cofactorless. In a signature S is below the group order and R is canonical and not
 * of small order; keys are checked where they enter, by `is_strong_key()`.
 */
final class Ed25519 {
	public const SIGNATURE_BYTES = 64;
	public const KEY_BYTES       = 32;

	private const ORDER = '1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed';
	private const PRIME = '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed';

	/** The y coordinates of all points whose order divides 8. */
	private const SMALL_ORDER_Y = array(
		'0000000000000000000000000000000000000000000000000000000000000000',
		'0000000000000000000000000000000000000000000000000000000000000001',
		'7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec',
		'05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
		'7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7',
	);

	/**
	 * Whether a signature holds. Wrong lengths and weak signatures are simply false.
	 */
	public static function verify( string $signature, string $message, string $key ): bool {
		if ( self::SIGNATURE_BYTES !== strlen( $signature ) || self::KEY_BYTES !== strlen( $key ) ) {
			return false;
		}
		$scalar = bin2hex( strrev( substr( $signature, 32 ) ) );
		if ( strcmp( $scalar, self::ORDER ) >= 0 || ! self::is_large_canonical( substr( $signature, 0, 32 ) ) ) {
			return false;
		}
		try {
			return sodium_crypto_sign_verify_detached( $signature, $message, $key );
		} catch ( SodiumException $error ) {
			return false;
		}
	}

	/**
	 * Whether 32 bytes may become a pinned key: canonical and in the prime-order subgroup.
	 */
	public static function is_strong_key( string $key ): bool {
		return self::KEY_BYTES === strlen( $key ) && self::is_large_canonical( $key ) && Curve_Point::in_prime_subgroup( $key );
	}

	/**
	 * First 22 characters of the RFC 7638 thumbprint of a public key, given as base64url.
	 */
	public static function kid( string $x ): string {
		$members = '{"crv":"Ed25519","kty":"OKP","x":"' . $x . '"}';
		return substr( Base64url::encode( hash( 'sha256', $members, true ) ), 0, 22 );
	}

	/** Big-endian hex compares like the number it stands for. */
	private static function is_large_canonical( string $point ): bool {
		$bytes    = strrev( $point );
		$bytes[0] = chr( ord( $bytes[0] ) & 0x7f );
		$y        = bin2hex( $bytes );
		return strcmp( $y, self::PRIME ) < 0 && ! in_array( $y, self::SMALL_ORDER_Y, true );
	}
}
