<?php
/**
 * SHA-256 digests and the action id, as they are written in messages.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

use Countersign\Files\Sha256;

defined( 'ABSPATH' ) || exit;

/**
 * `sha256:` and 64 lower-case hex digits.
 */
final class Digest {
	/** Digest of the empty text: what is named where there is nothing to name. */
	public const NOTHING = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

	private const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

	public static function of( string $bytes ): string {
		return 'sha256:' . hash( 'sha256', $bytes );
	}

	/**
	 * Digest of a file's bytes; null when it cannot be read.
	 */
	public static function of_file( string $path ): ?string {
		$hex = is_file( $path ) ? Sha256::of_file( $path ) : null;
		return null === $hex ? null : 'sha256:' . $hex;
	}

	public static function is_digest( string $text ): bool {
		return 1 === preg_match( '/^sha256:[0-9a-f]{64}$/D', $text );
	}

	/**
	 * First 26 base32 characters of the SHA-256 over a value's RFC 8785 text.
	 *
	 * @param array<string, string|int> $value Members in any order.
	 */
	public static function action_id( array $value ): string {
		$bytes = hash( 'sha256', Canonical_Json::encode( $value ), true );
		$id    = '';
		for ( $bit = 0; $bit < 130; $bit += 5 ) {
			$pair = ( ord( $bytes[ $bit >> 3 ] ) << 8 ) | ord( $bytes[ ( $bit >> 3 ) + 1 ] );
			$id  .= self::BASE32[ ( $pair >> ( 11 - ( $bit & 7 ) ) ) & 31 ];
		}
		return $id;
	}
}
