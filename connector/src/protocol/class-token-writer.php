<?php
/**
 * Writes this site's own tokens.
 *
 * @package Countersign
 */

declare(strict_types=1);

namespace Countersign\Protocol;

use LogicException;

defined( 'ABSPATH' ) || exit;

/**
 * Refuses to sign what the claims table does not describe.
 */
final class Token_Writer {
	/** @var string Private key as libsodium takes it: 64 raw bytes. */
	private $secret;

	/** @var string Public half, base64url. */
	private $x;

	/**
	 * @param string $secret 64 bytes: the private key's 32 (RFC 8032), then the public key's 32.
	 */
	public function __construct( string $secret ) {
		$this->secret = $secret;
		$this->x      = Base64url::encode( substr( $secret, Ed25519::KEY_BYTES ) );
	}

	/** The 64 bytes of a private key's 32. Where PHP has no ext-sodium this takes a second. */
	public static function secret_of( string $seed ): string {
		return sodium_crypto_sign_secretkey( sodium_crypto_sign_seed_keypair( $seed ) );
	}

	/** The public half, base64url: the `x` of a JWK. */
	public function x(): string {
		return $this->x;
	}

	/**
	 * The compact token of these claims.
	 *
	 * @param array<string, mixed> $claims Exactly the claims of the kind, in any order.
	 * @throws LogicException When the claims are not those of the kind.
	 */
	public function write( string $kind, array $claims ): string {
		if ( ! Claims::fit( $kind, $claims ) ) {
			throw new LogicException( 'claims do not fit a token of kind ' . $kind );
		}
		$header = array(
			'alg' => 'Ed25519',
			'kid' => Ed25519::kid( $this->x ),
			'typ' => Claims::typ( $kind ),
		);
		$signed = Base64url::encode( Canonical_Json::encode( $header ) ) . '.' . Base64url::encode( Canonical_Json::encode( $claims ) );
		return $signed . '.' . Base64url::encode( sodium_crypto_sign_detached( $signed, $this->secret ) );
	}
}
