<?php
/**
 * Public keys that may verify: from local state only, named by `kid`.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

defined( 'ABSPATH' ) || exit;

/**
 * Judges only the key that is asked for; the others are never looked at.
 */
final class Pinned_Keys {
	/** @var array<array-key, mixed> JWK by kid, as stored. */
	private $keys;

	/** @var array<string, bool> Whether a public key is strong, by `x`: judging costs milliseconds. */
	private static $judged = array();

	/**
	 * @param array<array-key, mixed> $keys JWK (`crv`, `kty`, `x`, and `use` for log and recovery keys) by kid.
	 */
	public function __construct( array $keys ) {
		$this->keys = $keys;
	}

	/**
	 * Keys whose strength was judged when they were pinned.
	 *
	 * @param array<int, array{kid: string, use: string, x: string}> $rows As the site stores them.
	 */
	public static function of_trusted( array $rows ): self {
		$keys = array();
		foreach ( $rows as $row ) {
			$jwk = array(
				'crv' => 'Ed25519',
				'kty' => 'OKP',
				'x'   => $row['x'],
			);
			if ( 'action' !== $row['use'] ) {
				$jwk['use'] = $row['use'];
			}
			$keys[ $row['kid'] ]       = $jwk;
			self::$judged[ $row['x'] ] = true;
		}
		return new self( $keys );
	}

	/**
	 * The key that `kid` names.
	 *
	 * @return array{reason: string, x?: string, use?: string}
	 */
	public function find( string $kid ): array {
		if ( ! array_key_exists( $kid, $this->keys ) ) {
			return array( 'reason' => 'kid' );
		}
		$jwk = $this->keys[ $kid ];
		if ( ! is_array( $jwk ) || ! self::is_jwk( $jwk ) || Ed25519::kid( $jwk['x'] ) !== $kid || ! self::is_strong( $jwk['x'] ) ) {
			return array( 'reason' => 'key' );
		}
		return array(
			'reason' => '',
			'x'      => $jwk['x'],
			'use'    => $jwk['use'] ?? 'action',
		);
	}

	/**
	 * Whether a base64url text is a public key that may be pinned.
	 */
	public static function is_strong( string $x ): bool {
		if ( ! isset( self::$judged[ $x ] ) ) {
			$bytes              = Base64url::decode_length( $x, Ed25519::KEY_BYTES );
			self::$judged[ $x ] = null !== $bytes && Ed25519::is_strong_key( $bytes );
		}
		return self::$judged[ $x ];
	}

	private static function is_jwk( array $jwk ): bool {
		$use = $jwk['use'] ?? null;
		return count( $jwk ) === ( 'log' === $use || 'recovery' === $use ? 4 : 3 )
			&& 'Ed25519' === ( $jwk['crv'] ?? null )
			&& 'OKP' === ( $jwk['kty'] ?? null )
			&& is_string( $jwk['x'] ?? null )
			&& null !== Base64url::decode_length( $jwk['x'], Ed25519::KEY_BYTES );
	}
}
